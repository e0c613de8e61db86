// Checks the rows of the op table that are named, and prints what the first wrong one looks like:
// the name of the pattern, a tab, the message. Silent when all are right.
//
// Run by tests/mutations/mutations_test.sh with a mutated source preloaded.
#define DOCTEST_CONFIG_IMPLEMENT  // the table's objects were compiled with the tests' header
#include <doctest/doctest.h>

#include <iostream>

#include "laws/op_table.h"

int main(int argc, char** argv) try {
  for (const op_table::Row& row : op_table::rows())
    for (int i = 1; i < argc; ++i) {
      if (row.name != argv[i]) continue;
      const reel::GradCheckReport report = check_gradients(row.f, row.inputs, row.options);
      if (report) continue;
      std::cout << name_of(report.pattern) << '\t' << report << '\n';
      return 0;
    }
  return 0;
} catch (const std::exception& error) {
  std::cout << "exception\t" << error.what() << '\n';
}
