// Every op states its attributes completely: from its node of a trace it runs again, to the bit.
//
// Attributes go through JSON on the way, since that is how another program gets them.
// Read before: replay.h.
#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <set>

#include <reel/core/inspect/trace.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "op_table.h"
#include "replay.h"

using namespace reel;

namespace {

using op_table::Function;
using op_table::spread;

constexpr double infinity = std::numeric_limits<double>::infinity();
const TraceOptions all_values{.budget = Index{1} << 30};

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  return dispatch(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto bytes = static_cast<std::size_t>(a.size()) * sizeof(T);
    return bytes == 0 || std::memcmp(a.data<T>(), b.data<T>(), bytes) == 0;
  });
}

bool is_leaf(const TraceNode& node) {
  return node.op == "read" || node.op == "watch" || node.op == "constant";
}

// The value of a node; undefined for an argument that is absent.
Tensor value_of(const Trace& trace, int node) {
  if (node < 0) return {};
  const int value = trace.nodes()[static_cast<std::size_t>(node)].value;
  return trace.values()[static_cast<std::size_t>(value)].whole;
}

std::string what_differs(const Trace& trace, std::size_t number, const replay::Replays& replays) {
  const TraceNode& node = trace.nodes()[number];
  const auto found = replays.find(node.op);
  if (found == replays.end()) return "there is no replay of it: add one to replay.cpp";
  replay::Inputs inputs;
  for (const int input : node.inputs) inputs.push_back(value_of(trace, input));
  const Tensor value = value_of(trace, static_cast<int>(number));
  try {
    const Tensor again = found->second(inputs, Config::from_json(node.attributes.json()));
    return same_bits(again, value) ? "" : fmt::format("it was\n{}\nand is\n{}", value, again);
  } catch (const std::exception& error) {
    return error.what();
  }
}

// Runs every node of the trace again; returns the names of the ops.
std::set<std::string> check_all(const Trace& trace) {
  static const replay::Replays& replays = *new replay::Replays(replay::replays());
  std::set<std::string> names;
  for (std::size_t i = 0; i < trace.nodes().size(); ++i) {
    const TraceNode& node = trace.nodes()[i];
    if (is_leaf(node)) continue;
    names.insert(node.op);
    INFO("op ", node.op, " with ", node.attributes.json());
    CHECK(what_differs(trace, i, replays) == "");
  }
  return names;
}

std::vector<Tensor> in(DType dtype, const std::vector<Tensor>& xs) {
  std::vector<Tensor> cast_ones;
  for (const Tensor& x : xs) cast_ones.push_back(cast(x, dtype));
  return cast_ones;
}

// The names of what f, its gradients and theirs record.
std::set<std::string> check_orders(const Function& f, const std::vector<Tensor>& inputs) {
  Trace trace(all_values);
  {
    const Tape recorder({.trace = &trace});  // sees all, the passes of the other two included
    Tape outer, tape;
    outer.watch(inputs);
    tape.watch(inputs);
    const GradientOptions zeros{.unconnected = Unconnected::zeros};
    const std::vector<Tensor> gradients = tape.gradient(f(inputs), inputs, zeros);
    static_cast<void>(outer.gradient(gradients, inputs, zeros));
  }
  return check_all(trace);
}

}  // namespace

TEST_CASE("every op runs again from its node of a trace, to the bit") {
  for (const DType dtype : {float32, float64})
    for (const op_table::Row& row : op_table::rows()) {
      INFO("row ", row.name, " in ", std::string(name_of(dtype)));
      Trace trace(all_values);
      {
        Tape tape({.trace = &trace});
        const std::vector<Tensor> inputs = in(dtype, row.inputs);
        tape.watch(inputs);
        static_cast<void>(row.f(inputs));
      }
      CHECK(!check_all(trace).empty());
    }
}

TEST_CASE("so does what gradients of first and second order are made of") {
  std::set<std::string> seen;
  for (const DType dtype : {float32, float64})
    for (const op_table::Row& row : op_table::rows()) {
      INFO("row ", row.name, " in ", std::string(name_of(dtype)));
      seen.merge(check_orders(row.f, in(dtype, row.inputs)));
    }
  for (const auto& known : replay::replays()) {
    INFO("op ", known.first, " has a replay");
    CHECK(seen.contains(known.first));
  }
  for (const op_table::Row& row : op_table::rows()) {
    INFO("op ", row.name, " has a row in the op table");
    CHECK(seen.contains(row.name));
  }
}

