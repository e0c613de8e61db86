// libtorch's side of the race: two convolutions, the first one grouped, and relu.
//
// Format "plain": tensors in the row's layout ((N, H, W, C) is libtorch's channels_last memory
// format). "preferred": the other memory format, for the better of the two.
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
  auto x = numbers({w.batch, w.channels, w.rows, w.columns});
  auto depthwise = numbers({w.depth(), 1, w.kernel, w.kernel});
  auto pointwise = numbers({w.filters, w.depth(), 1, 1});
  auto bias = torch::rand({w.filters}, type);
  const auto padding = w.dilation * (w.kernel - 1) / 2;
  const auto forward = [=] {
    const auto t = torch::conv2d(x, depthwise, {}, w.stride, padding, w.dilation, w.channels);
    return torch::relu(torch::conv2d(t, pointwise, bias));
  };
  if (!w.training)
    return [=] {
      const torch::InferenceMode no_record;
      forward();
    };
  for (auto* leaf : {&x, &depthwise, &pointwise, &bias}) leaf->set_requires_grad(true);
  const auto dy = numbers({w.batch, w.filters, w.out_rows(), w.out_columns()});
  return [=] { torch::autograd::grad({forward()}, {x, depthwise, pointwise, bias}, {dy}); };
}

}  // namespace

int main(int argc, char** argv) {
  torch::manual_seed(1);
  return contestant_main(argc, argv, torch_work);
}
