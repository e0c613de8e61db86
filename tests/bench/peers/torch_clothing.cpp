// The network and the training loop of examples/fashion_mnist in libtorch, for comparison.
//
//   torch_clothing [--small] [--channels-last] [--threads N] [--epochs N] [--data FOLDER]
//
// Same layers, same regularizer, same projection after each step, same order of events; `--small`
// is the network without normalization, regularizer and projection (two separable convolutions, two
// poolings, one dense layer). A line an epoch: seconds, accuracy on the test images, peak memory.
// Read beside it: examples/fashion_mnist_training.cpp.
#include <sys/resource.h>
#include <torch/torch.h>
#include <zlib.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Choices {
  bool small = false;
  bool channels_last = false;
  int threads = 2;
  int epochs = 10;
  std::string data = "/usr/share/datasets/fashion-mnist";

  at::MemoryFormat format() const {
    return channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  }
};

std::vector<std::uint8_t> read_idx(const std::string& path, std::size_t header) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (!file) throw std::runtime_error(path + ": cannot be opened");
  std::vector<std::uint8_t> bytes(60'000'000);
  const int count = gzread(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  if (count < 0) throw std::runtime_error(path + ": cannot be read");
  return {bytes.begin() + static_cast<std::ptrdiff_t>(header), bytes.begin() + count};
}

struct Images {
  torch::Tensor pixels, labels;  // bytes (N, 1, 28, 28), int64 (N)

  Images(const std::string& folder, const std::string& prefix) {
    auto pixel_bytes = read_idx(folder + "/" + prefix + "-images-idx3-ubyte.gz", 16);
    auto label_bytes = read_idx(folder + "/" + prefix + "-labels-idx1-ubyte.gz", 8);
    const auto count = static_cast<std::int64_t>(label_bytes.size());
    pixels = torch::from_blob(pixel_bytes.data(), {count, 1, 28, 28}, torch::kUInt8).clone();
    labels = torch::from_blob(label_bytes.data(), {count}, torch::kUInt8).to(torch::kLong);
  }
};

struct SeparableImpl : torch::nn::Module {
  SeparableImpl(int channels, int filters, int kernel, int multiplier, bool bias) {
    using Options = torch::nn::Conv2dOptions;
    const auto grouped = Options(channels, channels * multiplier, kernel)
                             .padding(kernel / 2)
                             .groups(channels)
                             .bias(false);
    depthwise = register_module("depthwise", torch::nn::Conv2d(grouped));
    const auto across = Options(channels * multiplier, filters, 1).bias(bias);
    pointwise = register_module("pointwise", torch::nn::Conv2d(across));
  }
  torch::Tensor forward(const torch::Tensor& x) { return pointwise(depthwise(x)); }

  torch::nn::Conv2d depthwise{nullptr}, pointwise{nullptr};
};
TORCH_MODULE(Separable);

struct Network : torch::nn::Module {
  virtual torch::Tensor forward(torch::Tensor x) = 0;
  virtual torch::Tensor penalty() { return torch::zeros({}); }
  virtual void project() {}
};

struct Small : Network {
  torch::Tensor forward(torch::Tensor x) override {
    x = torch::max_pool2d(torch::relu(first(x)), 2);
    x = torch::max_pool2d(torch::relu(second(x)), 2);
    return head(x.flatten(1));
  }

  Separable first = register_module("first", Separable(1, 32, 3, 1, true));
  Separable second = register_module("second", Separable(32, 64, 3, 1, true));
  torch::nn::Linear head = register_module("head", torch::nn::Linear(64 * 7 * 7, 10));
};

struct Clothing : Network {
  Clothing() {
    add(1, 32, 5, 8);
    add(32, 64, 3, 1);
    add(64, 64, 3, 1);
    add(64, 128, 3, 1);
    add(128, 128, 3, 1);
  }
  void add(int channels, int filters, int kernel, int multiplier) {
    const std::string number = std::to_string(convolutions.size());
    convolutions.push_back(register_module(
        "convolution" + number, Separable(channels, filters, kernel, multiplier, false)));
    const auto options = torch::nn::BatchNorm2dOptions(filters).eps(1e-3).momentum(0.1);
    norms.push_back(register_module("norm" + number, torch::nn::BatchNorm2d(options)));
  }
  torch::Tensor forward(torch::Tensor x) override {
    for (std::size_t i = 0; i < convolutions.size(); ++i) {
      x = convolutions[i](x);
      if (i == 0 || i == 2) x = torch::max_pool2d(x, 2);
      x = torch::relu(norms[i](x));
    }
    return head(x.mean({2, 3}));
  }
  torch::Tensor penalty() override {
    torch::Tensor sum = torch::zeros({});
    for (auto& layer : convolutions) sum = sum + layer->pointwise->weight.square().sum();
    return sum * 1e-4;
  }
  void project() override {
    const torch::NoGradGuard no_record;
    for (auto& layer : convolutions)
      for (torch::Tensor w : {layer->depthwise->weight, layer->pointwise->weight}) {
        const auto norm = w.square().sum({1, 2, 3}, true).sqrt();
        w.mul_(norm.clamp_max(2.0) / norm.clamp_min(1e-7));
      }
  }

