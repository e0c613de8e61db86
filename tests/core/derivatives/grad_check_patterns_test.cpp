// Each pattern from a rule that makes the mistake it is named after. The mistakes in real ops are
// in tests/mutations.
#include <doctest/doctest.h>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/record.h>

#include "op_table.h"

using namespace reel;
using op_table::spread;

namespace {

using Pattern = GradCheckPattern;

// y with `rule` as its gradient in x.
template <class Rule>
GradCheckReport check(const Tensor& x, Tensor (*op)(const Tensor&), Rule rule) {
  return check_gradients(
      [&](const Tensor& t) {
        const Tensor y = stop_gradient(op(t));
        return record("my_op", y, wrt(t, [t, rule](const Tensor& dy) { return rule(t, dy); }));
      },
      x);
}

struct Suggested {
  Pattern pattern;
  std::string suggestion;
  friend bool operator==(const Suggested&, const Suggested&) = default;
};

// What comes after the last ": " of the message.
Suggested suggested(const GradCheckReport& report) {
  const std::string& text = report.message;
  return {report.pattern, text.substr(text.find("differences say"))
                              .substr(text.substr(text.find("differences say")).find(": ") + 2)};
}

}  // namespace

TEST_CASE("a transposed gradient is named, whatever the shape") {
  const Suggested transposed{Pattern::transposed,
                             "the right numbers with their axes in another order: transposed"};
  const auto half = [](const Tensor& x) { return reshape(x, {6}) * 0.5; };
  CHECK(suggested(check(spread({2, 3}), half, [](const Tensor&, const Tensor& dy) {
          return transpose(reshape(dy * 0.5, {3, 2}));
        })) == transposed);
  // y = x w with a symmetric use of a matrix that is not symmetric.
  const auto product = [](const Tensor& x) { return matmul(x, spread({3, 3})); };
  CHECK(suggested(check(spread({3, 3}, -1, 1, 1), product, [](const Tensor&, const Tensor& dy) {
          return matmul(dy, spread({3, 3}));
        })) == transposed);
}

TEST_CASE("a sum over the wrong axis is named") {
  const Suggested axis{Pattern::axis, "summed over (or spread along) the wrong axis"};
  const auto rows = [](const Tensor& x) { return sum(x, 1); };
  CHECK(suggested(check(spread({3, 3}), rows, [](const Tensor&, const Tensor& dy) {
          return broadcast_to(reshape(dy, {1, 3}), {3, 3});
        })) == axis);
  // Not square: nothing is merely permuted, but other places have to do with each other.
  const auto normalized = [](const Tensor& x) { return softmax(x, 1); };
  CHECK(suggested(check(spread({2, 3}), normalized, [](const Tensor& x, const Tensor& dy) {
          const Tensor y = softmax(x, 1);
          return y * (dy - sum(y * dy, 0, true));
        })) == axis);
}

TEST_CASE("a shift is named, with its axis") {
  const auto shifted = [](const Tensor& x) { return pad(x, {{0, 0}, {1, 2}}); };
  CHECK(
      suggested(check(spread({2, 4}), shifted,
                      [](const Tensor&, const Tensor& dy) {
                        return slice(dy, {0, 2}, {2, 4});
                      })) ==
      Suggested{Pattern::shift, "shifted by 1 along axis 1 of the result: a padding or an offset"});
}

TEST_CASE("a wrong stride is named") {
  const auto second = [](const Tensor& x) { return strided_slice(x, {0}, {6}, {2}); };
  CHECK(suggested(check(spread({6}), second,
                        [](const Tensor&, const Tensor& dy) {
                          return pad(dy, {{0, 3}});
                        })) ==
        Suggested{Pattern::stride,
                  "shifted more and more along an axis: a wrong stride or dilation"});
}

TEST_CASE("uses that were not added up are named") {
  const auto twice = [](const Tensor& x) { return concat(std::vector<Tensor>{x, 3 * x}); };
  CHECK(suggested(check(spread({4}), twice,
                        [](const Tensor&, const Tensor& dy) { return 3 * slice(dy, {4}, {4}); })) ==
        Suggested{Pattern::accumulation,
                  "only some of the places where it is used count: add them up"});
}

TEST_CASE("repeats that were not summed are named") {
  const auto repeated = [](const Tensor& x) { return broadcast_to(x, {2, 3}); };
  CHECK(suggested(check(spread({3}), repeated,
                        [](const Tensor&, const Tensor& dy) {
                          return reshape(slice(dy, {0, 0}, {1, 3}), {3});
                        })) ==
        Suggested{Pattern::broadcast,
                  "only some of its repeats count: sum over the axes it was broadcast "
                  "along"});
}

TEST_CASE("a rule that keeps the values of an earlier call is named") {
  Tensor first;
  const auto stale = check_gradients(
      [&](const Tensor& t) {
        const Tensor y = stop_gradient(sin(t));
        return record("my_op", y, wrt(t, [&first, t](const Tensor& dy) {
                        if (!first.defined()) first = t;
                        return dy * cos(first);
                      }));
      },
      spread({3}));
  CHECK(suggested(stale) ==
        Suggested{Pattern::stale,
                  "it is the gradient at the inputs of an earlier call: something is kept"});
}

TEST_CASE("no gradient at all is named, and so are entries without one") {
  const auto doubled = [](const Tensor& x) { return x * 2.0; };
  CHECK(suggested(check(spread({3}), doubled, [](const Tensor&, const Tensor& dy) {
          return dy * 0.0;
        })) == Suggested{Pattern::zero, "no gradient comes back to it at all"});
  CHECK(suggested(check(spread({3}), doubled, [](const Tensor& x, const Tensor& dy) {
          return dy * 2.0 * greater(x, 0);
        })) == Suggested{Pattern::zero, "some entries get no gradient"});
}

TEST_CASE("what has no simpler pattern is a missing term") {
  const auto product = [](const Tensor& x) { return x * sin(x); };
  CHECK(suggested(check(spread({3}), product, [](const Tensor& x, const Tensor& dy) {
          return dy * sin(x);
        })) == Suggested{Pattern::term, "a term or a factor of the formula is missing or wrong"});
}

TEST_CASE("a part that is not recorded is told from a rule that is lost as a whole") {
  const auto cubed = [](const Tensor& x) { return x * x * x; };
  CHECK(suggested(check(spread({3}), cubed, [](const Tensor& x, const Tensor& dy) {
          return 3.0 * dy * x * stop_gradient(x);
        })) == Suggested{Pattern::factor, "off by a constant factor of 0.5"});
  const auto joined = [](const Tensor& x) { return concat(std::vector<Tensor>{x * x, sin(x)}); };
  CHECK(suggested(check(spread({3}), joined, [](const Tensor& x, const Tensor& dy) {
          return 2.0 * slice(dy, {0}, {3}) * x + slice(dy, {3}, {3}) * stop_gradient(cos(x));
        })).pattern == Pattern::unrecorded);
}
