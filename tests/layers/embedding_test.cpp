#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/embedding.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;

namespace {

const Tensor vectors({{0, 1}, {10, 11}, {20, 21}}, float64);

}  // namespace

TEST_CASE("an embedding gives the vector of each number, in inputs of any shape") {
  for (const DType dtype : {float32, float64}) {
    const VariableStore store;
    Embedding layer({.input_dim = 3,
                     .output_dim = 2,
                     .embeddings_initializer = constant(cast(vectors, dtype)),
                     .name = "words"});
    const Tensor y = layer(cast(Tensor({{2, 0}, {1, 2}}, float64), dtype));
    CHECK(y.dtype() == dtype);
    CHECK(y.shape() == Shape{2, 2, 2});
    CHECK(y.to_vector() == std::vector<double>{20, 21, 0, 1, 10, 11, 20, 21});
    CHECK(layer(Tensor(1.0, dtype)).to_vector() == std::vector<double>{10, 11});
    CHECK(layer(Tensor(-0.0, dtype)).to_vector() == std::vector<double>{0, 1});
    CHECK(layer(zeros({0, 4}, dtype)).shape() == Shape{0, 4, 2});
    CHECK(test::names_of(layer.variables()) == test::Names{"words/embeddings"});
    CHECK(layer.embeddings().shape() == Shape{3, 2});
    const Index n = Shape::unknown;
    CHECK(layer.compute_output_shape({n, n}) == Shape{n, n, 2});
  }
}

TEST_CASE("vectors that are taken more than once have the sum of their gradients, others 0") {
  const VariableStore store;
  Embedding layer({.input_dim = 3, .output_dim = 2});
  const Tensor x({{2, 0, 2}}, float64);
  Tape tape;
  const Tensor y = layer(x);
  const Tensor dy({{{1, 2}, {3, 4}, {10, 20}}}, float64);
  CHECK(tape.gradient(sum(y * dy), layer.embeddings()).to_vector() ==
        std::vector<double>{3, 4, 0, 0, 11, 22});
  const GradCheckReport report =
      check_gradients([&](const std::vector<Tensor>&) { return square(layer(x)); },
                      std::vector<Tensor>{}, {.variables = layer.variables()});
  INFO(report);
  CHECK(report);
}

TEST_CASE("an embedding starts evenly spread, and takes a regularizer and a constraint") {
  const VariableStore store;
  Embedding layer({.input_dim = 50,
                   .output_dim = 20,
                   .embeddings_regularizer = l2(1.0),
                   .activity_regularizer = l1(1.0),
                   .embeddings_constraint = unit_norm(1)});
  Tape tape;
  layer(Tensor({0, 49}));
  const Tensor& first = layer.embeddings().value();
  CHECK(max(first).item() <= 0.05);
  CHECK(min(first).item() >= -0.05);
  CHECK(max(first).item() > 0.04);
  CHECK(layer.losses().size() == 2);
  CHECK(layer.embeddings().constraint().name() == "unit_norm");
}

TEST_CASE("an embedding refuses what is no whole number of its range, with the place") {
  for (const DType dtype : {float32, float64}) {
    const VariableStore store;
    Embedding layer({.input_dim = 3, .output_dim = 2, .name = "words"});
    const auto refuses = [&](const Tensor& x, const std::string& got) {
      const std::string message = "words: the input must hold whole numbers in [0, 3); got " + got;
      CHECK_THROWS_WITH_AS(layer(cast(x, dtype)), message.c_str(), ValueError);
    };
    refuses(Tensor({{0, 1}, {2.5, 7}}, float64), "2.5 at (1, 0)");
    refuses(Tensor({{0, 1}, {2, 3}}, float64), "3 at (1, 1)");
    refuses(Tensor({0, -1}, float64), "-1 at (1,)");
    refuses(Tensor(0.5, float64), "0.5 at ()");
    refuses(reshape(Tensor({0, 1, 2, 0, 1, -0.25}, float64), {1, 3, 2}), "-0.25 at (0, 2, 1)");
    refuses(Tensor({1, NAN}, float64), "nan at (1,)");
    refuses(Tensor({HUGE_VAL}, float64), "inf at (0,)");
    refuses(Tensor({1e30}, float64), dtype == float32 ? "1e+30 at (0,)" : "1e+30 at (0,)");
  }
}

TEST_CASE("an embedding refuses arguments that have no meaning") {
  const VariableStore store;
  CHECK_THROWS_WITH_AS(Embedding({.output_dim = 2}), "embedding: input_dim must be >= 1; got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(Embedding({.input_dim = 2}), "embedding: output_dim must be >= 1; got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(Embedding({.input_dim = Index{1} << 31, .output_dim = 1}),
                       "embedding: input_dim must be <= 2147483647; got 2147483648", ValueError);
  Embedding layer({.input_dim = 2, .output_dim = 2});
  const Shape longest{1, 1, 1, 1, 1, 1, 1, 1};
  CHECK_THROWS_WITH_AS(
      layer.compute_output_shape(longest),
      "embedding: the input must have rank 7 or less; got shape (1, 1, 1, 1, 1, 1, 1, 1)",
      ValueError);
  CHECK_THROWS_WITH_AS(layer(ones(longest)),
                       "embedding: input must have at most rank 7; got (1, 1, 1, 1, 1, 1, 1, 1)",
                       ValueError);
}

TEST_CASE("a config makes the same embedding again, and Keras's masks are refused") {
  const VariableStore store;
  const Embedding layer({.input_dim = 3, .output_dim = 2, .embeddings_constraint = non_neg()});
  const Embedding again = Embedding::from_config(layer.get_config());
  CHECK(again.get_config() == layer.get_config());
  Config config = layer.get_config();
  config.set("input_length", 7);
  config.set("mask_zero", false);
  CHECK(Embedding::from_config(config).get_config() == layer.get_config());
  config.set("mask_zero", true);
  CHECK_THROWS_WITH_AS(Embedding::from_config(config),
                       doctest::Contains("config entry mask_zero must be false, since layers take "
                                         "no masks; got {\"mask_zero\":true}"),
                       ValueError);
}
