// The doctor beside sick trainings, which get their finding and only theirs, and healthy ones.
//
// Each training is small; the sick ones are each sick in one way. Two seeds each.
#include <doctest/doctest.h>

#include <functional>
#include <memory>

#include <reel/layers/functions/initializers.h>
#include <reel/optim/adam.h>
#include <reel/optim/adamw.h>
#include <reel/optim/run/early_stopping.h>
#include <reel/optim/run/fit.h>
#include <reel/optim/run/training_doctor.h>
#include <reel/optim/schedules/cosine_decays.h>
#include <reel/optim/schedules/cycles.h>
#include <reel/optim/sgd.h>

#include "captured_stderr.h"
#include "doctor_nets.h"

using namespace reel;
using Kind = DoctorFinding::Kind;
using Kinds = std::vector<Kind>;

namespace {

Kinds kinds(const TrainingDoctor& doctor) {
  Kinds kinds;
  for (const DoctorFinding& finding : doctor.findings()) kinds.push_back(finding.kind);
  return kinds;
}

TrainingDoctorOptions quiet() {
  return {.say = [](const std::string&) {}};
}

// What the doctor finds while `fit` trains, also where the loss ends as no number.
Kinds found(Layer& net, Loader loader, Optimizer&& optimizer, const BatchLoss& loss, Index epochs) {
  TrainingDoctor doctor(quiet());
  try {
    fit(net, loader, optimizer,
        {.loss = loss, .epochs = epochs, .callbacks = {&doctor}, .interruptible = false});
  } catch (const ValueError& error) {
    CHECK(std::string(error.what()).find("the loss must stay finite") != std::string::npos);
  }
  return kinds(doctor);
}

Loader shuffled(const Dataset& data, Index size, std::uint64_t seed) {
  return Loader(data, {.size = size, .shuffle = true, .seed = seed});
}

SGD sgd(double rate) { return SGD({.learning_rate = rate}); }
Adam adam(double rate) { return Adam({.learning_rate = rate}); }

// A loop by hand, with what may be forgotten in it. The library's own warnings are not looked at.
Kinds found_by_hand(Layer& net, Loader loader, Optimizer&& optimizer, const Call& call,
                    bool applies_updates, Index epochs) {
  const test::CapturedStderr warnings;
  TrainingDoctor doctor(quiet());
  for (Index epoch = 0; epoch < epochs; ++epoch)
    for (const Batch& batch : loader) {
      Tape tape;
      const Tensor loss = test::crossed(net(batch.images, call), batch);
      optimizer.apply_gradients(tape.gradient(loss, net.trainable_variables()));
      if (applies_updates) net.apply_updates();
      doctor.look(net, batch.images, loss);
    }
  return kinds(doctor);
}

struct Normalized : Sequential {
  Normalized() : Sequential("normalized") {
    add<Flatten>();
    add<Dense>({.units = 24, .activation = "relu"});
    add<BatchNormalization>();
    add<Dropout>(0.3);
    add<Dense>({.units = 10});
  }
};

struct LowBiases : Sequential {
  LowBiases() : Sequential("low_biases") {
    add<Dense>({.units = 32, .activation = "relu"});
    add<Dense>({.units = 32, .activation = "relu", .bias_initializer = constant(-20.0)});
    add<Dense>({.units = 1});
  }
};

Tensor binary(const Tensor& y, const Batch& batch) {
  const std::vector<float> labels(batch.labels.begin(), batch.labels.end());
  return sigmoid_cross_entropy(y, Tensor(labels, {batch.size(), 1}));
}

void with_two_seeds(const std::function<Kinds(std::uint64_t seed)>& training,
                    const Kinds& expected) {
  for (const std::uint64_t seed : {1, 2}) {
    CAPTURE(seed);
    set_seed(seed);
    CHECK(training(seed) == expected);
  }
}

}  // namespace

// --- sick --------------------------------------------------------------------------------------

TEST_CASE("doctor: a training flag that a loop forgets") {
  with_two_seeds(
      [](std::uint64_t seed) {
        test::DenseNet without_such_layers(8, "relu", 10);
        Normalized net;
        const Loader loader = shuffled(test::drawings(300, seed), 20, seed);
        CHECK(found_by_hand(without_such_layers, loader, sgd(0.1), {}, true, 2).empty());
        return found_by_hand(net, loader, sgd(0.1), {}, true, 4);
      },
      {Kind::forgotten});
}

TEST_CASE("doctor: updates that a loop forgets") {
  with_two_seeds(
      [](std::uint64_t seed) {
        Normalized net;
        const Loader loader = shuffled(test::drawings(300, seed), 20, seed);
        return found_by_hand(net, loader, sgd(0.1), {.training = true}, false, 4);
      },
      {Kind::forgotten});
}

TEST_CASE("doctor: units that large negative biases keep at 0") {
  with_two_seeds(
      [](std::uint64_t seed) {
        LowBiases net;
        const Dataset data = test::standardized(test::flats(1000, seed));
        return found(net, shuffled(data, 32, seed), sgd(0.01), test::squares, 8);
      },
      {Kind::dead_units});
}

TEST_CASE("doctor: units that died before, of a rate that is right now") {
  with_two_seeds(
      [](std::uint64_t seed) {
        test::DenseNet net(32, "relu", 10);
        const Loader loader = shuffled(test::drawings(400, seed), 20, seed);
        SGD wild({.learning_rate = 30});
        Loader before = loader;
        fit(net, before, wild, {.loss = test::crossed, .interruptible = false});
        return found(net, loader, sgd(0.05), test::crossed, 12);
      },
      {Kind::dead_units});
}

