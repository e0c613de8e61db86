// A training step asks nothing of the system, once the pool is warm. A program of its own, since it
// replaces malloc: see heap_watch.h.
#include <doctest/doctest.h>

#include <vector>

#include <reel/reel.h>

#include "heap_watch.h"

using namespace reel;

namespace {

// The network of the README, smaller.
void add_readme_layers(Sequential& net, const DataFormat& format) {
  net.add<SeparableConv2D>({.filters = 16,
                            .kernel_size = 3,
                            .padding = "same",
                            .data_format = format,
                            .depth_multiplier = 4,
                            .activation = "relu",
                            .pointwise_constraint = max_norm(2.0, per_filter())});
  net.add<MaxPooling2D>({.pool_size = 2, .data_format = format});
  net.add<Flatten>();
  net.add<Dense>({.units = 10});
}

// The network of examples/5_fashion_mnist.cpp, smaller.
void add_example_layers(Sequential& net, const DataFormat& format) {
  const auto add_convolution = [&](int filters, int multiplier) {
    net.add<SeparableConv2D>({.filters = filters,
                              .kernel_size = 3,
                              .padding = "same",
                              .data_format = format,
                              .depth_multiplier = multiplier,
                              .use_bias = false,
                              .pointwise_regularizer = l2(1e-4),
                              .depthwise_constraint = max_norm(2.0, per_filter()),
                              .pointwise_constraint = max_norm(2.0, per_filter())});
  };
  const auto add_activation = [&] {
    net.add<BatchNormalization>(
        {.axis = format == DataFormat(DataFormat::channels_first) ? 1 : -1, .momentum = 0.9});
    net.add<layers::Activation>({.activation = "relu"});
  };
  add_convolution(16, 4);
  net.add<MaxPooling2D>({.pool_size = 2, .data_format = format});
  add_activation();
  add_convolution(32, 1);
  add_activation();
  net.add<GlobalAveragePooling2D>({.data_format = format});
  net.add<Dense>({.units = 10});
}

// Layers of which neither has any.
void add_other_layers(Sequential& net, const DataFormat& format) {
  const bool first = format == DataFormat(DataFormat::channels_first);
  net.add<Rescaling>({.scale = 1.0 / 255});
  net.add<Cropping2D>({.cropping = {{1, 2}, 2}, .data_format = format});
  net.add<Conv2D>({.filters = 8, .kernel_size = 3, .strides = 2, .data_format = format});
  net.add<LayerNormalization>({.axis = {first ? 1 : -1}});
  net.add<GaussianNoise>({.stddev = 0.1});
  net.add<Conv2DTranspose>({.filters = 4,
                            .kernel_size = 3,
                            .strides = 2,
                            .data_format = format,
                            .activation = "relu",
                            .kernel_constraint = max_norm(2.0, per_filter())});
  net.add<LayerNormalization>({.axis = {1, 2}});
  net.add<Permute>({.dims = {3, 1, 2}});
  net.add<Flatten>();
  net.add<Dense>({.units = 10});
}

Dataset some_images(Index count) {
  DatasetContents contents{.image_shape = {16, 16, 1},
                           .class_names = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}};
  for (Index i = 0; i < count * 256; ++i)
    contents.images.push_back(static_cast<std::uint8_t>(i * 7919 % 251));
  for (Index i = 0; i < count; ++i) contents.labels.push_back(static_cast<std::int32_t>(i % 10));
  return Dataset(std::move(contents));
}

// Kept, since a list of numbers in braces is the caller's own allocation.
const std::vector<int> channels_to_front = {0, 3, 1, 2};

void step(Sequential& net, Optimizer& optimizer, const Batch& batch, const DataFormat& format) {
  const Tensor images = format == DataFormat(DataFormat::channels_first)
                            ? transpose(batch.images, channels_to_front)
                            : batch.images;
  Tape tape;
  const Tensor logits = net(images, {.training = true});
  const Tensor loss = softmax_cross_entropy(logits, batch.labels) + net.total_loss();
  optimizer.apply_gradients(std::move(tape).gradient(loss, net.trainable_variables()));
  net.apply_updates();
}

// Three full batches and one of five images, watched from the second one on: to begin an epoch is
// no step, it makes the order of the images.
heap_watch::Count watch_epoch(Sequential& net, Optimizer& optimizer, const Batches& batches,
                              const DataFormat& format) {
  auto batch = batches.begin();
  step(net, optimizer, *batch, format);
  heap_watch::start();
  for (++batch; batch != batches.end(); ++batch) step(net, optimizer, *batch, format);
  return heap_watch::stop();
}

