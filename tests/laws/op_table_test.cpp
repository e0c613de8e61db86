// Every op that can be recorded has a row in the table of ops, and every row has right gradients.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include <reel/core/node_list.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "op_table.h"
#include "temporary_folder.h"

using namespace reel;
namespace fs = std::filesystem;

namespace op_table {

namespace {

// Where a function is handed the name of the op that it records: how often, and the names.
struct Computed {
  int count;
  std::vector<std::string> names;
};
const std::map<std::string, Computed> computed_names = {
    {"core/ops/activation.cpp: op", {1, {"elu", "selu"}}},
    {"core/ops/comparison.cpp: op",
     {1, {"equal", "greater", "greater_equal", "less", "less_equal", "not_equal"}}},
    {"core/ops/convolution_with_bias.cpp: recorded_as",
     {1, {"conv2d_with_bias", "conv2d_with_bias_relu"}}},
    {"core/ops/pooling.cpp: names.spread", {1, {"avg_pool2d_gradient", "upsample2d"}}},
    {"core/ops/pooling.cpp: names.sum", {1, {"avg_pool2d", "upsample2d_gradient"}}},
    {"core/ops/reduction.cpp: op", {1, {"max", "min"}}},
    {"core/ops/separable_convolution.cpp: recorded_as",
     {1, {"separable_conv2d", "separable_conv2d_relu"}}},
    {"core/ops/section.cpp: op", {2, {"pad", "reverse", "slice", "strided_slice"}}},
    {"core/ops/slopes.cpp: name",
     {1,
      {"erf_slope", "gelu_slope", "gelu_tanh_slope", "mish_slope", "normal_density",
       "sigmoid_slope", "swish_slope", "tanh_slope"}}},
};

// The rows in which a rule has a kernel, and the same formula in ops for when it is recorded: of
// both, `check_gradients` compares the numbers with differences.
const std::set<std::string> with_two_ways = {"abs",
                                             "batch_normalization",
                                             "batch_normalization_inference",
                                             "batch_normalization_mean",
                                             "batch_normalization_variance",
                                             "clip",
                                             "conv2d_with_bias",
                                             "conv2d_with_bias_relu",
                                             "cos",
                                             "elu",
                                             "erf",
                                             "erf_slope",
                                             "expm1",
                                             "gelu",
                                             "gelu_slope",
                                             "gelu_tanh",
                                             "gelu_tanh_slope",
                                             "hard_sigmoid",
                                             "leaky_relu",
                                             "log1p",
                                             "log_softmax",
                                             "mish",
                                             "mish_slope",
                                             "normal_density",
                                             "reciprocal",
                                             "relu",
                                             "relu6",
                                             "rsqrt",
                                             "selu",
                                             "separable_conv2d",
                                             "separable_conv2d_relu",
                                             "sigmoid",
                                             "sigmoid_cross_entropy",
                                             "sigmoid_slope",
                                             "sin",
                                             "softmax",
                                             "softmax_cross_entropy",
                                             "softplus",
                                             "softsign",
                                             "sqrt",
                                             "square",
                                             "swish",
                                             "swish_slope",
                                             "tanh",
                                             "tanh_slope"};

struct Source {
  std::string path;  // from the top of the project
  std::string text;
};

std::vector<Source> sources() {
  std::vector<Source> all;
  const fs::path top = REEL_SOURCE_ROOT;
  for (const char* folder : {"core", "layers", "optim"})
    for (const auto& entry : fs::recursive_directory_iterator(top / folder))
      if (entry.path().extension() == ".cpp")
        all.push_back({fs::relative(entry.path(), top).string(), read_bytes(entry.path())});
  REQUIRE(all.size() > 10);
  return all;
}

std::vector<std::smatch> matches(const std::string& text, const std::regex& pattern) {
  return {std::sregex_iterator(text.begin(), text.end(), pattern), std::sregex_iterator()};
}

// The string that `constant` was last defined as before `position`, as in
// `const char* const op = "conv2d_input_gradient";`; "" if it was not.
std::string value_of(const std::string& constant, const std::string& text,
                     std::ptrdiff_t position) {
  std::string value;
  for (const std::smatch& match : matches(text, std::regex("\\b(\\w+) = \"([^\"]+)\";")))
    if (match[1] == constant && match.position() < position) value = match[2];
  return value;
}

// The first arguments of all calls of `record`: strings as names, the rest as places.
struct Recorded {
  std::map<std::string, std::string> sources_of_names;
  std::map<std::string, int> places;
};
Recorded scan(const std::vector<Source>& sources) {
  Recorded found;
  const std::regex call("\\brecord\\(\\s*(\"([^\"]*)\"|[^\"\\s,()][^,()]*),");
  for (const Source& source : sources)
    for (const std::smatch& match : matches(source.text, call)) {
      const std::string name =
          match[2].matched ? match[2].str() : value_of(match[1], source.text, match.position());
      if (name.empty())
        ++found.places[source.path + ": " + match[1].str()];
      else
        found.sources_of_names[name] = source.path;
    }
  return found;
}

std::set<std::string> names_of_rows() {
  std::set<std::string> names;
  for (const Row& row : rows()) names.insert(row.name);
  return names;
}

// The names on a tape of the row's result, its gradients and theirs, each with inputs.
std::set<std::string> recorded_names(const Row& row) {
  const Tape record;  // sees all, the sweeps of the other two included
  Tape outer;
  for (const Tensor& x : row.inputs) outer.watch(x);
  Tape tape;
  for (const Tensor& x : row.inputs) tape.watch(x);
  const Tensor y = row.f(row.inputs);
  const GradientOptions zeros{.unconnected = Unconnected::zeros};
  const std::vector<Tensor> gradients = tape.gradient(y, row.inputs, zeros);
  static_cast<void>(outer.gradient(gradients, row.inputs, zeros));
  std::set<std::string> names;
  detail::NodeList& list = detail::NodeList::current();
  for (std::uint32_t i = 0; i < list.size(); ++i)
    if (list[i].input_count > 0) names.insert(list[i].name);
  return names;
}

}  // namespace

TEST_CASE("every op's gradients are right, to second order") {
  for (const Row& row : rows()) {
    INFO("op ", row.name);
    const GradCheckReport report = check_gradients(row.f, row.inputs, row.options);
    INFO(report);
    CHECK(report.passed);
  }
}

TEST_CASE("the rows with a rule that has a kernel and a composed way are those that are listed") {
  for (const Row& row : rows()) {
    INFO("op ", row.name);
    GradCheckOptions options = row.options;
    options.order = 1;
    const GradCheckReport report = check_gradients(row.f, row.inputs, options);
    CHECK(report.has_two_ways == with_two_ways.contains(row.name));
  }
}

TEST_CASE("a row of the op table runs the op that it is named after") {
  for (const Row& row : rows()) {
    INFO("op ", row.name);
    CHECK(recorded_names(row).contains(row.name));
  }
}

TEST_CASE("an op whose name stands in a source has a row in the op table") {
  const std::set<std::string> known = names_of_rows();
  for (const auto& found : scan(sources()).sources_of_names) {
    INFO("add a row for '", found.first, "' of ", found.second, " to tests/op_table_*.cpp");
    CHECK(known.contains(found.first));
  }
}

TEST_CASE("an op whose name is handed to a function has a row in the op table") {
  const std::set<std::string> known = names_of_rows();
  for (const auto& listed : computed_names)
    for (const std::string& name : listed.second.names) {
      INFO("add a row for '", name, "' of ", listed.first, " to tests/op_table_*.cpp");
      CHECK(known.contains(name));
    }
}

TEST_CASE("every place that records an op by a name it was handed is listed") {
  std::map<std::string, int> listed;
  for (const auto& [place, computed] : computed_names) listed[place] = computed.count;
  std::map<std::string, int> found = scan(sources()).places;
  for (const auto& place : found) {
    INFO("list the names that ", place.first,
         " gives in computed_names of tests/laws/op_table_test.cpp");
    CHECK(listed[place.first] == place.second);
  }
  for (const auto& place : listed) {
    INFO("correct the count of ", place.first,
         " in computed_names of tests/laws/op_table_test.cpp");
    CHECK(found[place.first] == place.second);
  }
}

TEST_CASE("an op that a gradient runs has a row in the op table") {
  const std::set<std::string> known = names_of_rows();
  for (const Row& row : rows())
    for (const std::string& name : recorded_names(row)) {
      INFO("add a row for '", name, "', seen with '", row.name, "', to tests/op_table_*.cpp");
      CHECK(known.contains(name));
    }
}

}  // namespace op_table
