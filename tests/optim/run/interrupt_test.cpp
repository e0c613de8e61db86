#include <doctest/doctest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <reel/core/error.h>
#include <reel/optim/run/interrupt.h>

using namespace reel;

TEST_CASE("the first signal is only noted") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Interruptible guard;
    CHECK_FALSE(guard.interrupted());
    raise(signal);
    CHECK(guard.interrupted());
    CHECK(guard.signal() == signal);
  }
}

TEST_CASE("the second signal ends the program, the same or the other one") {
  for (const int first : {SIGINT, SIGTERM}) {
    for (const int second : {SIGINT, SIGTERM}) {
      const pid_t child = fork();
      if (child == 0) {
        const Interruptible guard;
        raise(first);
        raise(second);
        _exit(0);
      }
      int status = 0;
      waitpid(child, &status, 0);
      CHECK(WIFSIGNALED(status));
      CHECK(WTERMSIG(status) == second);
    }
  }
}

TEST_CASE("after the scope a signal means what it meant before") {
  struct sigaction ignore {
  }, found{};
  ignore.sa_handler = SIG_IGN;
  struct sigaction original;
  sigaction(SIGINT, &ignore, &original);
  { const Interruptible guard; }
  sigaction(SIGINT, &original, &found);
  CHECK((found.sa_handler == SIG_IGN));
}

TEST_CASE("two Interruptibles cannot overlap") {
  const Interruptible guard;
  CHECK_THROWS_WITH_AS(Interruptible(),
                       "Interruptible: one must end before the next; a fit inside of another, or "
                       "beside it, needs .interruptible = false",
                       RuntimeError);
}