// One epoch warms both batch sizes up. With two threads, chance decides when each of them first
// takes a piece of some work and needs memory for it: then one of the next epochs must be quiet.
void check_steps(void (*add_layers)(Sequential&, const DataFormat&), const DataFormat& format,
                 int threads, Optimizer& optimizer) {
  const int threads_before = num_threads();
  set_num_threads(threads);
  Sequential net("net");
  add_layers(net, format);
  const Dataset data = some_images(3 * 32 + 5);
  const Batches batches = data.batches({.size = 32});
  for (const Batch& batch : batches) step(net, optimizer, batch, format);
  heap_watch::Count count = watch_epoch(net, optimizer, batches, format);
  // The watch touches pages itself when it sees OpenBLAS allocate for the first time.
  if (count.blas > 0) count = watch_epoch(net, optimizer, batches, format);
  for (int i = 0; threads > 1 && i < 20 && count.allocations + count.page_faults > 0; ++i)
    count = watch_epoch(net, optimizer, batches, format);
  set_num_threads(threads_before);
  CAPTURE(threads);
  CAPTURE(format.name());
  INFO(optimizer.name(), ", in three steps:\n", heap_watch::who());
  CHECK(count.allocations == 0);
  CHECK(count.page_faults == 0);
}

void check_steps(void (*add_layers)(Sequential&, const DataFormat&), const DataFormat& format,
                 int threads) {
  SGD sgd({.learning_rate = 0.05, .momentum = 0.9, .global_clipnorm = 1.0});
  check_steps(add_layers, format, threads, sgd);
}

const DataFormat both_formats[] = {DataFormat::channels_last, DataFormat::channels_first};

}  // namespace

TEST_CASE("the watch sees operator new, malloc and a touched page") {
  heap_watch::start();
  std::vector<char>* const v = new std::vector<char>(1 << 20);
  const heap_watch::Count count = heap_watch::stop();
  delete v;
  CHECK(count.allocations == 2);
  CHECK(count.page_faults > 100);
  CHECK(count.blas == 0);
}

TEST_CASE("a step of the README's network asks nothing of the system") {
  for (const DataFormat& format : both_formats)
    for (const int threads : {1, 2}) check_steps(add_readme_layers, format, threads);
}

TEST_CASE("a step of the example's network asks nothing of the system") {
  for (const DataFormat& format : both_formats)
    for (const int threads : {1, 2}) check_steps(add_example_layers, format, threads);
}

TEST_CASE("a step of a network with the layers that neither has asks nothing of the system") {
  for (const DataFormat& format : both_formats)
    for (const int threads : {1, 2}) check_steps(add_other_layers, format, threads);
}

TEST_CASE("a step through an embedding asks nothing of the system") {
  Sequential net("net");
  net.add<Embedding>({.input_dim = 50, .output_dim = 16});
  net.add<Flatten>();
  net.add<Dense>({.units = 10});
  SGD sgd({.learning_rate = 0.05, .momentum = 0.9});
  const Tensor words = reshape(arange(32, float32), {4, 8});
  const std::vector<std::int32_t> labels{3, 1, 4, 1};
  const auto step = [&] {
    Tape tape;
    const Tensor logits = net(words, {.training = true});
    const Tensor loss = softmax_cross_entropy(logits, labels) + net.total_loss();
    sgd.apply_gradients(std::move(tape).gradient(loss, net.trainable_variables()));
  };
  const int threads_before = num_threads();
  set_num_threads(1);
  for (int i = 0; i < 3; ++i) step();
  heap_watch::start();
  for (int i = 0; i < 3; ++i) step();
  const heap_watch::Count count = heap_watch::stop();
  set_num_threads(threads_before);
  INFO(heap_watch::who());
  CHECK(count.allocations == 0);
}

TEST_CASE("a step of any optimizer asks nothing of the system, whatever its groups and schedule") {
  const auto check = [](Optimizer& optimizer) {
    for (const int threads : {1, 2})
      check_steps(add_readme_layers, DataFormat::channels_last, threads, optimizer);
  };
  for (const char* name :
       {"SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl"})
    check(*optimizers::get(name));
  Adam amsgrad({.amsgrad = true});
  check(amsgrad);
  RMSprop centered({.momentum = 0.5, .centered = true});
  check(centered);
  tf1::MomentumOptimizer v1({.learning_rate = 0.01, .momentum = 0.5});
  check(v1);
  AdamW grouped(
      {.learning_rate = schedules::WarmUp(
           {.warmup_steps = 3,
            .then = schedules::CosineDecay({.initial_learning_rate = 0.001, .decay_steps = 100})}),
       .decayed = name_contains("kernel"),
       .groups = {{.where = name_contains("bias"), .clipnorm = 1.0},
                  {.where = name_lacks("bias"),
                   .learning_rate_factor = 0.5,
                   .weight_decay = 0.1,
                   .global_clipnorm = 1.0}}});
  check(grouped);
}

