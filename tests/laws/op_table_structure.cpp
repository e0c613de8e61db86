#include <array>

#include <reel/core/ops.h>

#include "op_table.h"

using namespace reel;

namespace op_table {
namespace {

using Reduction = Tensor (*)(const Operand&, const Axes&, bool);

constexpr std::pair<const char*, Reduction> reductions[] = {
    {"sum", sum},   {"mean", mean},           {"max", max},           {"min", min},
    {"prod", prod}, {"logsumexp", logsumexp}, {"variance", variance}, {"l2_norm", l2_norm}};

constexpr std::int32_t picked[] = {2, 0, 2};

}  // namespace

void add_reductions(Rows& rows) {
  const Tensor x = spread({2, 3, 2}, 0.5, 2);
  for (const auto& [name, op] : reductions) {
    rows.push_back({name, [op = op](const auto& xs) { return op(xs[0], {0, -1}, true); }, {x}});
    rows.push_back({name, [op = op](const auto& xs) { return op(xs[0], 1, false); }, {x}});
    rows.push_back({name, [op = op](const auto& xs) { return op(xs[0], {}, false); }, {x}});
  }
  // As many rows as columns: only the right one of the two is right.
  const Tensor square = spread({3, 3}, 0.5, 2);
  for (const auto& [name, op] : reductions)
    rows.push_back({name, [op = op](const auto& xs) { return op(xs[0], 1, false); }, {square}});
  rows.push_back({"any", [](const auto& xs) { return any(xs[0], 1, true) * xs[0]; }, {x}});
  rows.push_back({"all", [](const auto& xs) { return all(xs[0], 1, true) * xs[0]; }, {x}});
  const Function product = [](const auto& xs) { return prod(xs[0], 1); };
  rows.push_back({"product_of_others", gradient_of(product), {x, spread({2, 2}, -1, 1, 1)}});
  const Function best = [](const auto& xs) { return top_k(xs[0], 2).values; };
  rows.push_back({"take_along_last", best, {x}});
  rows.push_back({"put_along_last", gradient_of(best), {x, spread({2, 3, 2}, -1, 1, 1)}});
}

void add_shape_ops(Rows& rows) {
  const Tensor x = spread({2, 3}), other = spread({2, 3}, -1, 1, 1);
  const auto add = [&](const char* name, Function f, std::vector<Tensor> inputs) {
    rows.push_back({name, std::move(f), std::move(inputs)});
  };
  add("reshape", [](const auto& xs) { return reshape(xs[0], {3, -1}); }, {x});
  add("transpose", [](const auto& xs) { return transpose(xs[0]); }, {x});
  add("transpose", [](const auto& xs) { return transpose(xs[0], {1, 2, 0}); }, {spread({2, 2, 2})});
  add("broadcast_to", [](const auto& xs) { return broadcast_to(xs[0], {2, 2, 3}); }, {x});
  add("concat", [](const auto& xs) { return concat(xs, 1); }, {x, other, spread({2, 1})});
  add("concat", [](const auto& xs) { return concat(std::vector<Tensor>{xs[0], xs[0]}, 1); }, {x});
  add("add_n", [](const auto& xs) { return add_n(xs); }, {x, other});
  add("slice", [](const auto& xs) { return slice(xs[0], {0, 1}, {2, 2}); }, {x});
  add("strided_slice",
      [](const auto& xs) {
        return strided_slice(xs[0], {1, 2}, {-3, -4}, {-1, -2});
      },
      {x});
  add("reverse", [](const auto& xs) { return reverse(xs[0], {0, 1}); }, {x});
  add("pad",
      [](const auto& xs) {
        return pad(xs[0], {{1, 0}, {2, 1}}, PadMode::constant, 0.5);
      },
      {x});
  add("pad", [](const auto& xs) { return pad(xs[0], {{0, 1}, {1, 0}}); }, {x});
  add("gather", [](const auto& xs) { return pad(xs[0], {{1, 1}, {2, 2}}, PadMode::reflect); }, {x});
  add("gather",
      [](const auto& xs) {
        return pad(xs[0], {{2, 1}, {1, 3}}, PadMode::symmetric);
      },
      {x});
  add("gather", [](const auto& xs) { return gather(xs[0], picked, 1); }, {x});
  add("scatter_add", gradient_of([](const auto& xs) { return gather(xs[0], picked, 1); }),
      {x, spread({2, 3}, -1, 1, 2)});
  add("matmul", [](const auto& xs) { return matmul(xs[0], xs[1], {.transpose_b = true}); },
      {x, other});
  add("matmul", [](const auto& xs) { return matmul(xs[0], xs[1], {.transpose_a = true}); },
      {x, other});
  add("matmul", [](const auto& xs) { return matmul(xs[0], xs[1]); },
      {spread({2, 2, 3}), spread({3, 2}, -1, 1, 1)});
  add("matmul", [](const auto& xs) { return matmul(xs[0], xs[1]); },
      {spread({3, 3}), spread({3, 3}, -1, 1, 1)});
}

}  // namespace op_table
