// A compiler that was not asked for C++20 gets one line, not a thousand.
//
// After `#error` GCC and clang read on, and complain of every concept that they meet; the one thing
// that stops both at once is a file that is not there, so the message is the name of one. Every
// public header includes this one, most of them by way of another. Read next: error.h.
#pragma once

#if __cplusplus < 202002L
#include "#error reel needs C++20; compile with -std=c++20 (GCC 12, clang 14 or later)"
#endif
