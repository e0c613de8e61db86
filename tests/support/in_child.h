// Something done in a child of fork, and how that ended.
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace reel::test {

/// Ends with this status when the child called `exit` with it, or with -signal: a child that hangs
/// is ended by SIGALRM. `work` gives the status.
template <class Work>
int status_of_child(const Work& work) {
  std::fflush(nullptr);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(60);
    int status = 99;
    try {
      status = work();
    } catch (...) {
    }
    std::exit(status);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace reel::test
