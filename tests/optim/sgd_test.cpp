#include <doctest/doctest.h>

#include <reel/core/ops/factories.h>
#include <reel/core/ops/random.h>
#include <reel/core/runtime/parallel.h>
#include <reel/optim/sgd.h>

using namespace reel;

TEST_CASE("one optimizer keeps a velocity for each variable, of the dtype of the variable") {
  const Variable u(full({2}, 1.0)), v(full({1}, 1.0, float64));
  SGD sgd({.learning_rate = 1, .momentum = 0.5});
  sgd.apply_gradients({{u, full({2}, 1.0)}, {v, full({1}, 2.0, float64)}});
  sgd.apply_gradients({{v, full({1}, 2.0, float64)}});
  CHECK(sgd.get_slot(u, "momentum").value().at(0) == -1);
  CHECK(sgd.get_slot(v, "momentum").value().at(0) == -3);
  CHECK(sgd.get_slot(u, "momentum").dtype() == float32);
}

TEST_CASE("a step gives the same bits for any number of threads") {
  const int before = num_threads();
  const auto after_two_steps = [](int threads) {
    set_num_threads(threads);
    const Variable v(randn({50000}, float32, RandomKey{2, 0, 0}));
    SGD sgd({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true});
    for (int i = 0; i < 2; ++i)
      sgd.apply_gradients({{v, randn({50000}, float32, RandomKey{2, 1, 0})}});
    return v.value().to_vector();
  };
  const auto one = after_two_steps(1), three = after_two_steps(3);
  set_num_threads(before);
  CHECK(one == three);
}

TEST_CASE("an update that cannot be finished changes nothing") {
  const Variable v(full({3}, 1.0));
  SGD sgd({.learning_rate = 1, .momentum = 0.5});
  sgd.apply_gradients({{v, full({3}, 1.0)}});
  const Tensor held = v.value();                    // so that the new value needs memory of its own
  sgd.get_slot(v, "momentum").stored() = Tensor();  // in place of memory that has run out
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({{v, full({3}, 1.0)}}),
                       "Tensor: a tensor is needed here; got one that was never given a value",
                       RuntimeError);
  CHECK(v.stored().id() == held.id());
  CHECK(v.value().to_vector() == held.to_vector());
  CHECK(sgd.iterations() == 1);
}
