// Replays of reductions, and of ops that move elements.
//
// Read before: replay.h. Read next: replay_network.cpp.
#include <array>

#include <reel/core/ops.h>

#include "op_table.h"
#include "replay.h"

using namespace reel;

namespace replay {

void add_reductions(Replays& table) {
  using Reduction = Tensor (*)(const Operand&, const Axes&, bool);
  const std::pair<const char*, Reduction> reductions[] = {
      {"sum", sum},           {"mean", mean},
      {"max", max},           {"min", min},
      {"prod", prod},         {"logsumexp", logsumexp},
      {"variance", variance}, {"l2_norm", l2_norm},
      {"any", any},           {"all", all}};
  for (const auto& [name, op] : reductions)
    table[name] = [op = op](const Inputs& xs, const Config& given) {
      return op(xs[0], positions(given, "axes"), flag(given, "keepdims"));
    };
  table["product_of_others"] = [](const Inputs& xs, const Config& given) {
    const int axis = axis_of(given);
    const auto product = [axis](const Inputs& of) { return prod(of[0], axis); };
    return op_table::gradient_of(product)({xs[0], ones_like(product(xs))});
  };
  // The k largest of a row in which the positions hold k, ..., 1 and all others 0.
  const auto top = [](const std::vector<Index>& at, Index k, Shape of, DType dtype) {
    const Index n = of[-1];
    std::vector<double> values(static_cast<std::size_t>(of.size()), 0);
    for (std::size_t i = 0; i < at.size(); ++i) {
      const auto row = static_cast<Index>(i) / k, place = static_cast<Index>(i) % k;
      values.at(static_cast<std::size_t>(row * n + at[i])) = static_cast<double>(k - place);
    }
    return cast(Tensor(values, of), dtype);
  };
  const auto largest = [](Index k) {
    return [k](const Inputs& xs) { return top_k(xs[0], k).values; };
  };
  table["put_along_last"] = [=](const Inputs& xs, const Config& given) {
    const Index k = xs[0].dim(-1);
    Shape of = xs[0].shape();
    of[-1] = integer(given, "size");
    const Tensor x = top(integers(given, "indices"), k, of, xs[0].dtype());
    return op_table::gradient_of(largest(k))({x, xs[0]});
  };
  table["take_along_last"] = [=](const Inputs& xs, const Config& given) {
    const Index k = integer(given, "k");
    const Tensor x = top(integers(given, "indices"), k, xs[0].shape(), xs[0].dtype());
    const auto put = op_table::gradient_of(largest(k));
    return op_table::gradient_of(put, 1)({x, zeros_like(largest(k)({x})), xs[0]});
  };
}

void add_shape_ops(Replays& table) {
  table["reshape"] = [](const Inputs& xs, const Config& given) {
    return reshape(xs[0], shape(given, "shape"));
  };
  table["broadcast_to"] = [](const Inputs& xs, const Config& given) {
    return broadcast_to(xs[0], shape(given, "shape"));
  };
  table["transpose"] = [](const Inputs& xs, const Config& given) {
    return transpose(xs[0], positions(given, "permutation"));
  };
  table["concat"] = [](const Inputs& xs, const Config& given) {
    return concat(xs, axis_of(given));
  };
  table["add_n"] = [](const Inputs& xs, const Config&) { return add_n(xs); };
  table["matmul"] = [](const Inputs& xs, const Config& given) {
    return matmul(xs[0], xs[1], {flag(given, "transpose_a"), flag(given, "transpose_b")});
  };
  table["gather"] = [](const Inputs& xs, const Config& given) {
    return gather(xs[0], positions(given, "indices"), axis_of(given));
  };
  table["scatter_add"] = [](const Inputs& xs, const Config& given) {
    const int axis = axis_of(given);
    const auto rows = [at = positions(given, "indices"), axis](const Inputs& of) {
      return gather(of[0], at, axis);
    };
    Shape of = xs[0].shape();
    of[axis] = integer(given, "size");
    return op_table::gradient_of(rows)({zeros(of, xs[0].dtype()), xs[0]});
  };
  // Parts: where strides stand, they are those of strided_slice, whichever op asked.
  const auto strided = [](const Config& given) {
    return [given](const Inputs& xs) {
      return strided_slice(xs[0], integers(given, "begin"), integers(given, "end"),
                           integers(given, "strides"));
    };
  };
  table["strided_slice"] = [=](const Inputs& xs, const Config& given) {
    return strided(given)(xs);
  };
  table["slice"] = [=](const Inputs& xs, const Config& given) {
    if (given.contains("strides")) return strided(given)(xs);
    return slice(xs[0], integers(given, "begin"), integers(given, "size"));
  };
  table["reverse"] = [](const Inputs& xs, const Config& given) {
    return reverse(xs[0], positions(given, "axes"));
  };
  table["pad"] = [=](const Inputs& xs, const Config& given) {
    if (given.contains("strides"))
      return op_table::gradient_of(strided(given))(
          {zeros(shape(given, "shape"), xs[0].dtype()), xs[0]});
    std::vector<std::array<Index, 2>> paddings;
    for (const ConfigValue& item : as<ConfigValue::List>(given["paddings"], "paddings")) {
      const std::vector<Index> both = integers({{"both", item}}, "both");
      paddings.push_back({both.at(0), both.at(1)});
    }
    if (text(given, "mode") != name_of(PadMode::constant))
      throw ValueError("pad: mirrored cells are a gather");
    return pad(xs[0], paddings, PadMode::constant, number(given, "value"));
  };
}

}  // namespace replay
