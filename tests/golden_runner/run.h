// Runs the cases of a golden set in both dtypes and reports, a line a group.
#pragma once

#include <iosfwd>
#include <set>
#include <string>

#include "golden_set.h"
#include "operation.h"

namespace golden {

/// Numbers of cases. A case passes when it does in both dtypes, by every route.
struct Counts {
  int passed = 0;
  int failed = 0;
  int skipped = 0;
};

/// Runs the cases of these groups (of all when there are none) and prints the failures of a group,
/// then its line. Nothing that a case throws gets out.
Counts run(const GoldenSet& set, const std::set<std::string>& groups, const Operations& operations,
           std::ostream& out);

}  // namespace golden
