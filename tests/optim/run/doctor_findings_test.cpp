// What the doctor says, of nets whose numbers are known, by looks of a loop by hand.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/layers/advanced_activations.h>
#include <reel/layers/embedding.h>
#include <reel/layers/layer_normalization.h>
#include <reel/layers/rescaling.h>
#include <reel/optim/run/training_doctor.h>

#include "captured_stderr.h"
#include "doctor_nets.h"

using namespace reel;
using Kind = DoctorFinding::Kind;

namespace {

// The finding's text with "net" for the net's name, which may be one of several.
std::string shown(const Layer& net, const DoctorFinding& finding) {
  std::string text = finding.text;
  const std::string name = " " + net.path() + "/";
  for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += 5)
    text.replace(at, name.size(), " net/");
  if (const std::size_t at = text.find("(" + net.path() + "/"); at != std::string::npos)
    text.replace(at + 1, net.path().size(), "net");
  return text;
}

// A look after each of `losses`; `change` is what each step does to the net.
std::vector<DoctorFinding> looked(Layer& net, const Tensor& x, const std::vector<double>& losses,
                                  const std::function<void(std::size_t step)>& change = {},
                                  Index every = 4) {
  TrainingDoctor doctor({.every = every, .say = [](const std::string&) {}});
  for (std::size_t step = 0; step < losses.size(); ++step) {
    if (change) change(step);
    doctor.look(net, x, losses[step]);
  }
  return doctor.findings();
}

// Four samples of two features.
Tensor table(double a, double b) {
  return Tensor(std::vector<double>{-a, b, a, b, -a, -b, a, -b}, {4, 2});
}

Tensor repeated(const Tensor& x, int times) {
  return concat(std::vector<Tensor>(static_cast<std::size_t>(times), x), 0);
}

Tensor kernel_of(const Layer& net) { return net.trainable_variables()[0].stored(); }

}  // namespace

TEST_CASE("doctor: says which inputs are not scaled, and by how much") {
  Sequential net("net");
  net.add<Dense>({.units = 3, .dtype = float64});
  const Tensor x = repeated(table(1, 20), 4);
  net(x);
  const auto findings = looked(net, x, {1, 1, 1, 1, 1});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == Kind::inputs);
  CHECK(findings[0].step == 1);
  CHECK(shown(net, findings[0]) ==
        "inputs not scaled: 1 of 2 features that net/dense gets lie far above 1, feature 1 has "
        "mean 0 and deviation 20; divide pixels by 255, or give the data through "
        "map(Standardization(train))");
  const auto small = looked(net, repeated(table(0.001, 0.002), 4), {1, 1});
  REQUIRE(small.size() == 1);
  CHECK(shown(net, small[0]) ==
        "inputs not scaled: all features that net/dense gets lie far below 1, feature 1 has mean "
        "0 and deviation 0.002; divide pixels by 255, or give the data through "
        "map(Standardization(train))");
  const auto apart = looked(net, repeated(table(1, 0.0005), 16), {1, 1, 1, 1});
  REQUIRE(apart.size() == 1);
  CHECK(apart[0].step == 2);  // 64 samples a look are too few to compare columns
  CHECK(shown(net, apart[0]) ==
        "inputs not scaled: the features that net/dense gets are of different sizes, feature 0 "
        "has mean 0 and deviation 1, feature 1 has mean 0 and deviation 0.0005; give the data "
        "through map(Standardization(train))");
  CHECK(looked(net, repeated(table(5, 0.1), 16), {1, 1, 1, 1}).empty());
  CHECK(looked(net, table(5, 100), {1}).empty());              // too few samples to say anything
  const auto diverged = looked(net, table(5, 100), {1, NAN});  // enough to know what came first
  REQUIRE(diverged.size() == 1);
  CHECK(diverged[0].kind == Kind::inputs);
}

