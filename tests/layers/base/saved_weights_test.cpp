#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include <reel/core/io/safetensors.h>
#include <reel/layers/base/saved_weights.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

// A file that is gone at the end of the test.
struct TemporaryFile {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() /
      ("reel_saved_weights_" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) +
       ".safetensors");
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::string name() const { return path.string(); }
};

struct Net : Sequential {
  explicit Net(Index filters = 3) {
    add<Conv2D>({.filters = filters, .kernel_size = 2});
    add<Affine>("scale");
    (*this)(ones({1, 3, 3, 2}));
  }
};

std::vector<double> all_values(const Layer& layer) {
  std::vector<double> values;
  for (const Tensor& weight : layer.get_weights())
    for (double value : weight.to_vector()) values.push_back(value);
  return values;
}

}  // namespace

TEST_CASE("a second net of the same shape loads what the first one saved") {
  const VariableStore store;
  const TemporaryFile file;
  const Net first;
  Net second;
  CHECK(first.scope_name() == "net");
  CHECK(second.scope_name() == "net_1");
  CHECK(all_values(first) != all_values(second));
  save_weights(first, file.path);
  load_weights(second, file.path);
  CHECK(all_values(first) == all_values(second));
}

TEST_CASE("freezing before saving or loading changes nothing of what a file means") {
  const VariableStore store;
  const TemporaryFile file;
  Net first, second;
  first[0].set_trainable(false);
  save_weights(first, file.path);
  second[1].set_trainable(false);
  load_weights(second, file.path);
  CHECK(all_values(first) == all_values(second));
}

TEST_CASE("texts that were saved beside the weights come back with them") {
  const Net first;
  const TemporaryFile file;
  save_weights(first, file.path, {{"classes", "cat\ndog"}});
  Net second;
  CHECK(load_weights(second, file.path) == WeightsMetadata{{"classes", "cat\ndog"}});
}

TEST_CASE("names in the file are relative to the layer that was saved") {
  const VariableStore store;
  Net net;
  Names names;
  for (const auto& [name, variable] : named_variables(net)) names.push_back(name);
  CHECK(names == Names{"conv2d/kernel", "conv2d/bias", "scale/w", "scale/b"});
  names.clear();
  for (const auto& [name, variable] : named_variables(net[1])) names.push_back(name);
  CHECK(names == Names{"w", "b"});
}

TEST_CASE("weights that are missing or too many are named, and nothing is assigned") {
  const VariableStore store;
  const TemporaryFile file;
  Net net;
  const std::vector<double> before = all_values(net);
  save_safetensors(file.path, {{"conv2d/kernel", zeros({2, 2, 2, 3})},
                               {"conv2d/bias", ones({3})},
                               {"scale/w", zeros({3})},
                               {"scale/c", zeros({3})}});
  CHECK_THROWS_WITH_AS(load_weights(net, file.path),
                       ("net: the weights in " + file.name() +
                        " must be those of the layer; missing: scale/b; not expected: scale/c")
                           .c_str(),
                       ValueError);
  CHECK(all_values(net) == before);
}

TEST_CASE("integers beside the weights are too many, too") {
  const VariableStore store;
  const TemporaryFile file;
  Net net;
  Safetensors contents;
  for (const auto& [name, variable] : named_variables(net))
    contents.tensors[name] = variable.stored();
  contents.integers["steps"] = {.shape = {1}, .values = {7}};
  save_safetensors(file.path, contents);
  CHECK_THROWS_WITH_AS(
      load_weights(net, file.path),
      ("net: the weights in " + file.name() + " must be those of the layer; not expected: steps")
          .c_str(),
      ValueError);
}

TEST_CASE("a weight of another shape or dtype is an error, and nothing is assigned") {
  const VariableStore store;
  const TemporaryFile file;
  Net net;
  const std::vector<double> before = all_values(net);
  save_weights(Net(4), file.path);
  CHECK_THROWS_WITH_AS(load_weights(net, file.path),
                       ("net: " + file.name() +
                        ": weight net/conv2d/kernel must have shape (2, 2, 2, 3); got "
                        "(2, 2, 2, 4)")
                           .c_str(),
                       ValueError);
  save_safetensors(file.path, {{"conv2d/kernel", zeros({2, 2, 2, 3})},
                               {"conv2d/bias", ones({3}, float64)},
                               {"scale/w", zeros({3})},
                               {"scale/b", zeros({3})}});
  CHECK_THROWS_WITH_AS(
      load_weights(net, file.path),
      ("net: " + file.name() + ": weight net/conv2d/bias must be float32; got float64").c_str(),
      TypeError);
  CHECK(all_values(net) == before);
}

TEST_CASE("a net that is not built cannot be saved") {
  const VariableStore store;
  const TemporaryFile file;
  Sequential net("net");
  net.add<Affine>();
  CHECK_THROWS_WITH_AS(save_weights(net, file.path),
                       "net: the layer must be built before its weights are named; it is not; "
                       "call it or build(shape)",
                       ValueError);
  CHECK_FALSE(std::filesystem::exists(file.path));
}

TEST_CASE("a shared layer whose weights would have the names of others cannot be saved or loaded") {
  const VariableStore store;
  const TemporaryFile file;
  Affine elsewhere("scale");
  elsewhere(ones({1, 3}));
  Net net;
  net.share(elsewhere);
  const std::string message =
      "net: names of weights in a file must differ; net/scale/w and scale/w are both scale/w; give "
      "the shared layer another name";
  CHECK_THROWS_WITH_AS(save_weights(net, file.path), message.c_str(), ValueError);
  CHECK_FALSE(std::filesystem::exists(file.path));
  CHECK_THROWS_WITH_AS(load_weights(net, file.path), message.c_str(), ValueError);
}
