// A rule with two ways takes the one that the moment asks for, and the gradient check sees it.
#include <doctest/doctest.h>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/ops/fused_or.h>
#include <reel/core/record.h>
#include <reel/core/tape.h>

using namespace reel;

namespace {

// 3 x with two rules, of which the composed one gives `composed` dy.
Tensor tripled(const Tensor& x, double composed) {
  Tensor y = stop_gradient(3.0 * x);
  if (!recording()) return y;
  return record("tripled", y, wrt(x, [composed](const Tensor& dy) {
                  return fused_or([&] { return 3.0 * dy; }, [&] { return composed * dy; });
                }));
}

}  // namespace

TEST_CASE("a rule with two ways runs its kernel unless the backward pass is recorded") {
  const Tensor x(2.0);
  Tape outer;
  outer.watch(x);
  Tape tape;
  tape.watch(x);
  const Tensor y = tripled(x, 7.0);
  CHECK(tape.gradient(y, x).item() == 7.0);
  const auto pause = outer.pause();
  CHECK(tape.gradient(y, x).item() == 3.0);
}

TEST_CASE("a check says whether a rule has two ways, and compares both") {
  const Tensor x({0.5, -1.5}, float64);
  const auto check = [&](double composed) {
    return check_gradients([=](const Tensor& t) { return tripled(t, composed); }, x);
  };
  CHECK(check(3.0).passed);
  CHECK(check(3.0).has_two_ways);
  CHECK_FALSE(check(7.0).passed);
  CHECK_FALSE(check_gradients([](const Tensor& t) { return 3.0 * t; }, x).has_two_ways);
}
