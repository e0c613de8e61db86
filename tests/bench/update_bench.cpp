// Optimizers beside a plain copy: how much of the memory's bandwidth an update has.
//
//   update_bench [WEIGHTS [THREADS [SECONDS]]]      10,000,000 weights, 1 thread, 2 s a row
//
// An update reads gradient, weights and slots, and writes weights and slots. The copy moves as many
// bytes, half of them read, half written, by one memcpy a thread. Both take turns; what is printed
// is the median of each and the copy's time over the update's.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

#include <reel/reel.h>

using namespace reel;

namespace {

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> times) {
  std::nth_element(times.begin(), times.begin() + static_cast<Index>(times.size() / 2),
                   times.end());
  return times[times.size() / 2];
}

void race(const char* name, Optimizer& optimizer, Index weights, DType dtype, double seconds) {
  const Variable variable(full({weights}, 0.5, dtype), {.name = "w"});
  const std::vector<VariableGradient> gradients{{variable, full({weights}, 0.01, dtype)}};
  optimizer.apply_gradients(gradients);
  const std::size_t slots = optimizer.slots().size();
  const std::size_t bytes = variable.stored().bytes() * (1 + 2 * (1 + slots));
  std::vector<char> from(bytes / 2, 1), to(bytes / 2, 2);
  const Index piece = (static_cast<Index>(from.size()) + num_threads() - 1) / num_threads();
  const auto copy = [&] {
    parallel_ranges(static_cast<Index>(from.size()), piece, [&](Index first, Index end) {
      std::memcpy(to.data() + first, from.data() + first, static_cast<std::size_t>(end - first));
    });
  };
  std::vector<double> updates, copies;
  double total = 0;
  for (int turn = 0; total < seconds || turn < 5; ++turn) {
    updates.push_back(seconds_of([&] { optimizer.apply_gradients(gradients); }));
    copies.push_back(seconds_of(copy));
    total += updates.back() + copies.back();
  }
  const double update = median(updates), plain = median(copies);
  fmt::print("{:28} {}  {:7.2f} ms {:6.1f} GB/s   copy {:7.2f} ms {:6.1f} GB/s   ratio {:.2f}\n",
             name, dtype, update * 1e3, static_cast<double>(bytes) / update / 1e9, plain * 1e3,
             static_cast<double>(bytes) / plain / 1e9, plain / update);
}

}  // namespace

int main(int argc, char** argv) {
  const Index weights = argc > 1 ? std::atoll(argv[1]) : 10'000'000;
  set_num_threads(argc > 2 ? std::atoi(argv[2]) : 1);
  const double seconds = argc > 3 ? std::atof(argv[3]) : 2;
  for (const DType dtype : {float32, float64}) {
    for (const char* name :
         {"SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl"})
      race(name, *optimizers::get(name), weights, dtype, seconds);
    SGD momentum({.momentum = 0.9});
    race("SGD, momentum", momentum, weights, dtype, seconds);
    Adam amsgrad({.amsgrad = true});
    race("Adam, amsgrad", amsgrad, weights, dtype, seconds);
    RMSprop centered({.momentum = 0.9, .centered = true});
    race("RMSprop, centered, momentum", centered, weights, dtype, seconds);
  }
}
