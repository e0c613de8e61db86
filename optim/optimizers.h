// Every optimizer of the library, and how one is made when its name is known only as a text.
//
//   auto optimizer = optimizers::get("adam");
//   optimizer->set_learning_rate(0.01);
//
// Read before: optimizer.h. Read next: optimizers.cpp.
#pragma once

#include <memory>
#include <string>

#include <reel/optim/adadelta.h>
#include <reel/optim/adagrad.h>
#include <reel/optim/adam.h>
#include <reel/optim/adamax.h>
#include <reel/optim/adamw.h>
#include <reel/optim/ftrl.h>
#include <reel/optim/nadam.h>
#include <reel/optim/rmsprop.h>
#include <reel/optim/sgd.h>

namespace reel::optimizers {

/// The optimizer of that class, the name in any letter case, with its defaults. ValueError for an
/// unknown name, which lists the known ones.
std::unique_ptr<Optimizer> get(const std::string& name);

/// {class_name, config}: what `deserialize` makes the same optimizer of. ValueError as get_config.
Config serialize(const Optimizer& optimizer);

/// The optimizer that {class_name, config} describes. ValueError for an unknown class; TypeError
/// for an entry of another kind, or that is no option.
std::unique_ptr<Optimizer> deserialize(const Config& config);

}  // namespace reel::optimizers
