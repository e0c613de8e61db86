// Values for several variables at once: all of them, or none.
//
// What a layer's `set_weights` and an optimizer's have in common. Values come by position and not
// by name, so a list of the wrong length or order is a common mistake: everything is compared
// before the first is assigned, and a net is never left half changed.
// Read before: variable.h, error_path.h. Read next: layer_variables.cpp, optimizer_state.cpp.
#pragma once

#include <string>
#include <vector>

#include <reel/core/variable.h>

namespace reel::detail {

/// ValueError or TypeError that starts with `owner` unless each value fits its variable.
void check_all(const std::string& owner, const std::vector<Variable>& variables,
               const std::vector<Tensor>& values);

/// Gives each variable its value, once all fit; errors as above.
void assign_all(const std::string& owner, const std::vector<Variable>& variables,
                const std::vector<Tensor>& values);

}  // namespace reel::detail
