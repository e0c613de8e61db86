// The NaN sentinel. Each case plants a NaN or an infinity at a line that it knows.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include <reel/reel.h>

using namespace reel;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const ValueError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

// "FILE:LINE" of this file, as messages show it.
std::string here(int line) { return fmt::format("{}:{}", __FILE__, line); }

bool names(const std::string& message, int line) {
  return message.find("called at " + here(line) + "\n") != std::string::npos ||
         message.ends_with("called at " + here(line));
}

// A layer of a user's own: the op that fails stands in the user's code.
int line_in_layer = 0;
struct Logarithm : Layer {
  using Layer::Layer;
  Tensor call(const Tensor& x, const Call&) override {
    line_in_layer = __LINE__ + 1;
    return log(x);
  }
};

// As above, but all is well here.
struct Copy : Layer {
  using Layer::Layer;
  Tensor call(const Tensor& x, const Call&) override { return x * 1.0; }
};

Tensor broken_op(const Tensor& x) {
  return record("broken_op", full(x.shape(), NAN), wrt(x, [](const Tensor& dy) { return dy; }));
}
const int line_of_broken_op = __LINE__ - 2;

}  // namespace

TEST_CASE("an operator that makes NaN is named, with its place and its inputs") {
  const Tensor x{{1, 0, 2}, {3, 0, -1}};
  int line = 0;
  const std::string message = message_of([&] {
    Tape tape({.check_numerics = true});
    tape.watch(x);
    const Tensor top = x * 2.0, bottom = x * 1.0;
    line = __LINE__ + 1;
    const Tensor y = top / bottom;
  });
  CHECK(message ==
        fmt::format("div: the result of shape (2, 3) must be finite; 2 of 6 elements are not, the "
                    "first, nan, at (0, 1)\n"
                    "  called at {}\n"
                    "  input 0: shape (2, 3), from -2 to 6, the result of mul at {}\n"
                    "  input 1: shape (2, 3), from -1 to 3, the result of mul at {}",
                    here(line), here(line - 2), here(line - 2)));
}

TEST_CASE("a named op that makes infinity is named, and where its input comes from") {
  const Variable scale(Tensor(0.0), {.name = "scale"});
  const Tensor x(5.0);
  int line = 0;
  const std::string message = message_of([&] {
    Tape tape({.check_numerics = true});
    tape.watch(x);
    line = __LINE__ + 1;
    const Tensor y = log(scale);
  });
  CHECK(message ==
        fmt::format("log: the result of shape () must be finite; 1 of 1 elements is not, the "
                    "first, -inf, at ()\n"
                    "  called at {}\n"
                    "  input 0: shape (), 0, variable scale",
                    here(line)));
}

TEST_CASE("of a statement on several lines, the line of the op counts") {
  int line = 0;
  const std::string message = message_of([&] {
    Tape tape({.check_numerics = true});
    const Tensor x(-1.0);
    line = __LINE__ + 2;
    const Tensor y = exp(x) *           // fine
                     sqrt(x) * exp(x);  // never called
  });
  CHECK(message.starts_with("sqrt: the result of shape () must be finite"));
  CHECK(names(message, line));
}

TEST_CASE("a layer of the library counts as the call that the user wrote") {
  const VariableStore store;
  Dense dense({.units = 2, .activation = log, .kernel_initializer = constant(0.0), .name = "head"});
  int line = 0;
  const std::string message = message_of([&] {
    Tape tape({.check_numerics = true});
    line = __LINE__ + 1;
    const Tensor y = dense(ones({1, 3}));
  });
  CHECK(message == fmt::format("head: log: the result of shape (1, 2) must be finite; 2 of 2 "
                               "elements are not, the first, -inf, at (0, 0)\n"
                               "  called at {}\n"
                               "  input 0: shape (1, 2), 0, the result of bias_add at {}",
                               here(line), here(line)));
}

TEST_CASE("a layer of the user's own is looked into") {
  const VariableStore store;
  Sequential net("net");
  net.add<Logarithm>();
  const std::string message = message_of([&] {
    Tape tape({.check_numerics = true});
    const Tensor y = net(zeros({1, 3}));
  });
  CHECK(message.starts_with("net/logarithm: log: the result of shape (1, 3) must be finite"));
  CHECK(names(message, line_in_layer));
}

TEST_CASE("after a layer of the user's own the place is the outer call again") {
  const VariableStore store;
  Sequential net("net");
  net.add<Copy>();
  net.add<Dense>({.units = 2, .activation = log, .kernel_initializer = constant(0.0)});
  int line = 0;
  const std::string message = message_of([&] {
    Tape tape({.check_numerics = true});
    line = __LINE__ + 1;
    const Tensor y = net(ones({1, 3}));
  });
  CHECK(message.starts_with("net/dense: log: "));
  CHECK(names(message, line));
}

TEST_CASE("a rule that makes infinity is named with the place of its op") {
  const Tensor x{4, 0, 9};
  int line = 0;
  const std::string message = message_of([&] {
    Tape tape({.check_numerics = true});
    tape.watch(x);
    line = __LINE__ + 1;
    const Tensor root = sqrt(x);
    const Tensor y = root * 3.0;
    tape.gradient(y, x);
  });
  CHECK(message == fmt::format("gradient of sqrt: the gradient of input 0 of shape (3,) must be "
                               "finite; 1 of 3 elements is not, the first, inf, at (1,)\n"
                               "  called at {}\n"
                               "  dy: shape (3,), 3\n"
                               "  input 0: shape (3,), from 0 to 9, watched",
                               here(line)));
}

