// Counts what a program asks of the system while it is watched.
//
// malloc and its relatives are interposed by the program's own (heap_watch.cpp), which is linked in
// front of the C library's; `operator new` of libstdc++ ends in malloc, so it is seen, too. A call
// out of OpenBLAS is counted apart: it is not the library's. Invariant: the watch itself takes no
// memory. Only with glibc, whose own functions stay reachable under second names, and not under
// sanitizers, which own malloc.
#pragma once

#include <string>

namespace heap_watch {

/// What happened since `start`, on all threads.
struct Count {
  long allocations = 0;  // malloc, calloc, realloc, aligned_alloc, posix_memalign, mmap
  long blas = 0;         // those that OpenBLAS made
  long page_faults = 0;
};

void start();
Count stop();

/// Lets the n-th allocation of this thread from now on (0 is the next) fail, once; -1 for none.
/// Returns whether the last one that was asked to fail has failed.
bool fail_after(long n);

/// The allocations of the last watch that were not OpenBLAS's, by the functions that made them.
std::string who();

}  // namespace heap_watch
