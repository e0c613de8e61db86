// Read before: get_variable.h. Read next: variable_store.h.
#include <reel/layers/scope/get_variable.h>

#include <reel/layers/base/ledger.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>

namespace reel {
namespace detail {

// What the caller leaves out comes from the scope; all of it is looked up before anything is made.
Names::Obtained obtain_weight(Names& names, const Scope& scope, Reuse reuse,
                              const std::string& name, const Shape& shape,
                              const WeightOptions& options) {
  check_scope_name("weight", name);
  if (!shape.known()) throw ValueError("weight {} must have a known shape; got {}", name, shape);
  const ScopeOptions& inherited = scope.options;
  const auto given_or = [&](const auto& given, const auto& from_scope) {
    return resolve(given ? given : from_scope, name);
  };
  const DType dtype = options.dtype.value_or(inherited.dtype.value_or(float32));
  Initializer initializer = given_or(options.initializer, inherited.initializer);
  if (!initializer) initializer = glorot_uniform();
  return names.obtain({.name = scope.join(name),
                       .shape = shape,
                       .dtype = dtype,
                       .trainable = options.trainable,
                       .constraint = given_or(options.constraint, inherited.constraint),
                       .kernel_kind = options.kind,
                       .regularizer = given_or(options.regularizer, inherited.regularizer),
                       .reuse = reuse},
                      [=] { return initializer(shape, dtype); });
}

}  // namespace detail

Variable get_variable(const std::string& name, const Shape& shape, const WeightOptions& options) {
  detail::Names& names = *detail::Names::current();
  const Scope scope = detail::present_scope();
  const Variable variable =
      detail::obtain_weight(names, scope, scope.options.reuse, name, shape, options).variable;
  names.keep(variable);
  if (const auto penalised = names.penalised(variable); penalised && variable.trainable())
    detail::Ledger::current().reminders.add(
        {detail::Reminder::losses, penalised, names.no_layer(), false});
  return variable;
}

}  // namespace reel