TEST_CASE("doctor: a net that scales its inputs itself may get any") {
  const Tensor x = repeated(table(20, 200), 4), numbers = abs(x);
  const std::vector<double> losses(8, 1.0);
  Sequential normalized("normalized"), centred("centred"), scaled("scaled"), embedded("embedded");
  normalized.add<BatchNormalization>();
  centred.add<LayerNormalization>();
  scaled.add<Rescaling>({.scale = 1 / 255.0});
  embedded.add<Embedding>({.input_dim = 201, .output_dim = 2});
  for (Sequential* net : {&normalized, &centred, &scaled, &embedded}) {
    net->add<Dense>({.units = 3});
    (*net)(numbers);
    CHECK(looked(*net, numbers, losses).empty());
  }
}

TEST_CASE("doctor: says which units are dead, whoever takes what is below 0 away") {
  struct ByHand : Layer {
    Dense& dense = child<Dense>({.units = 5, .dtype = float64});
    Dense& head = child<Dense>({.units = 2, .dtype = float64});
    Tensor call(const Tensor& x, const Call&) override { return head(relu(dense(x))); }
  };
  Sequential net("net");
  net.add<Dense>({.units = 5, .dtype = float64});
  net.add<ReLU>();
  ByHand by_hand;
  const Tensor x = repeated(table(1, 0.5), 16);
  const std::vector<double> losses(8, 1.0);
  for (Layer* layer : std::vector<Layer*>{&net, &by_hand}) {
    (*layer)(x);
    const Variable bias = layer->trainable_variables()[1];
    bias.assign(Tensor(std::vector<double>{-9.0, -9.0, -9.0, 9.0, 9.0}, {5}));
    CHECK(looked(*layer, x, losses).empty());  // three of five are not enough
    bias.assign(Tensor(std::vector<double>{-9.0, -9.0, -9.0, -9.0, 9.0}, {5}));
    const auto findings = looked(*layer, x, losses);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == Kind::dead_units);
    CHECK(findings[0].step == 4);
    CHECK(shown(*layer, findings[0]) ==
          std::string("dead units: 4 of the 5 units of net/") +
              (layer == &net ? "re_lu" : "dense") +
              " gave 0 for every sample at the last 3 looks; start again with a lower rate and "
              "biases of 0, or use leaky_relu or BatchNormalization");
    const auto revived = [&](std::size_t step) {
      bias.assign(
          Tensor(std::vector<double>{-9.0, -9.0, -9.0, step % 4 == 3 ? 9.0 : -9.0, 9.0}, {5}));
    };
    CHECK(looked(*layer, x, losses, revived).empty());
    bias.assign(Tensor(std::vector<double>(5, -9.0), {5}));
    CHECK(looked(*layer, x, losses).size() == 1);
    layer->set_trainable(false);
    CHECK(looked(*layer, x, losses).empty());
  }
}

TEST_CASE("doctor: says how large the steps are when the rate is too high") {
  Sequential net("net");
  net.add<Dense>({.units = 3, .dtype = float64});
  const Tensor x = repeated(table(1, 0.5), 4);
  net(x);
  const Variable kernel = net.trainable_variables()[0];
  const auto half_more = [&](std::size_t) { kernel.assign(kernel_of(net) * 1.5); };
  const auto stuck = looked(net, x, std::vector<double>(9, 2.0), half_more);
  REQUIRE(stuck.size() == 1);
  CHECK(stuck[0].kind == Kind::rate);
  CHECK(stuck[0].step == 8);  // two looks with four steps before each
  CHECK(shown(net, stuck[0]) ==
        "rate too high: after 8 steps the loss is 2, it was 2 at the start, and one step has "
        "changed the kernels by 50 % (net/dense/kernel most); try a tenth of the learning rate");
  const auto exploded = looked(net, x, {2, 3, 61, 2000}, half_more);
  REQUIRE(exploded.size() == 1);
  CHECK(exploded[0].step == 3);
  const auto not_a_number = looked(net, x, {2, NAN});
  REQUIRE(not_a_number.size() == 1);
  CHECK(not_a_number[0].step == 2);
  CHECK(looked(net, x, {2, 1.9, 1.8, 1.7, 1.6, 1.5, 1.4, 1.3, 1.2}, half_more).empty());
  const auto a_bit_more = [&](std::size_t) { kernel.assign(kernel_of(net) * 1.02); };
  CHECK(looked(net, x, std::vector<double>(40, 2.0), a_bit_more).empty());
  const auto a_tenth_more = [&](std::size_t) { kernel.assign(kernel_of(net) * 1.12); };
  CHECK(looked(net, x, std::vector<double>(40, 2.0), a_tenth_more).empty());
  std::vector<double> far_above(13, 7.0);
  far_above[0] = 2;
  CHECK(looked(net, x, far_above, a_tenth_more).size() == 1);
  // Learnt, then lost again.
  std::vector<double> lost(16, 0.5);
  lost[0] = 2;
  lost.insert(lost.end(), 16, 1.8);
  const auto risen = looked(net, x, lost, half_more);
  REQUIRE(risen.size() == 1);
  CHECK(risen[0].step == 24);
}

