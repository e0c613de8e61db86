#include <doctest/doctest.h>

#include <reel/layers/functions/constraints.h>
#include <reel/optim/sgd.h>

#include "optimizer_helpers.h"

using namespace reel;
using namespace reel::test;

TEST_CASE("a constraint given by name to a bare variable is looked up before anything moves") {
  const Variable v(full({1}, 3.0, float64), {.name = "v", .constraint = "max_norm"});
  SGD sgd({.learning_rate = 1});
  sgd.apply_gradients({pair(v, 0)});
  CHECK(values(v) == std::vector<double>{2});
  const Variable good(full({1}, 3.0, float64)),
      bad(full({1}, 3.0, float64), {.name = "v", .constraint = "foo"});
  CHECK_THROWS_AS(sgd.apply_gradients({pair(good, 1), pair(bad, 1)}), ValueError);
  const Variable narrow(full({1}, 3.0, float64),
                        {.constraint = {"max_norm", {{"axis", std::vector<Index>{1}}}}});
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({pair(good, 1), pair(narrow, 1)}),
                       "max_norm: axis must be in [-1, 1) for rank 1; got 1", ValueError);
  CHECK(values(good) == std::vector<double>{3});
  CHECK(sgd.iterations() == 1);
}

TEST_CASE("a user's own constraint that gives a wrong shape leaves everything as it was") {
  const Variable before(full({1}, 3.0, float64)), after(full({1}, 3.0, float64));
  const Variable v(full({1}, 3.0, float64),
                   {.name = "v", .constraint = [](const Tensor&) { return zeros({2}, float64); }});
  SGD sgd({.learning_rate = 1});
  CHECK_THROWS_AS(sgd.apply_gradients({pair(before, 1), pair(v, 1), pair(after, 1)}), ValueError);
  CHECK(values(before) == std::vector<double>{3});
  CHECK(values(v) == std::vector<double>{3});
  CHECK(values(after) == std::vector<double>{3});
  CHECK(sgd.iterations() == 0);
}

TEST_CASE("values that were read before a step keep their bits") {
  const Variable v(Tensor({1.0, 2.0}, float64));
  const Tensor before = v.value();
  SGD sgd({.learning_rate = 1});
  sgd.apply_gradients({pair(v, 1)});
  CHECK(before.to_vector() == std::vector<double>{1, 2});
  CHECK(values(v) == std::vector<double>{0, 1});
}

TEST_CASE("a variable whose memory nobody else holds is updated in place") {
  const Variable v(zeros({100}));
  SGD sgd({.learning_rate = 1, .momentum = 0.5});
  sgd.apply_gradients({pair(v, 1)});
  const float* weights = v.stored().data<float>();
  const float* velocity = sgd.get_slot(v, "momentum").stored().data<float>();
  sgd.apply_gradients({pair(v, 1)});
  CHECK(v.stored().data<float>() == weights);
  CHECK(sgd.get_slot(v, "momentum").stored().data<float>() == velocity);
}

TEST_CASE("a schedule that turns negative is refused before the step") {
  const Variable v(full({1}, 1.0));
  SGD sgd({.learning_rate = [](Index) { return -1.0; }});
  CHECK_THROWS_WITH_AS(sgd.apply_gradients({pair(v, 1)}), "SGD: learning_rate must be >= 0; got -1",
                       ValueError);
  CHECK(values(v) == std::vector<double>{1});
}
