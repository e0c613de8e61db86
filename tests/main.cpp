// Both, because doctest makes the first of the second in a part of its header that a precompiled
// header (tests.h) has been through already.
#define DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
