// The first file of tests to read: all of reel in the order in which one learns it.
//
// A tensor, an op, a tape, a variable, a step of SGD, a layer, a loop that trains, a check of a
// gradient, an op of one's own. Each test is one true sentence and a few lines, and every number in
// it can be worked out with a pencil; what is odd about a thing stands in the tests of that thing.
// Include reel.h, as here, in a program; the other tests name only the headers that they are about.
// Read next: tensor_test.cpp, tape_test.cpp, and after them the folders in any order.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <reel/reel.h>

using namespace reel;
using Numbers = std::vector<double>;

TEST_CASE("a tensor holds numbers in rows and has a shape and a dtype") {
  const Tensor x{{1, 2, 3}, {4, 5, 6}};
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.dtype() == float32);
  CHECK(x.at(1, 0) == 4.0);
  CHECK(x.to_vector() == Numbers{1, 2, 3, 4, 5, 6});
}

TEST_CASE("an op makes a new tensor and leaves its arguments as they were") {
  const Tensor x{1, 2, 3};
  const Tensor y = 2.0 * x + 1.0;
  CHECK(y.to_vector() == Numbers{3, 5, 7});
  CHECK(x.to_vector() == Numbers{1, 2, 3});
}

TEST_CASE("a smaller tensor is repeated along the axes that it lacks") {
  const Tensor x{{1, 2, 3}, {4, 5, 6}};
  const Tensor row{10, 20, 30};
  CHECK((x + row).to_vector() == Numbers{11, 22, 33, 14, 25, 36});
}

TEST_CASE("a tape remembers what was computed while it was there and gives the gradient") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  const Tensor y = x * x;
  CHECK(y.item() == 9.0);
  CHECK(tape.gradient(y, x).item() == 6.0);  // 2 x
}

TEST_CASE("a value that is used twice has the sum of two gradients") {
  const Tensor a(3.0), b(4.0);
  Tape tape;
  tape.watch(a);
  tape.watch(b);
  const Tensor y = a * b + a;
  CHECK(tape.gradient(y, a).item() == 5.0);  // b from the product, 1 from the sum
  CHECK(tape.gradient(y, b).item() == 3.0);  // a
}

TEST_CASE("the gradient of what was repeated is summed over the repetitions") {
  const Tensor x{{1, 2, 3}, {4, 5, 6}}, row{10, 20, 30};
  Tape tape;
  tape.watch(row);
  const Tensor y = sum(x * row);
  CHECK(tape.gradient(y, row).to_vector() == Numbers{5, 7, 9});  // the columns of x
}

TEST_CASE("a tape inside a tape gives the derivative of a derivative") {
  const Tensor x(2.0);
  Tape outer;
  outer.watch(x);
  Tape inner;
  inner.watch(x);
  const Tensor slope = inner.gradient(x * x * x, x);
  CHECK(slope.item() == 12.0);                     // 3 x^2
  CHECK(outer.gradient(slope, x).item() == 12.0);  // 6 x
}

TEST_CASE("a variable can be assigned, and what was computed from it stays") {
  const Variable w(Tensor{1, 2});
  const Tensor y = 10.0 * w;
  w.assign(Tensor{3, 4});
  CHECK(y.to_vector() == Numbers{10, 20});
  CHECK((10.0 * w).to_vector() == Numbers{30, 40});
}

TEST_CASE("a tape watches by itself the variables that are read") {
  const Variable w(Tensor(3.0), {.name = "w"});
  Tape tape;
  const Tensor loss = w * w;
  CHECK(tape.watched_variables()[0].name() == "w");
  CHECK(tape.gradient(loss, w).item() == 6.0);
}

TEST_CASE("a step of SGD goes down the gradient") {
  const Variable w(Tensor(3.0));
  SGD sgd({.learning_rate = 0.25});
  Tape tape;
  const Tensor loss = w * w;
  sgd.apply_gradients(tape.gradient(loss, std::vector{w}));
  CHECK(w.value().item() == 1.5);  // 3 - 0.25 * 6
}

