// How long separable convolutions take, forward and forward plus all four gradients, with bias and
// relu.
//
//   convolution_bench [threads] [channels_first] [float64] [name |
//   N,H,W,C,F[,K,stride,dilation,M]]...
//
// One line a shape: milliseconds (5th percentile of the repetitions) and GFLOP/s, where a training
// step counts three times the multiplications of a forward pass. Absolute times mean little on a
// shared machine: compare with a peer in the same run.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include <reel/core/ops.h>
#include <reel/core/parallel.h>

using namespace reel;

namespace {

struct Layer {
  std::string name;
  Index batch, rows, columns, channels, filters, kernel = 3;
  int stride = 1, dilation = 1;
  Index multiplier = 1;
};

const std::vector<Layer> layers{{"S1", 32, 28, 28, 32, 64},
                                {"S2", 32, 14, 14, 64, 128},
                                {"S3", 8, 112, 112, 32, 64},
                                {"S4", 8, 56, 56, 128, 128},
                                {"S5", 8, 28, 28, 256, 256},
                                {"S6", 8, 14, 14, 512, 512},
                                {"S7", 8, 7, 7, 1024, 1024},
                                {"S8", 8, 56, 56, 64, 128, 3, 2},
                                {"S9", 1, 112, 112, 32, 64},
                                {"S10", 32, 32, 32, 3, 32},
                                {"S11", 32, 28, 28, 1, 32, 5, 1, 1, 8},
                                {"S12", 8, 28, 28, 128, 128, 3, 1, 2}};

Layer parse(std::string text) {
  std::replace(text.begin(), text.end(), ',', ' ');
  Layer layer{text, 1, 1, 1, 1, 1};
  std::istringstream in(text);
  in >> layer.batch >> layer.rows >> layer.columns >> layer.channels >> layer.filters;
  in >> layer.kernel >> layer.stride >> layer.dilation >> layer.multiplier;
  return layer;
}

Tensor numbers(const Shape& shape, DType dtype) {
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i * 7919 % 1009) / 504.5f - 1.0f;
  return cast(Tensor(values, shape), dtype);
}

// Milliseconds: 5th percentile over half a second.
double time_of(const auto& work) {
  using Clock = std::chrono::steady_clock;
  for (int i = 0; i < 3; ++i) work();
  std::vector<double> times;
  for (double total = 0; total < 0.5 || times.size() < 5;) {
    const auto start = Clock::now();
    work();
    times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    total += times.back();
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 20] * 1e3;
}

void measure(const Layer& layer, bool channels_first, DType dtype) {
  const Shape x_shape = channels_first
                            ? Shape{layer.batch, layer.channels, layer.rows, layer.columns}
                            : Shape{layer.batch, layer.rows, layer.columns, layer.channels};
  const Index depth = layer.channels * layer.multiplier;
  const std::vector<Tensor> xs{
      numbers(x_shape, dtype),
      numbers({layer.kernel, layer.kernel, layer.channels, layer.multiplier}, dtype),
      numbers({1, 1, depth, layer.filters}, dtype), numbers({layer.filters}, dtype)};
  const ConvolutionOptions options{
      .strides = layer.stride,
      .padding = "same",
      .data_format = channels_first ? "channels_first" : "channels_last",
      .dilations = layer.dilation};
  const auto forward = [&] {
    return separable_conv2d(xs[0], xs[1], xs[2], xs[3], options, FusedActivation::relu);
  };
  const Tensor dy = numbers(forward().shape(), dtype);
  const double products =
      static_cast<double>(dy.size()) / static_cast<double>(layer.filters) *
      static_cast<double>(depth * (layer.filters + layer.kernel * layer.kernel));
  const double once = time_of(forward);
  const double step = time_of([&] {
    Tape tape;
    for (const Tensor& x : xs) tape.watch(x);
    const Tensor y = forward();
    return std::move(tape).gradient(y, xs, {.output_gradients = {dy}});
  });
  fmt::print("{:<12} forward {:8.3f} ms {:6.1f} GFLOP/s   training {:8.3f} ms {:6.1f} GFLOP/s\n",
             layer.name, once, 2e-6 * products / once, step, 6e-6 * products / step);
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  bool channels_first = false;
  DType dtype = float32;
  std::vector<Layer> wanted;
  for (const std::string& argument : std::vector<std::string>(arguments + 1, arguments + count)) {
    const auto named = std::find_if(layers.begin(), layers.end(),
                                    [&](const Layer& layer) { return layer.name == argument; });
    if (argument == "channels_first")
      channels_first = true;
    else if (argument == "float64")
      dtype = float64;
    else if (named != layers.end())
      wanted.push_back(*named);
    else if (argument.find(',') != std::string::npos)
      wanted.push_back(parse(argument));
    else
      set_num_threads(std::atoi(argument.c_str()));
  }
  for (const Layer& layer : wanted.empty() ? layers : wanted) measure(layer, channels_first, dtype);
}
