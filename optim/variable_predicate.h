// VariablePredicate: which variables something is for, by their names or by any function.
//
// What weights decay, and which variables make a group (parameter_groups.h), is told so. A
// predicate by name can stand in a config; a function of one's own cannot.
// Read before: named_function.h, variable.h. Read next: parameter_groups.h.
#pragma once

#include <concepts>
#include <string>
#include <vector>

#include <reel/core/variable.h>

namespace reel {

/// Takes a variable, says whether it is meant. Default: there is no predicate.
class VariablePredicate : public NamedFunction<bool(const Variable&)> {
 public:
  using NamedFunction::NamedFunction;
};

namespace detail {
VariablePredicate name_contains(std::vector<std::string> words);
VariablePredicate name_lacks(std::vector<std::string> words);

/// `predicate` if it is a function already, else what its name and parameters stand for. ValueError
/// for an unknown name, which lists the known ones.
VariablePredicate resolve(const VariablePredicate& predicate, const std::string& where);
}  // namespace detail

/// Variables whose name has one of these words in it: `name_contains("bias", "gamma", "beta")`.
/// ValueError for an empty word, which every name contains.
template <std::convertible_to<std::string>... Words>
requires(sizeof...(Words) > 0) VariablePredicate name_contains(const Words&... words) {
  return detail::name_contains({std::string(words)...});
}

/// All others.
template <std::convertible_to<std::string>... Words>
requires(sizeof...(Words) > 0) VariablePredicate name_lacks(const Words&... words) {
  return detail::name_lacks({std::string(words)...});
}

}  // namespace reel
