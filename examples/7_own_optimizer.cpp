// An optimizer of one's own: Lion, beside three of the library's.
//
// What an optimizer adds to the base class is what it keeps beside each variable (`create_slots`)
// and the new value of one variable (`update`). Everything else is there: rates, schedules, groups,
// clipping, constraints, saving, steps that happen whole or not at all. Lion (Chen et al.,
// "Symbolic discovery of optimization algorithms", 2023) steps by the sign of a mean gradient, so
// each weight moves by the rate exactly.
// Read before: optim/optimizer.h. Read next: optim/adam.h.
#include <fmt/core.h>

#include <cstdlib>

#include <reel/reel.h>

#include "small_example.h"

using namespace reel;

namespace {

constexpr const char* help =
    "own_optimizer: writes the optimizer Lion in a few lines and lets it race SGD, Adam and "
    "RMSprop\n"
    "down a valley that is 100 times steeper across than along.\n";

class Lion : public Optimizer {
 public:
  explicit Lion(const LearningRate& rate) : Optimizer({.name = "Lion", .learning_rate = rate}) {}

 protected:
  void create_slots(const std::vector<VariableGradient>& gradients) override {
    for (const VariableGradient& pair : gradients) add_slot(pair.variable, "mean");
  }
  void update(const Variable& w, const Tensor& gradient, double rate) override {
    const Variable& mean = slot(w);
    w.assign(w - rate * sign(0.9 * mean + 0.1 * gradient));
    mean.assign(0.99 * mean + 0.01 * gradient);
  }
};

const Tensor steepness({100, 1}, float64), bottom({1, -2}, float64);

// How far from the bottom 300 steps lead, with a rate that falls along a cosine.
double distance_after(Optimizer& optimizer, double rate) {
  optimizer.set_learning_rate(
      schedules::CosineDecay({.initial_learning_rate = rate, .decay_steps = 300}));
  const Variable w(Tensor({0, 0}, float64), {.name = "w"});
  for (int step = 0; step < 300; ++step)
    optimizer.minimize([&] { return sum(steepness * square(w - bottom)) / 2.0; }, {w});
  return l2_norm(w - bottom).item();
}

}  // namespace

int main(int argc, char** argv) {
  const SmallExample example(argc, argv, help);
  if (example.status) return *example.status;

  // One step by pencil: the mean gradient is 0.1 * (-100, 2), its signs are -1 and 1.
  const Variable w(Tensor({0, 0}, float64), {.name = "w"});
  Lion first(0.25);
  first.minimize([&] { return sum(steepness * square(w - bottom)) / 2.0; }, {w});
  fmt::print("one step of Lion at rate 0.25: {}\n", w.value());
  fmt::print("its slot {}: {}\n\n", first.slots()[0].name(), first.slots()[0].value());

  Lion lion(0);
  SGD sgd;
  Adam adam;
  RMSprop rmsprop;
  struct Row {
    Optimizer& optimizer;
    double rate;
  };
  fmt::print("optimizer   rate   distance after 300 steps\n");
  for (const auto& [optimizer, rate] :
       {Row{lion, 0.05}, Row{sgd, 0.015}, Row{adam, 0.05}, Row{rmsprop, 0.05}})
    fmt::print("{:9}  {:>5}   {:.4f}\n", optimizer.name(), rate, distance_after(optimizer, rate));
  fmt::print(
      "\nThe steep side bounds the rate of SGD, which creeps along the flat one. The others look "
      "at\n"
      "each weight's own gradients.\n");
  Lion again(0);
  return distance_after(again, 0.05) < 0.01 ? EXIT_SUCCESS : EXIT_FAILURE;
}
