// A constraint as a golden set describes it.
#pragma once

#include <reel/core/variable.h>

#include "golden_set.h"

namespace golden {

/// From {name, max_value, axis, ...}. RuntimeError for a name that is not known.
reel::Constraint constraint_from(const Json& description);

}  // namespace golden
