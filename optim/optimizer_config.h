// From a config to an optimizer's options.
//
// The reader of layers' configs does the work; what all optimizers share stands here once: the rate
// under its present or its old name, and numbers that may be absent. Read before: optimizer.h,
// layers/base/config_fields.h.
#pragma once

#include <optional>

#include <reel/layers/base/config_fields.h>
#include <reel/optim/learning_rate.h>

namespace reel::detail {

class OptimizerConfigReader : public ConfigReader {
 public:
  OptimizerConfigReader(const Config& config, const char* optimizer)
      : ConfigReader(config, optimizer,
                     {"learning_rate", "lr", "clipnorm", "clipvalue", "global_clipnorm"}),
        config_(config) {}

  using ConfigReader::operator();
  void operator()(const char* name, std::optional<double>& value) {
    if (given(name)) value = number(name);
  }
  void operator()(const char* name, LearningRate& value) {
    if (given(name)) value = number(name);
  }

  /// The fields that every optimizer's options have.
  template <class Options>
  void common(Options& options) {
    (*this)("name", options.name);
    (*this)("learning_rate", options.learning_rate);
    (*this)("lr", options.learning_rate);
    (*this)("decay", options.decay);
    (*this)("clipnorm", options.clipnorm);
    (*this)("clipvalue", options.clipvalue);
    (*this)("global_clipnorm", options.global_clipnorm);
  }

 private:
  bool given(const char* name) const {
    const ConfigValue* value = config_.find(name);
    return value && !value->is_none();
  }
  double number(const char* name) {
    double value = 0;
    (*this)(name, value);
    return value;
  }

  const Config& config_;
};

}  // namespace reel::detail
