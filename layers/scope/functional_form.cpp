#include <reel/layers/scope/functional_form.h>

#include <reel/core/runtime/log.h>
#include <reel/layers/base/naming.h>

namespace reel::detail {

void warn_of_functional_form(const std::type_info& layer) {
  const std::string name = class_name(layer);
  logging::warning("layers::{}: the functional form is deprecated; make a {} and call it",
                   snake_case(name), name);
}

}  // namespace reel::detail