TEST_CASE("a rule in a layer is named with the layer and its call") {
  const VariableStore store;
  Dense dense(
      {.units = 2, .activation = sqrt, .kernel_initializer = constant(0.0), .name = "head"});
  int line = 0;
  const std::string message = message_of([&] {
    Tape tape({.check_numerics = true});
    line = __LINE__ + 1;
    const Tensor y = dense(ones({1, 3}));
    tape.gradient(y, dense.trainable_variables());
  });
  CHECK(message.starts_with("head: gradient of sqrt: the gradient of input 0 of shape (1, 2) "));
  CHECK(names(message, line));
}

TEST_CASE("gradients whose sum overflows are named with the op whose result they are of") {
  const Tensor x(1.0);
  int line = 0;
  const std::string message = message_of([&] {
    Tape tape({.check_numerics = true});
    tape.watch(x);
    line = __LINE__ + 1;
    const Tensor h = x * 1e-3;
    const Tensor a = h * 3e38, b = h * 3e38;
    tape.gradient({a, b}, x);
  });
  CHECK(message == fmt::format("gradient of mul: the sum of its result's gradients, of shape (), "
                               "must be finite; 1 of 1 elements is not, the first, inf, at ()\n"
                               "  called at {}",
                               here(line)));
}

TEST_CASE("a gradient of a gradient is placed at the op of the way forward") {
  const Tensor x(0.0);
  int line = 0;
  const std::string message = message_of([&] {
    Tape outer({.check_numerics = true});
    outer.watch(x);
    Tape inner;
    inner.watch(x);
    line = __LINE__ + 1;
    const Tensor y = sqrt(x);
    const Tensor other = x * 2.0;
    inner.gradient(y, x);
  });
  CHECK(names(message, line));
}

TEST_CASE("what was not finite before is nobody's fault") {
  const Tensor x{1, infinity, NAN}, mask{0, -infinity, 0};
  Tape tape({.check_numerics = true});
  tape.watch(x);
  const Tensor y = softmax(mask) * x * x;
  CHECK(std::isnan(sum(y).item()));
  CHECK(std::isnan(tape.gradient(y, x).to_vector()[1]));
}

TEST_CASE("without check_numerics nothing is said, and a pause is not looked at") {
  const Tensor x(0.0);
  {
    Tape tape;
    tape.watch(x);
    CHECK(log(x).item() == -infinity);
  }
  Tape tape({.check_numerics = true});
  tape.watch(x);
  {
    const PauseRecording pause;
    CHECK(log(x).item() == -infinity);
  }
  {
    const auto pause = tape.pause();
    CHECK(log(x).item() == -infinity);
  }
  CHECK_THROWS_AS(log(x), ValueError);
}

TEST_CASE("a checking tape inside of another one ends with its checks") {
  const Tensor x(0.0);
  Tape outer;
  {
    Tape inner({.check_numerics = true});
    CHECK_THROWS_AS(log(x), ValueError);
  }
  CHECK(log(x).item() == -infinity);
}

TEST_CASE("a trainable variable that is not finite is named when it is read") {
  const Variable w(Tensor{1, NAN}, {.name = "dense/kernel"});
  const Variable lost(Tensor{1, NAN}, {.name = "loss_scale", .trainable = false});
  Tape tape({.check_numerics = true});
  CHECK_THROWS_WITH_AS(w * 2.0,
                       "read: variable dense/kernel of shape (2,) must be finite; 1 of 2 elements "
                       "is not, the first, nan, at (1,); look at its last update",
                       ValueError);
  CHECK_NOTHROW(lost * 2.0);
}

TEST_CASE("an op of the user's own is placed where it records") {
  const std::string message = message_of([&] {
    Tape tape({.check_numerics = true});
    const Tensor y = broken_op(ones({2}));
  });
  CHECK(message.starts_with("broken_op: the result of shape (2,) must be finite"));
  CHECK(names(message, line_of_broken_op));
}

TEST_CASE("ops of many tensors, and the losses of layers, are placed") {
  const VariableStore store;
  Dense dense({.units = 1,
               .use_bias = false,
               .kernel_initializer = constant(1e30),
               .kernel_regularizer = l2(1.0)});
  int line = 0;
  const std::string of_add_n = message_of([&] {
    Tape tape({.check_numerics = true});
    const Tensor huge(3e38);
    line = __LINE__ + 1;
    const Tensor y = add_n(std::vector{huge, huge});
  });
  CHECK(of_add_n.starts_with("add_n: "));
  CHECK(names(of_add_n, line));
  const std::string of_loss = message_of([&] {
    Tape tape({.check_numerics = true});
    const Tensor y = dense(ones({1, 1}));
    line = __LINE__ + 1;
    const Tensor loss = dense.total_loss();
  });
  CHECK(of_loss.starts_with("square: "));
  CHECK(names(of_loss, line));
}

TEST_CASE("a rule in a checkpoint is placed as well, and its inputs are not kept") {
  const Tensor x(0.0);
  int line = 0;
  const auto root = [&](const Tensor& x) {
    line = __LINE__ + 1;
    return sqrt(x);
  };
  const std::string message = message_of([&] {
    Tape tape({.check_numerics = true});
    tape.watch(x);
    const Tensor y = checkpoint(root, x);
    tape.gradient(y, x);
  });
  CHECK(message.starts_with("gradient of sqrt: "));
  CHECK(names(message, line));
}

TEST_CASE("REEL_CHECK_NUMERICS=1 makes every tape check" *
          doctest::skip(std::getenv("REEL_CHECK_NUMERICS") == nullptr)) {
  Tape tape;
  CHECK_THROWS_AS(log(Tensor(0.0)), ValueError);
}