TEST_CASE("doctor: a rate a hundred times too high, of SGD") {
  with_two_seeds(
      [](std::uint64_t seed) {
        test::DenseNet net(32, "relu", 10), straight(48, "relu", 1);
        const Dataset table = test::standardized(test::flats(500, seed));
        CHECK(found(straight, shuffled(table, 32, seed), sgd(5), test::squares, 6) ==
              Kinds{Kind::rate});
        return found(net, shuffled(test::drawings(400, seed), 20, seed), sgd(10), test::crossed, 8);
      },
      {Kind::rate});
}

TEST_CASE("doctor: a rate a hundred times too high, of Adam") {
  with_two_seeds(
      [](std::uint64_t seed) {
        test::DenseNet net(32, "relu", 10);
        const Loader loader = shuffled(test::drawings(400, seed), 20, seed);
        return found(net, loader, adam(0.1), test::crossed, 8);
      },
      {Kind::rate});
}

TEST_CASE("doctor: a rate a thousand times too low") {
  with_two_seeds(
      [](std::uint64_t seed) {
        test::DenseNet net(32, "relu", 10), other(32, "relu", 10);
        const Loader loader = shuffled(test::drawings(400, seed), 20, seed);
        CHECK(found(other, loader, adam(3e-6), test::crossed, 12) == Kinds{Kind::rate});
        return found(net, loader, sgd(1e-4), test::crossed, 12);
      },
      {Kind::rate});
}

TEST_CASE("doctor: pixels from 0 to 255") {
  const auto times_255 = [](const Tensor& x) { return x * 255.0; };
  with_two_seeds(
      [&](std::uint64_t seed) {
        test::DenseNet net(32, "relu", 10);
        test::ResidualNet images;
        const Loader loader = shuffled(test::drawings(200, seed).map(times_255), 20, seed);
        CHECK(found(images, loader, adam(0.004), test::crossed, 6) == Kinds{Kind::inputs});
        return found(net, loader, sgd(0.1), test::crossed, 10);
      },
      {Kind::inputs});
}

TEST_CASE("doctor: columns of different sizes") {
  const auto one_is_small = [](const Tensor& x) { return x * Tensor({1.f, 1e-4f, 1.f, 1.f}, {4}); };
  with_two_seeds(
      [&](std::uint64_t seed) {
        test::DenseNet net(48, "relu", 1), other(48, "relu", 1);
        const Dataset table = test::flats(500, seed);
        const Dataset small = test::standardized(table).map(one_is_small);
        CHECK(found(other, shuffled(small, 32, seed), adam(0.01), test::squares, 6) ==
              Kinds{Kind::inputs});
        return found(net, shuffled(table, 32, seed), adam(0.01), test::squares, 8);
      },
      {Kind::inputs});
}

// --- healthy -----------------------------------------------------------------------------------

TEST_CASE("doctor: regression is healthy, to the end of its schedule") {
  with_two_seeds(
      [](std::uint64_t seed) {
        test::DenseNet line(1, "linear", 1), net(48, "relu", 1);
        const Loader loader = shuffled(test::standardized(test::flats(1000, seed)), 32, seed);
        const auto falling = [&](double rate) {
          return AdamOptions{.learning_rate = schedules::CosineDecay(
                                 {.initial_learning_rate = rate, .decay_steps = 30.0 * 32})};
        };
        CHECK(found(line, loader, Adam(falling(0.5)), test::squares, 30).empty());
        return found(net, loader, Adam(falling(0.01)), test::squares, 30);
      },
      {});
}

TEST_CASE("doctor: moons are healthy") {
  with_two_seeds(
      [](std::uint64_t seed) {
        test::DenseNet net(24, "tanh", 1);
        const Dataset data = moons({.count = 600, .noise = 0.15, .seed = seed});
        return found(net, shuffled(data, 32, seed), adam(0.01), binary, 40);
      },
      {});
}

TEST_CASE("doctor: a residual net is healthy") {
  with_two_seeds(
      [](std::uint64_t seed) {
        test::ResidualNet net;
        const Loader loader = shuffled(test::drawings(300, seed), 30, seed);
        return found(net, loader, adam(0.004), test::crossed, 15);
      },
      {});
}

TEST_CASE("doctor: photographs are healthy, with dropout and a cycle of the rate to its end") {
  with_two_seeds(
      [](std::uint64_t seed) {
        test::PhotoNet net;
        const Dataset data = test::standardized(test::coloured_drawings(200, seed));
        const schedules::OneCycle cycle({.max_learning_rate = 0.01, .total_steps = 15.0 * 10});
        return found(net, shuffled(data, 20, seed), AdamW({.learning_rate = cycle}), test::crossed,
                     15);
      },
      {});
}

TEST_CASE("doctor: fine-tuning is healthy, with the trunk frozen and without") {
  with_two_seeds(
      [](std::uint64_t seed) {
        test::TrunkAndHead net;
        const Loader loader = shuffled(test::drawings(300, seed), 20, seed);
        CHECK(found(net, loader, adam(0.003), test::crossed, 8).empty());
        net.trunk.set_trainable(false);
        // `fit` calls all of it as in training, a loop by hand may say that nothing is.
        CHECK(found(net, loader, adam(0.003), test::crossed, 8).empty());
        return found_by_hand(net, loader, adam(0.003), {.training = false}, true, 8);
      },
      {});
}

TEST_CASE("doctor: the clothing network is healthy") {
  with_two_seeds(
      [](std::uint64_t seed) {
        test::ClothingNet net;
        const Loader loader = shuffled(test::drawings(300, seed), 30, seed);
        return found(net, loader, SGD({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}),
                     test::crossed, 15);
      },
      {});
}
