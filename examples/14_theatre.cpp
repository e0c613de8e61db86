// Three tapes to look at: each becomes a page for a browser, which steps through it.
//
// hand.html is small enough for a pencil: y = h z with z = h + b, so h is used twice, and 7 and 6
// add up to its gradient. xor.html is a step of a net that learns exclusive or. separable.html is
// a step of a separable convolution with batch normalization, a penalty and constraints, of which
// some filters are projected and others are not: find out why.
// The listing of the first is printed as well.
// Read before: 1_tape_by_hand.cpp, core/inspect/trace.h. Read next: core/inspect/theatre/page.html.
#include <fmt/format.h>

#include <cstdlib>

#include <reel/reel.h>

#include "small_example.h"

using namespace reel;

namespace {

constexpr const char* help =
    "theatre: traces three computations and writes each as a page for a browser, hand.html,\n"
    "xor.html and separable.html, in the folder where it runs.\n";

void compute_by_hand() {
  const Variable w(Tensor(2.0), {.name = "w"}), x(Tensor(3.0), {.name = "x"});
  const Variable b(Tensor(1.0), {.name = "b"});
  Trace trace({.title = "By hand: y = h z, where z = h + b"});
  Tape tape({.trace = &trace});
  const Tensor h = w * x;
  const Tensor z = h + b;
  const Tensor y = h * z;
  const auto gradients = tape.gradient(y, {w, x, b});
  fmt::print("{}", listing(trace));
  theatre(trace, "hand.html");
}

void learn_exclusive_or() {
  set_seed(3);
  const Tensor x{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, t{{0}, {1}, {1}, {0}};
  Sequential net("xor");
  net.add<Dense>({.units = 3, .activation = "tanh"});
  net.add<Dense>({.units = 1});
  SGD sgd({.learning_rate = 0.5});
  Trace trace({.title = "Exclusive or: one step of a small net"});
  Tape tape({.trace = &trace});
  const Tensor logits = net(x, {.training = true});
  const Tensor loss = sigmoid_cross_entropy(logits, t);
  sgd.apply_gradients(tape.gradient(loss, net.trainable_variables()));
  theatre(trace, "xor.html");
}

void learn_separable() {
  set_seed(44);
  Sequential net("cnn");
  net.add<SeparableConv2D>({.filters = 4,
                            .kernel_size = 3,
                            .padding = "same",
                            .pointwise_regularizer = l2(0.01),
                            .pointwise_constraint = max_norm(0.75, per_filter())});
  net.add<BatchNormalization>();
  net.add<layers::Activation>({.activation = "relu"});
  net.add<GlobalAveragePooling2D>();
  net.add<Dense>({.units = 3});
  const Tensor images = uniform({2, 6, 6, 2}, 0, 1, float32, {.seed = 1});
  const std::vector<std::int32_t> labels{0, 2};
  SGD sgd({.learning_rate = 0.5});
  Trace trace({.title = "A separable convolution learns: one step"});
  Tape tape({.trace = &trace});
  const Tensor logits = net(images, {.training = true});
  const Tensor data_loss = softmax_cross_entropy(logits, labels);
  const Tensor loss = data_loss + net.total_loss();
  sgd.apply_gradients(tape.gradient(loss, net.trainable_variables()));
  net.apply_updates();
  theatre(trace, "separable.html");
}

}  // namespace

int main(int argc, char** argv) {
  const SmallExample example(argc, argv, help);
  if (example.status) return *example.status;
  compute_by_hand();
  learn_exclusive_or();
  learn_separable();
  fmt::print("\nOpen hand.html, xor.html and separable.html in a browser.\n");
  return EXIT_SUCCESS;
}
