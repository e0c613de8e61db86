// Every layer class has rows in the table of layers, and every row has right gradients.
#include "layer_table.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <typeinfo>

#include <reel/core/derivatives/grad_check.h>
#include <reel/layers/base/naming.h>

#include "op_table.h"
#include "temporary_folder.h"

using namespace reel;
namespace fs = std::filesystem;

namespace layer_table {
namespace {

// Built for the row's inputs, with weights that are neither 0 nor alike (variances stay positive).
std::unique_ptr<Layer> built(const Row& row) {
  std::unique_ptr<Layer> layer = row.make();
  static_cast<void>((*layer)(row.inputs, {.training = row.training}));
  std::vector<Tensor> weights;
  for (const Variable& variable : layer->variables())
    weights.push_back(
        op_table::spread(variable.shape(), 0.3, 1.3, static_cast<int>(weights.size())));
  layer->set_weights(weights);
  return layer;
}

// The classes that have Layer above them and no class below, by the headers of layers/.
std::set<std::string> layer_classes() {
  std::map<std::string, std::string> base_of;
  const std::regex declaration("\\bclass (\\w+) : public (\\w+)[^{;]*\\{");
  const fs::path layers = fs::path(REEL_SOURCE_ROOT) / "layers";
  for (const fs::path& folder : {layers, layers / "base"})
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".h") continue;
      const std::string text = read_bytes(entry.path());
      for (std::sregex_iterator match(text.begin(), text.end(), declaration), end; match != end;
           ++match)
        base_of[(*match)[1]] = (*match)[2];
    }
  const auto derives = [&](std::string name) {
    while (name != "Layer" && base_of.contains(name)) name = base_of.at(name);
    return name == "Layer";
  };
  std::set<std::string> names, bases;
  for (const auto& [name, base] : base_of) {
    bases.insert(base);
    if (name != "Layer" && derives(name)) names.insert(name);
  }
  for (const std::string& base : bases) names.erase(base);
  return names;
}

}  // namespace

TEST_CASE("every layer's gradients are right in inputs and variables, to second order") {
  for (const Row& row : rows()) {
    INFO("layer ", row.layer);
    const std::unique_ptr<Layer> layer = built(row);
    const GradCheckReport report = check_gradients(
        [&](const std::vector<Tensor>& xs) {
          return (*layer)(row.of_inputs ? xs : row.inputs, {.training = row.training});
        },
        row.of_inputs ? row.inputs : std::vector<Tensor>(), {.variables = layer->variables()});
    INFO(report);
    CHECK(report);
  }
}

TEST_CASE("every layer class has a row in the table of layers") {
  std::set<std::string> known;
  for (const Row& row : rows()) known.insert(row.layer);
  const std::set<std::string> classes = layer_classes();
  CHECK(classes.size() >= 37);
  for (const std::string& name : classes) {
    INFO("add rows for ", name, " to tests/laws/layer_table.cpp");
    CHECK(known.contains(name));
  }
}

TEST_CASE("a row of the table of layers makes the layer that it is named after") {
  for (const Row& row : rows()) {
    INFO("layer ", row.layer);
    const std::unique_ptr<Layer> layer = row.make();
    const Layer& made = *layer;
    CHECK(detail::class_name(typeid(made)) == row.layer);
  }
}

}  // namespace layer_table