  std::vector<Separable> convolutions;
  std::vector<torch::nn::BatchNorm2d> norms;
  torch::nn::Linear head = register_module("head", torch::nn::Linear(128, 10));
};

torch::Tensor images_of(const torch::Tensor& pixels, at::MemoryFormat format) {
  return pixels.to(torch::kFloat).div(255.0f).contiguous(format);
}

double accuracy(Network& net, const Images& test, at::MemoryFormat format) {
  const torch::NoGradGuard no_record;
  net.eval();
  std::int64_t right = 0;
  const std::int64_t count = test.labels.size(0);
  for (std::int64_t i = 0; i < count; i += 64) {
    const std::int64_t size = std::min<std::int64_t>(64, count - i);
    const auto logits = net.forward(images_of(test.pixels.narrow(0, i, size), format));
    right += logits.argmax(1).eq(test.labels.narrow(0, i, size)).sum().item<std::int64_t>();
  }
  net.train();
  return static_cast<double>(right) / static_cast<double>(count);
}

void set_rate(torch::optim::SGD& sgd, double rate) {
  for (auto& group : sgd.param_groups())
    static_cast<torch::optim::SGDOptions&>(group.options()).lr(rate);
}

void train(Network& net, const Choices& choices) {
  const Images data(choices.data, "train"), test(choices.data, "t10k");
  if (choices.channels_last)
    for (auto& weight : net.parameters())
      if (weight.dim() == 4) weight.set_data(weight.contiguous(choices.format()));
  const double peak = choices.small ? 0.05 : 0.1;
  torch::optim::SGD sgd(net.parameters(),
                        torch::optim::SGDOptions(peak).momentum(0.9).nesterov(!choices.small));
  const std::int64_t count = data.labels.size(0), batch = 64;
  const std::int64_t steps = (count + batch - 1) / batch * choices.epochs;
  std::int64_t step = 0;
  for (int epoch = 1; epoch <= choices.epochs; ++epoch) {
    const auto start = std::chrono::steady_clock::now();
    const auto order = torch::randperm(count);
    for (std::int64_t i = 0; i < count; i += batch, ++step) {
      const auto chosen = order.narrow(0, i, std::min(batch, count - i));
      auto x = images_of(data.pixels.index_select(0, chosen), choices.format());
      if (!choices.small) {
        if (step % 2 == 0) x = x.flip({3});
        const double way = static_cast<double>(step) / static_cast<double>(steps);
        set_rate(sgd, peak * 0.5 * (1 + std::cos(M_PI * way)));
      }
      const auto logits = net.forward(x);
      auto loss = torch::cross_entropy_loss(logits, data.labels.index_select(0, chosen));
      if (!choices.small) loss = loss + net.penalty();
      sgd.zero_grad();
      loss.backward();
      sgd.step();
      net.project();
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const double right = accuracy(net, test, choices.format());
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("epoch %d/%d  %.2f s  test accuracy %.4f  peak memory %ld MiB\n", epoch,
                choices.epochs, seconds.count(), right, usage.ru_maxrss / 1024);
    std::fflush(stdout);
  }
}

Choices parse(int argc, char** argv) {
  Choices choices;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    const auto value = [&] {
      if (i + 1 == argc) throw std::runtime_error(flag + ": a value must follow");
      return std::string(argv[++i]);
    };
    if (flag == "--small") {
      choices.small = true;
    } else if (flag == "--channels-last") {
      choices.channels_last = true;
    } else if (flag == "--threads") {
      choices.threads = std::stoi(value());
    } else if (flag == "--epochs") {
      choices.epochs = std::stoi(value());
    } else if (flag == "--data") {
      choices.data = value();
    } else {
      throw std::runtime_error(flag + ": not a flag of torch_clothing");
    }
  }
  return choices;
}

}  // namespace

int main(int argc, char** argv) try {
  const Choices choices = parse(argc, argv);
  at::set_num_threads(choices.threads);
  torch::manual_seed(1);
  if (choices.small) {
    Small net;
    train(net, choices);
  } else {
    Clothing net;
    train(net, choices);
  }
} catch (const std::exception& e) {
  std::fprintf(stderr, "torch_clothing: %s\n", e.what());
  return 1;
}
