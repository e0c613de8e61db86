// A generic lambda is taken for whatever the other arguments ask of it.
//
// Its body compiles for a tensor or for a list of them, not for both. Read before: function_of.h.
#include <doctest/doctest.h>

#include <array>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/derivatives/hessian.h>
#include <reel/core/derivatives/recompute.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

using namespace reel;

namespace {

const Tensor a({1.5, -2}, float64), b({3, 0.5}, float64);
const std::vector<Tensor> both{a, b};

const auto of_one = [](const auto& x) { return sum(x * x * x); };
const auto of_several = [](const auto& xs) { return sum(xs[0] * xs[0] * xs[1]); };
const auto by_value = [](auto xs) { return sum(xs[0] * xs[0] * xs[1]); };

// Both kinds of call, overloaded.
struct Either {
  Tensor operator()(const Tensor& x) const { return sum(x); }
  Tensor operator()(std::span<const Tensor> xs) const { return 2 * sum(xs[0]); }
};

bool same(const Tensor& x, const Tensor& y) { return x.to_vector() == y.to_vector(); }

}  // namespace

TEST_CASE("check_gradients takes generic functions of one tensor and of several") {
  CHECK(check_gradients(of_one, a));
  CHECK(check_gradients(of_several, both));
  CHECK(check_gradients(of_several, {a, b}));
  CHECK(check_gradients(by_value, std::span(both)));
  CHECK(check_gradients(by_value, std::array{a, b}));
  CHECK(check_gradients([](auto&& xs) { return xs[0] * xs[1]; }, both, {.order = 1}));
  CHECK(check_gradients(of_several, std::vector{Variable(a), Variable(b)}));
  CHECK_FALSE(check_gradients([](const auto& x) { return stop_gradient(x); }, a));
}

TEST_CASE("functions whose arguments are known need no second look, as before") {
  CHECK(check_gradients([](const std::vector<Tensor>& xs) { return xs[0]; }, {a}));
  CHECK(check_gradients([](std::span<const Tensor> xs) { return xs[0]; }, {a}));
  CHECK(check_gradients(static_cast<Tensor (*)(const Operand&)>(square), a));
  const std::function<Tensor(const Tensor&)> function = [](const Tensor& x) { return x; };
  CHECK(check_gradients(function, a));
  CHECK(check_gradients(std::ref(function), a));
  const Either either;
  CHECK(same(recompute(either, a), sum(a)));
  CHECK(same(recompute(std::ref(either), both), 2 * sum(a)));
  CHECK_THROWS_WITH_AS(recompute(std::function<Tensor(const Tensor&)>(), a),
                       "recompute: a function is needed; got an empty one", ValueError);
}

TEST_CASE("recompute and checkpoint take generic functions of one tensor and of several") {
  const auto gradients = [&](auto f) {
    Tape tape;
    tape.watch({a, b});
    const Tensor y = f();
    return tape.gradient(y, {a, b}, {.unconnected = Unconnected::zeros});
  };
  const auto plain_one = gradients([&] { return of_one(a); });
  const auto plain = gradients([&] { return of_several(both); });
  const auto check = [&](const std::vector<Tensor>& got, const std::vector<Tensor>& wanted) {
    CHECK(same(got[0], wanted[0]));
    CHECK(same(got[1], wanted[1]));
  };
  check(gradients([&] { return recompute(of_one, a); }), plain_one);
  check(gradients([&] { return checkpoint(of_one, a); }), plain_one);
  check(gradients([&] { return recompute(of_several, both); }), plain);
  check(gradients([&] { return checkpoint(of_several, {a, b}); }), plain);
  check(gradients([&] { return checkpoint(by_value, std::span(both)); }), plain);
}

TEST_CASE("hessian_vector_product takes generic functions of one tensor and of several") {
  const Tensor v({1, 2}, float64), none = zeros_like(a);
  CHECK(same(hessian_vector_product(of_one, a, v), 6 * a * v));
  CHECK(same(hessian_vector_product(of_several, both, {v, none})[1], 2 * a * v));
  CHECK(same(hessian_vector_product(of_several, {a, b}, {v, none})[0], 2 * b * v));
  CHECK(same(hessian_vector_product(by_value, std::span(both), std::array{v, none})[1], 2 * a * v));
  const Variable w(a);
  const std::vector<Variable> variables{w};
  CHECK(same(hessian_vector_product([&] { return of_one(w.value()); }, variables, {v})[0],
             6 * a * v));
}
