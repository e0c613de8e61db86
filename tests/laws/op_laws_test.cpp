// Laws that rules obey to rounding, where a difference would only say so to seven digits.
//
// A linear op A and its gradient rule A' are adjoint: <A x, y> = <x, A' y>. Which rows of the op
// table are linear, in which of their inputs, is found by trying; a list of those that must be
// found keeps the law from being empty.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/core/tape.h>

#include "op_table.h"

using namespace reel;
using op_table::Row;
using op_table::spread;

namespace {

using Point = std::vector<Tensor>;

// The row at some inputs in place of the table's; random ops draw the same numbers each time.
Tensor value(const Row& row, const Point& point) {
  const RandomScope same_draws;
  return row.f(point);
}

// The inputs from `first` to `last` drawn anew.
Point drawn(const Row& row, std::size_t first, std::size_t last, int draw) {
  Point point = row.inputs;
  for (std::size_t k = first; k < last; ++k)
    point[k] = spread(point[k].shape(), -1, 1, draw + static_cast<int>(k));
  return point;
}

double dot(const Tensor& a, const Tensor& b) { return sum(a * b).item(); }
double size_of(const Tensor& a) { return a.size() == 0 ? 0 : max(abs(a)).item(); }

// Of the row's own arithmetic.
double rounding(const Row& row) { return row.name == "cast" ? 1e-6 : 1e-12; }

bool is_linear(const Row& row, std::size_t first, std::size_t last) {
  const Point u = drawn(row, first, last, 20), v = drawn(row, first, last, 40);
  Point both = u;
  for (std::size_t k = first; k < last; ++k) both[k] = 2 * u[k] - 3 * v[k];
  const Tensor expected = 2 * value(row, u) - 3 * value(row, v);
  return size_of(value(row, both) - expected) <= rounding(row) * (1 + size_of(expected));
}

void check_adjoint(const Row& row, std::size_t first, std::size_t last) {
  const Point u = drawn(row, first, last, 60);
  const RandomScope same_draws;
  Tape tape;
  for (const Tensor& x : u) tape.watch(x);
  const Tensor y = row.f(u);
  const Tensor weight = spread(y.shape(), -1, 1, 80);
  const std::vector<Tensor> gradients =
      tape.gradient(y, u, {.output_gradients = {weight}, .unconnected = Unconnected::zeros});
  double of_inputs = 0, size = 1e-300;
  for (std::size_t k = first; k < last; ++k) {
    of_inputs += dot(u[k], gradients[k]);
    size += dot(abs(u[k]), abs(gradients[k]));
  }
  CHECK(std::abs(dot(y, weight) - of_inputs) <= rounding(row) * size);
}

}  // namespace

TEST_CASE("a linear op and its gradient rule are adjoint") {
  std::set<std::string> linear;
  for (const Row& row : op_table::rows()) {
    INFO("op ", row.name);
    const std::size_t count = row.inputs.size();
    std::vector<std::pair<std::size_t, std::size_t>> choices{{0, count}};  // all inputs at once
    for (std::size_t k = 0; k < count && count > 1; ++k) choices.push_back({k, k + 1});
    for (const auto& [first, last] : choices) {
      if (!is_linear(row, first, last)) continue;
      linear.insert(row.name);
      check_adjoint(row, first, last);
    }
  }
  const std::set<std::string> expected = {"add",
                                          "add_n",
                                          "avg_pool2d",
                                          "avg_pool2d_gradient",
                                          "bias_add",
                                          "broadcast_to",
                                          "cast",
                                          "concat",
                                          "conv2d",
                                          "conv2d_filter_gradient",
                                          "conv2d_input_gradient",
                                          "depthwise_conv2d",
                                          "depthwise_conv2d_filter_gradient",
                                          "depthwise_conv2d_input_gradient",
                                          "div",
                                          "dropout",
                                          "gather",
                                          "matmul",
                                          "max_pool2d_gather",
                                          "max_pool2d_scatter",
                                          "mean",
                                          "mul",
                                          "neg",
                                          "pad",
                                          "put_along_last",
                                          "reshape",
                                          "reverse",
                                          "scatter_add",
                                          "separable_conv2d",
                                          "slice",
                                          "strided_slice",
                                          "sub",
                                          "sum",
                                          "transpose",
                                          "upsample2d",
                                          "upsample2d_gradient"};
  for (const std::string& name : expected) {
    INFO("op ", name);
    CHECK(linear.contains(name));
  }
}