TEST_CASE("after its step a constrained variable is projected") {
  const Variable w(Tensor({5, 6}, float64), {.constraint = max_norm(1.0)});
  SGD sgd({.learning_rate = 1.0});
  Tape tape;
  const Tensor loss = 2.0 * sum(w);
  sgd.apply_gradients(tape.gradient(loss, std::vector{w}));
  // (5, 6) - (2, 2) is (3, 4), which has norm 5: a fifth of it has norm 1.
  CHECK(w.value().at(0) == doctest::Approx(0.6));
  CHECK(w.value().at(1) == doctest::Approx(0.8));
}

TEST_CASE("a layer makes its variables when it first sees an input") {
  Dense layer({.units = 2, .name = "head"});
  CHECK(layer.trainable_variables().empty());
  layer(Tensor{{1, 2, 3}});
  const auto variables = layer.trainable_variables();
  CHECK(variables[0].name() == "head/kernel");
  CHECK(variables[0].shape() == Shape{3, 2});
  CHECK(variables[1].name() == "head/bias");
  CHECK(variables[1].shape() == Shape{2});
}

TEST_CASE("a dense layer multiplies by its kernel and adds its bias") {
  Dense layer({.units = 2, .activation = "relu"});
  layer.build({1, 3});
  layer.set_weights({Tensor{{1, 0}, {0, 1}, {1, -1}}, Tensor{10, 0}});
  CHECK(layer(Tensor{{1, 2, 3}}).to_vector() == Numbers{14, 0});  // (1 + 3 + 10, 2 - 3)
}

TEST_CASE("a training loop finds the line through three points") {
  const Tensor x{{-1}, {0}, {1}}, y{{-3}, {-1}, {1}};  // y = 2 x - 1
  Dense line({.units = 1});
  SGD sgd({.learning_rate = 0.5});
  for (int step = 0; step < 100; ++step) {
    Tape tape;
    const Tensor loss = mean_squared_error(line(x, {.training = true}), y);
    sgd.apply_gradients(tape.gradient(loss, line.trainable_variables()));
  }
  CHECK(line.kernel().value().item() == doctest::Approx(2.0));
  CHECK(line.bias().value().item() == doctest::Approx(-1.0));
}

TEST_CASE("a network with a hidden layer learns five points by heart") {
  const Tensor x{{-1}, {-0.5}, {0}, {0.5}, {1}}, y{{1}, {-1}, {1}, {-1}, {1}};  // on no line
  Sequential net;
  const Initializer wide = random_normal({.stddev = 3.0, .seed = 1});
  net.add<Dense>({.units = 16, .activation = "tanh", .kernel_initializer = wide});
  net.add<Dense>({.units = 1, .kernel_initializer = "zeros"});
  SGD sgd({.learning_rate = 0.05, .momentum = 0.9});
  for (int step = 0; step < 500; ++step) {
    Tape tape;
    const Tensor loss = mean_squared_error(net(x, {.training = true}), y);
    sgd.apply_gradients(tape.gradient(loss, net.trainable_variables()));
  }
  CHECK(mean_squared_error(net(x), y).item() < 1e-3);
}

TEST_CASE("check_gradients holds a gradient against differences") {
  const auto cube = [](const Tensor& x) { return x * x * x; };
  CHECK(check_gradients(cube, Tensor({-1, 0.5, 2}, float64)));
}

TEST_CASE("a wrong gradient rule is found, and the report says what is wrong with it") {
  const auto negated = [](const Tensor& x) {  // -x, whose gradient is -dy and not dy
    return record("negated", -x, wrt(x, [](const Tensor& dy) { return dy; }));
  };
  const GradCheckReport report = check_gradients(negated, Tensor({1, 2}, float64));
  CHECK_FALSE(report);
  CHECK(report.pattern == GradCheckPattern::sign);
}
