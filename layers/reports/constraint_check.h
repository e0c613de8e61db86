// A look at constrained variables: is each one inside its set?
//
// A projection leaves what is inside alone, so a variable is inside when its constraint changes no
// element of it by more than the projection's own tolerance (8 ulp + 2e-7, relative): whatever the
// constraint, a user's own function included. The library's own say more of themselves
// (`Projection` in constraints.h): a norm with a rate below 1 goes to its bound over many steps, a
// zero vector cannot be stretched to a length (both are said, neither is a failure), and rings are
// looked at as they are, because `radial_constraint` moves the values of odd kernels on. For
// debugging: a check costs a projection. Read before: constraints.h. Read next: optimizer.h,
// whose `check_constraints` option runs this after each step.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <reel/core/runtime/list_of.h>
#include <reel/core/variable.h>

namespace reel {

/// What was found of one variable.
struct ConstraintCheck {
  std::string variable;    ///< its name
  std::string constraint;  ///< its name, or "a function"
  bool inside = true;      ///< or only said to be on its way, or zero
  std::string state;       ///< in words: "inside", "outside: element (0, 2) is -1, ..."
};

struct ConstraintReport {
  std::vector<ConstraintCheck> checks;  ///< of the variables that have a constraint, in their order
  /// Whether none is outside its set.
  explicit operator bool() const;
  /// A table with a line a variable and a line that counts.
  std::string str() const;
};

/// Looks at each of the variables; changes and records nothing. What is no finite number is outside
/// every set. ValueError for a constraint that does not fit its variable.
ConstraintReport check_constraints(ListOf<Variable> variables);

std::ostream& operator<<(std::ostream& out, const ConstraintReport& report);

}  // namespace reel

template <>
struct fmt::formatter<reel::ConstraintReport> : reel::detail::StrFormatter<reel::ConstraintReport> {
};