TEST_CASE("doctor: says how small the steps are when the rate is too low") {
  Sequential net("net");
  net.add<Dense>({.units = 3, .dtype = float64});
  const Tensor x = repeated(table(1, 0.5), 4);
  net(x);
  const Variable kernel = net.trainable_variables()[0];
  const auto little = [&](std::size_t) { kernel.assign(kernel_of(net) * (1 + 2e-5)); };
  const auto flat = looked(net, x, std::vector<double>(40, 2.0), little);
  REQUIRE(flat.size() == 1);
  CHECK(flat[0].kind == Kind::rate);
  CHECK(flat[0].step == 16);
  CHECK(shown(net, flat[0]) ==
        "rate too low: in 16 steps the loss went from 2 to 2, and no step that was looked at has "
        "changed the kernels by more than 0.002 %; try ten times the learning rate");
  const auto falling = [](std::size_t steps, double by) {
    std::vector<double> losses;
    for (std::size_t i = 0; i < steps; ++i) losses.push_back(2 - by * static_cast<double>(i));
    return losses;
  };
  CHECK(looked(net, x, falling(20, 0.04), little).empty());
  // Lower by a tenth is noise where all steps together are next to nothing.
  CHECK(looked(net, x, falling(20, 0.01), little).size() == 1);
  const auto more = [&](std::size_t) { kernel.assign(kernel_of(net) * (1 + 9e-5)); };
  CHECK(looked(net, x, falling(200, 0.001), more, 50).empty());
  CHECK(looked(net, x, falling(200, 0.0001), more, 50).size() == 1);
  // The end of a schedule: steps were larger once.
  const auto first_more = [&](std::size_t step) {
    kernel.assign(kernel_of(net) * (step == 1 ? 1.01 : 1 + 2e-5));
  };
  CHECK(looked(net, x, std::vector<double>(40, 2.0), first_more).empty());
  CHECK(looked(net, x, std::vector<double>(40, 2.0)).empty());  // nothing moves: nothing is known
}

TEST_CASE("doctor: says each finding once, to the log unless told where") {
  Sequential net("net");
  net.add<Dense>({.units = 3, .dtype = float64});
  const Tensor x = repeated(table(1, 20), 4), loss(1.0, float64);
  net(x);
  std::vector<std::string> lines;
  TrainingDoctor doctor({.say = [&](const std::string& line) { lines.push_back(line); }});
  TrainingDoctor to_log({.name = "nurse"});
  test::CapturedStderr log;
  for (int step = 0; step < 200; ++step) {
    doctor.look(net, x, loss);
    to_log.look(net, x, loss);
  }
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "training_doctor: step 1: " + doctor.findings()[0].text);
  CHECK(log.text() == "reel: warning: nurse: step 1: " + doctor.findings()[0].text + "\n");
}

TEST_CASE("doctor: refuses what it cannot do") {
  CHECK_THROWS_WITH_AS(TrainingDoctor({.every = 0}),
                       "TrainingDoctor: every must be at least 1; got 0", ValueError);
  Sequential net("net");
  net.add<Dense>({.units = 3});
  const Tensor x = zeros({0, 2});
  net(x);
  TrainingDoctor doctor;
  CHECK_THROWS_WITH_AS(doctor.look(net, x, zeros({3})),
                       "TrainingDoctor: the loss must be one number; got shape (3,); take its mean",
                       ValueError);
  for (int step = 0; step < 9; ++step) doctor.look(net, x, 1.0);  // no samples, nothing to see
  CHECK(doctor.findings().empty());
}
