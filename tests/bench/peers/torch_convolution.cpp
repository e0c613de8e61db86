// libtorch's side of the race: one convolution or two, in groups where the kind wants it, and relu.
//
// Format "plain": tensors in the row's layout ((N, H, W, C) is libtorch's channels_last memory
// format). "other": the other memory format; the better of the two is the peer.
// Read before: contestant.h.
#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "../contestant.h"

namespace {

// libtorch pads both sides alike; one more pixel at the end, as "same" wants, is a pass of its own
// that its users do without. The work is the same.
std::function<void()> torch_work(const Workload& w) {
  at::set_num_threads(w.threads);
  const bool plain = w.format == "plain";
  const auto format =
      plain == w.channels_first ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast;
  const auto type = w.float64 ? torch::kDouble : torch::kFloat;
  const auto numbers = [&](at::IntArrayRef shape) {
    return (torch::rand(shape, type) * 2 - 1).contiguous(format);
  };
  const bool separable = w.kind == Kind::separable;
  const auto groups = w.kind == Kind::dense ? w.groups : w.channels;
  auto x = numbers({w.batch, w.channels, w.rows, w.columns});
  auto kernel = numbers(
      {separable ? w.depth() : w.filters, w.channels / groups, w.kernel_rows, w.kernel_columns});
  auto pointwise = separable ? numbers({w.filters, w.depth(), 1, 1}) : torch::Tensor();
  auto bias = torch::rand({w.filters}, type);
  const std::vector<std::int64_t> padding{w.dilation * (w.kernel_rows - 1) / 2,
                                          w.dilation * (w.kernel_columns - 1) / 2};
  const auto forward = [=] {
    auto y = torch::conv2d(x, kernel, separable ? torch::Tensor() : bias, w.stride, padding,
                           w.dilation, groups);
    if (separable) y = torch::conv2d(y, pointwise, bias);
    return torch::relu(y);
  };
  if (!w.training)
    return [=] {
      const torch::InferenceMode no_record;
      forward();
    };
  std::vector<torch::Tensor> leaves{x, kernel, bias};
  if (separable) leaves.push_back(pointwise);
  for (auto& leaf : leaves) leaf.set_requires_grad(true);
  const auto dy = numbers({w.batch, w.filters, w.out_rows(), w.out_columns()});
  return [=] { torch::autograd::grad({forward()}, leaves, {dy}); };
}

}  // namespace

int main(int argc, char** argv) {
  torch::manual_seed(1);
  return contestant_main(argc, argv, torch_work);
}