// What rows of the op table do not show: shapes without elements, what is left out, ties, numbers
// at the ends of the range, ops that are made of others.
TEST_CASE("so do ops with unusual arguments") {
  const auto check = [](const char* what, const Function& f, std::vector<Tensor> inputs) {
    for (const DType dtype : {float32, float64}) {
      INFO(what, " in ", std::string(name_of(dtype)));
      check_orders(f, in(dtype, inputs));
    }
  };
  const Tensor x = spread({2, 3}), image = spread({1, 4, 5, 2}), wide = spread({1, 17, 17, 1});
  check("all dropped", [](const auto& xs) { return dropout(xs[0], 1); }, {x});
  check("whole rows dropped",
        [](const auto& xs) {
          return dropout(xs[0], 0.5, next_key(), Shape{2, 1});
        },
        {x});
  check("an empty slice", [](const auto& xs) { return slice(xs[0], {2, 3}, {0, 0}); }, {x});
  check("an empty strided slice",
        [](const auto& xs) {
          return strided_slice(xs[0], {0, -9}, {2, 3}, {1, -1});
        },
        {x});
  check("backwards to the first",
        [](const auto& xs) {
          return strided_slice(xs[0], {9, 9}, {-9, -9}, {-1, -2});
        },
        {x});
  check("nothing reversed", [](const auto& xs) { return reverse(xs[0], {0, 1}); }, {zeros({0, 3})});
  check("nothing padded",
        [](const auto& xs) {
          return pad(xs[0], {{0, 2}, {1, 0}});
        },
        {zeros({0, 3})});
  check("nothing reduced", [](const auto& xs) { return sum(xs[0], std::vector<int>{}); }, {x});
  check("a scalar", [](const auto& xs) { return mean(xs[0]) + prod(xs[0], {}, true); },
        {Tensor(0.3)});
  check("ties", [](const auto& xs) { return max(xs[0], 0) * min(xs[0], 0); }, {ones({2, 3})});
  check("products beyond the range", [](const auto& xs) { return prod(xs[0]); },
        {Tensor({{1e30, 1e30, 1e-30}, {1e-30, 0.5, 2}}, float64)});
  check("factors of 0", [](const auto& xs) { return prod(xs[0], 1); }, {zeros({2, 3})});
  check("squares beyond the range", [](const auto& xs) { return l2_norm(xs[0], 1); }, {x * 1e30});
  check("bounds that are infinite",
        [](const auto& xs) {
          return clip(xs[0], -infinity, 0.2) * huber(xs[0], xs[0] + 1, infinity);
        },
        {x});
  check("negative axes",
        [](const auto& xs) {
          return concat(std::vector<Tensor>{gather(xs[0], {2, 2, 0}, -1), softmax(xs[0], -2)}, -1);
        },
        {x});
  check("an empty batch",
        [](const auto& xs) {
          const Tensor y = separable_conv2d(conv2d(xs[0], xs[1]), xs[1],
                                            ones({1, 1, 4, 3}, xs[1].dtype()), Tensor());
          return top_k(upsample2d(max_pool2d(avg_pool2d(y, {.strides = 1}), {.strides = 1}), 2), 2)
              .values;
        },
        {zeros({0, 6, 7, 2}), spread({2, 2, 2, 2})});
  check("windows that overlap",
        [](const auto& xs) { return max_pool2d(xs[0], {.pool_size = 3, .strides = 1}); }, {image});
  check("windows of equal numbers",
        [](const auto& xs) {
          return max_pool2d(xs[0], {.pool_size = 3, .strides = 1, .padding = "same"});
        },
        {ones({1, 4, 5, 2})});
  check("windows of more positions than a byte counts",
        [](const auto& xs) { return global_max_pool2d(xs[0]); }, {wide});
  check("a global pool, channels first",
        [](const auto& xs) { return global_max_pool2d(xs[0], "channels_first", true); }, {image});
  check("no gamma and no beta",
        [](const auto& xs) { return batch_normalization(xs[0], Tensor(), Tensor()).y; },
        {spread({4, 3})});
  check("smoothed labels",
        [](const auto& xs) {
          return softmax_cross_entropy(xs[0], {1, 0}, {.label_smoothing = 0.1}) +
                 softmax_cross_entropy(xs[0], softmax(xs[1]), {.label_smoothing = 0.2}) +
                 sigmoid_cross_entropy(xs[0], softmax(xs[1]), {.label_smoothing = 0.3});
        },
        {x, spread({2, 3}, -1, 1, 1)});
}
