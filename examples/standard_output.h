// A program whose output could not be written has not done its work, so it must not end with 0.
//
// The C library writes what is left of standard output at exit and keeps it to itself when that
// fails, as on a full disk. Here the last flush is made in a handler of `exit`, so that it also
// sees what was printed by a program that ended in the middle, after --help for instance.
#pragma once

#include <cstdio>
#include <cstdlib>

/// From now on the program ends with 1 and a message when standard output could not be written.
inline void check_output_at_exit() {
  std::atexit([] {
    const bool flushed = std::fflush(stdout) == 0;
    if (flushed && !std::ferror(stdout)) return;
    std::fputs("standard output: all of it must be written; the disk may be full\n", stderr);
    std::_Exit(1);
  });
}
