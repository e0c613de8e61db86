// The members of OptimizerOf: for the one source of an optimizer that instantiates them.
//
// `visit_own_fields(Options&, visitor)` must be declared there, next to the options' type: the
// fields that no other optimizer has. Read before: optimizer_of.h, optimizer_fields.h.
#pragma once

#include <reel/layers/base/naming.h>
#include <reel/optim/one_pass.h>
#include <reel/optim/optimizer_fields.h>
#include <reel/optim/optimizer_of.h>

namespace reel {

template <class Self, class Options>
Self OptimizerOf<Self, Options>::from_config(const Config& config) {
  Options options;
  detail::ConfigReader reader(config, detail::class_name(typeid(Self)));
  detail::visit_optimizer_fields(options, options, reader);
  visit_own_fields(options, reader);
  reader("groups", options.groups);
  reader("lr", options.learning_rate);
  reader.finish();
  return Self(options);
}

template <class Self, class Options>
Config OptimizerOf<Self, Options>::get_config() const {
  detail::ConfigWriter writer(name());
  writer.config = Optimizer::get_config();
  Options options = options_;
  visit_own_fields(options, writer);
  return std::move(writer.config);
}

}  // namespace reel