namespace {

// What a tape may have to keep: long lists, reads, watches, nested tapes, recomputed functions.
double run_with_tapes(int length) {
  const Variable w(Tensor(1.0)), fixed(Tensor(1.0), {.trainable = false});
  const Tensor x(2.0);
  Tape tape;
  tape.watch(x);
  tape.watch(fixed);
  Tensor y = x * 1.0;
  for (int i = 0; i < length; ++i) y = i % 7 == 0 ? y * w * fixed : y + 0.0;
  {
    Tape inner({.watch = {w}});
    inner.watch(y);
    for (int i = 0; i < length; ++i) y = y * w;
    static_cast<void>(inner.gradient(y, w));
  }
  y = recompute(
      [&](const Tensor& z) {
        Tensor result = z;
        for (int i = 0; i < length; ++i) result = result * w;
        return result;
      },
      y);
  y = add_n(std::vector<Tensor>(static_cast<std::size_t>(length), y)) / static_cast<double>(length);
  return std::move(tape).gradient(y * x, x).item();
}

}  // namespace

TEST_CASE("a tape ends well wherever memory runs out while it records or is asked") {
  for (int length : {1, 3000}) {
    long failures = 0;
    for (bool failed = true; failed; ++failures) {
      memory::release_unused();
      heap_watch::fail_after(failures);
      try {
        const double dx = run_with_tapes(length);
        failed = heap_watch::fail_after(-1);
        if (!failed) CHECK(dx == doctest::Approx(4.0).epsilon(1e-3));
      } catch (const std::bad_alloc&) {
        CHECK(heap_watch::fail_after(-1));
      }
      CAPTURE(failures);
      REQUIRE_FALSE(recording());
      REQUIRE(run_with_tapes(3) == doctest::Approx(4.0));
    }
    CHECK((length == 1 || failures > 5));
    MESSAGE((failures - 1), " places where memory can run out");
  }
}

namespace {

// Three variables of whole blocks of memory, bounded as `constraint` says, one step in.
struct Bounded {
  std::vector<Variable> variables;
  SGD sgd{{.learning_rate = 0.5, .momentum = 0.9}};

  explicit Bounded(const Constraint& constraint) {
    for (int i = 0; i < 3; ++i)
      variables.push_back(Variable(full({64, 64, 4, 2}, 0.1 + i), {.constraint = constraint}));
  }
  void step(double gradient) {
    std::vector<VariableGradient> pairs;
    for (const Variable& v : variables) pairs.push_back({v, full(v.shape(), gradient)});
    sgd.apply_gradients(pairs);
  }
  std::vector<double> state() const {
    std::vector<double> state;
    for (const Variable& v : variables) state.push_back(v.stored().at(0, 0, 0, 0));
    for (const Tensor& value : sgd.get_weights())
      state.push_back(value.rank() ? value.at(0, 0, 0, 0) : value.item());
    return state;
  }
};

}  // namespace

TEST_CASE("a step with the library's constraints is whole or not at all wherever memory runs out") {
  for (const Constraint& constraint : {max_norm(1.0), max_norm(1.0, per_filter()), unit_norm(),
                                       non_neg(), min_max_norm({.min_value = 0.5, .rate = 0.5}),
                                       radial_constraint(), Constraint("max_norm"), Constraint()}) {
    CAPTURE(constraint.name());
    for (int steps_before : {0, 1}) {
      CAPTURE(steps_before);
      long failures = 0;
      for (bool failed = true; failed; ++failures) {
        CAPTURE(failures);
        Bounded tried(constraint);
        for (int i = 0; i < steps_before; ++i) tried.step(0.001);
        const std::vector<double> before = tried.state();
        memory::release_unused();
        heap_watch::fail_after(failures);
        try {
          tried.step(1.0);
          failed = heap_watch::fail_after(-1);
          CHECK(tried.sgd.iterations() == steps_before + 1);
        } catch (const std::bad_alloc&) {
          failed = heap_watch::fail_after(-1);
          CHECK(failed);
          CHECK(tried.state() == before);
        }
      }
      CHECK(failures > 1);
    }
  }
}
