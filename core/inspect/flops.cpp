// How many operations each family of ops makes: what its definition says, whatever the kernel does.
//
// Read before: flops.h. Read next: profile.cpp.
#include <reel/core/inspect/flops.h>

#include <algorithm>
#include <array>

namespace reel::detail {
namespace {

double count(const Shape& shape) { return static_cast<double>(shape.size()); }

bool is_one_of(std::string_view op, std::span<const std::string_view> ops) {
  return std::ranges::find(ops, op) != ops.end();
}

constexpr std::array<std::string_view, 17> moving_ops{
    "reshape", "transpose", "broadcast_to",    "slice",          "pad",  "concat",
    "stack",   "gather",    "take_along_last", "put_along_last", "cast", "read",
    "watch",   "constant",  "stop_gradient",   "upsample2d",     "split"};
constexpr std::array<std::string_view, 12> reducing_ops{"sum",
                                                        "mean",
                                                        "max",
                                                        "min",
                                                        "prod",
                                                        "variance",
                                                        "l2_norm",
                                                        "logsumexp",
                                                        "any",
                                                        "all",
                                                        "softmax_cross_entropy",
                                                        "max_pool2d"};

}  // namespace

double flops_of(std::string_view op, const std::vector<const Shape*>& inputs, const Shape& y) {
  // A user's own op may have such a name and other shapes.
  const auto have_rank = [&](std::size_t some, int rank) {
    const auto has = [rank](const Shape* x) { return x->rank() >= rank; };
    return inputs.size() >= some && y.rank() >= rank &&
           std::all_of(inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(some), has);
  };
  if (is_one_of(op, moving_ops)) return 0;
  if (is_one_of(op, reducing_ops) && !inputs.empty()) return count(*inputs[0]);
  if (op == "matmul" && inputs.size() == 2 && have_rank(2, 2)) {
    // A matrix of a has rows x k elements, transposed or not.
    const Shape& a = *inputs[0];
    return y.size() > 0 ? 2 * count(y) * static_cast<double>(a[-2] * a[-1] / y[-2]) : 0;
  }
  if (op.starts_with("conv2d") && inputs.size() >= 2 && have_rank(2, 4)) {
    // y is the image or the kernel in the gradients; a kernel has rank 4, (R, S, C, F).
    const bool filter = op == "conv2d_filter_gradient", input = op == "conv2d_input_gradient";
    const Shape& w = filter ? y : input ? *inputs[0] : *inputs[1];
    const Shape& result = filter || input ? *inputs[1] : y;
    return w[3] > 0 ? 2 * count(result) * count(w) / static_cast<double>(w[3]) : 0;
  }
  if (op.starts_with("depthwise_conv2d") && inputs.size() == 2 && have_rank(2, 4)) {
    const bool filter = op.ends_with("filter_gradient"), input = op.ends_with("input_gradient");
    const Shape& w = filter ? y : input ? *inputs[0] : *inputs[1];
    const Shape& result = filter || input ? *inputs[1] : y;
    return 2 * count(result) * static_cast<double>(w[0] * w[1]);
  }
  if (op.starts_with("separable_conv2d") && have_rank(3, 4)) {
    const Shape &d = *inputs[1], &p = *inputs[2];
    const double positions = p[3] > 0 ? count(y) / static_cast<double>(p[3]) : 0;
    return 2 * positions * (count(d) + count(p));
  }
  if (op.starts_with("batch_normalization")) return op == "batch_normalization" ? 8 * count(y) : 0;
  return count(y);
}

}  // namespace reel::detail
