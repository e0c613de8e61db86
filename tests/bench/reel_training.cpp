#include "reel_training.h"

#include "reel_planned_net.h"
#include "reel_workload.h"

using namespace reel;

namespace {

/// A net, what goes in, what is to come out, and an optimizer.
struct RacedNet {
  explicit RacedNet(const NetworkWorkload& w) : net(w.steps), loss(w.loss) {
    set_seed(1);
    Shape shape{w.batch};
    for (Index extent : w.input) shape.push_back(extent);
    x = bench_numbers(shape, false);
    const Tensor y = net(x);
    for (Index i = 0; i < w.batch; ++i) labels.push_back(static_cast<std::int32_t>(i % y.dim(-1)));
    targets = abs(bench_numbers(y.shape(), false));
    if (loss == "binary") targets = cast(greater(targets, 0.5), float32);
  }
  Tensor loss_of(const Tensor& y) const {
    if (loss == "classes") return softmax_cross_entropy(y, labels);
    if (loss == "squares") return mean_squared_error(y, targets);
    return sigmoid_cross_entropy(y, targets);
  }
  void step(Trace* trace = nullptr) {
    Tape tape({.trace = trace});
    const Tensor l = loss_of(net(x, {.training = true}));
    sgd.apply_gradients(std::move(tape).gradient(l, net.trainable_variables()));
    net.apply_updates();
  }

  PlannedNet net;
  std::string loss;
  Tensor x, targets;
  std::vector<std::int32_t> labels;
  SGD sgd{{.learning_rate = 1e-4}};  // small, so that the numbers stay what they are
};

}  // namespace

std::function<void()> reel_network_work(const NetworkWorkload& w) {
  set_num_threads(w.threads);
  const auto raced = std::make_shared<RacedNet>(w);
  if (w.training) return [=] { raced->step(); };
  raced->net.fold();
  return [=] { raced->net(raced->x); };
}

std::string reel_network_profile(const NetworkWorkload& w) {
  set_num_threads(w.threads);
  RacedNet raced(w);
  if (!w.training) raced.net.fold();
  Trace trace({.budget = 0});
  for (int i = -3; i < 10; ++i) {
    Trace* const told = i < 0 ? nullptr : &trace;
    if (w.training) {
      raced.step(told);
    } else {
      Tape tape({.trace = told});
      raced.net(raced.x);
    }
  }
  return profile(trace).str();
}
