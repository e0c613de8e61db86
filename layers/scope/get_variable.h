// Variables by name, without a layer.
//
// `get_variable("w", {3, 2})` is the variable of that name in the present scope: made, or found
// where the scope says reuse. The variable store keeps it alive, since nobody else does. A layer's
// `add_weight` makes its variables in the same way, in the layer's own scope.
// Read before: scope.h, layer_options.h. Read next: get_variable.cpp.
#pragma once

#include <string>

#include <reel/layers/base/layer_options.h>
#include <reel/layers/scope/variable_store.h>

namespace reel {

/// A variable `scope/name`; what `options` leave out comes from the scope, then glorot_uniform.
/// ValueError when the name exists without reuse, or does not with it, or has another shape.
Variable get_variable(const std::string& name, const Shape& shape,
                      const WeightOptions& options = {});

namespace detail {

/// The same for a given store and scope; it is not kept.
Names::Obtained obtain_weight(Names& names, const Scope& scope, Reuse reuse,
                              const std::string& name, const Shape& shape,
                              const WeightOptions& options);

}  // namespace detail
}  // namespace reel
