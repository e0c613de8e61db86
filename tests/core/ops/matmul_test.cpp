#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/tape.h>

#include "by_position.h"
#include "largest_difference.h"

using namespace reel;
using namespace reel::testing;

namespace {

const MatmulOptions every_option[] = {{false, false}, {false, true}, {true, false}, {true, true}};

// The sum over k for each position of y; a leading axis that is 1 or missing is repeated.
Tensor by_triple_loop(const Tensor& a, const Tensor& b, const Shape& y,
                      const MatmulOptions& options = {}) {
  const Index inner = a.dim(options.transpose_a ? -2 : -1);
  const auto element = [](const Tensor& x, const Position& p, Index row, Index column) {
    Position q(p.end() - x.rank(), p.end());
    for (int i = 0; i < x.rank(); ++i)
      if (x.shape()[i] == 1) q[i] = 0;
    q[q.size() - 2] = row;
    q[q.size() - 1] = column;
    return at(x, q);
  };
  return by_position(y, [&](const Position& p) {
    const Index i = p[p.size() - 2], j = p[p.size() - 1];
    double total = 0;
    for (Index k = 0; k < inner; ++k)
      total += element(a, p, options.transpose_a ? k : i, options.transpose_a ? i : k) *
               element(b, p, options.transpose_b ? j : k, options.transpose_b ? k : j);
    return total;
  });
}

Shape matrix(Index rows, Index columns, bool transposed) {
  return transposed ? Shape{columns, rows} : Shape{rows, columns};
}

Shape batch(Index n, Index rows, Index columns, bool transposed) {
  return transposed ? Shape{n, columns, rows} : Shape{n, rows, columns};
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.data<float>(), b.data<float>(), a.bytes()) == 0;
}

}  // namespace

TEST_CASE("matmul agrees with the triple loop under every pair of flags") {
  for (const MatmulOptions& options : every_option) {
    const Tensor a = sample(matrix(3, 5, options.transpose_a), 1);
    const Tensor b = sample(matrix(5, 4, options.transpose_b), 2);
    const Tensor expected = by_triple_loop(a, b, {3, 4}, options);
    CHECK(largest_difference(matmul(a, b, options), expected) < 1e-14);
  }
}

TEST_CASE("leading axes are batches that broadcast") {
  for (const MatmulOptions& options : every_option)
    for (Index na : {1, 3})
      for (Index nb : {1, 3}) {
        const Tensor a = sample(batch(na, 2, 5, options.transpose_a), 1);
        const Tensor b = sample(batch(nb, 5, 4, options.transpose_b), 2);
        const Tensor expected = by_triple_loop(a, b, {std::max(na, nb), 2, 4}, options);
        CHECK(largest_difference(matmul(a, b, options), expected) < 1e-14);
      }
}

TEST_CASE("operands of other ranks broadcast as well") {
  for (const MatmulOptions& options : every_option) {
    const Tensor a = sample(batch(3, 2, 5, options.transpose_a), 1);
    const Tensor b = sample(matrix(5, 4, options.transpose_b), 2);
    CHECK(largest_difference(matmul(a, b, options), by_triple_loop(a, b, {3, 2, 4}, options)) <
          1e-14);
    const Tensor c = sample(matrix(4, 2, options.transpose_a), 3);
    const Tensor d = sample(batch(3, 2, 6, options.transpose_b), 4);
    CHECK(largest_difference(matmul(c, d, options), by_triple_loop(c, d, {3, 4, 6}, options)) <
          1e-14);
  }
  const Tensor a = sample({2, 1, 3, 4}), b = sample({5, 4, 2});
  CHECK(largest_difference(matmul(a, b), by_triple_loop(a, b, {2, 5, 3, 2})) < 1e-14);
}

TEST_CASE("an inner size of 0 gives zeros, other sizes of 0 an empty result") {
  CHECK(same(matmul(zeros({2, 0}), zeros({0, 3})), zeros({2, 3})));
  CHECK(same(matmul(zeros({4, 2, 0}), zeros({4, 0, 3})), zeros({4, 2, 3})));
  CHECK(matmul(zeros({0, 2}), zeros({2, 3})).shape() == Shape{0, 3});
  CHECK(matmul(zeros({0, 4, 2}), zeros({2, 3})).shape() == Shape{0, 4, 3});
  CHECK(matmul(zeros({2, 3}), zeros({3, 0})).shape() == Shape{2, 0});
}

TEST_CASE("an empty batch gives its shared operand a gradient of zeros") {
  const Tensor a = zeros({0, 3}, float64), b = sample({3, 2});
  Tape tape;
  tape.watch(b);
  CHECK(same(tape.gradient(matmul(a, b), b), zeros({3, 2}, float64)));
}

TEST_CASE("matmul refuses operands that do not fit") {
  CHECK_THROWS_WITH_AS(matmul(zeros({3}), zeros({3, 4})),
                       "matmul: operands must have rank >= 2; got shapes (3,) and (3, 4); "
                       "use reshape",
                       ValueError);
  CHECK_THROWS_WITH_AS(matmul(zeros({2, 3}), zeros({4, 5})),
                       "matmul: inner sizes must be equal; got 3 and 4 from shapes (2, 3) and "
                       "(4, 5)",
                       ValueError);
  CHECK_THROWS_WITH_AS(matmul(zeros({2, 3}), zeros({3, 5}), {.transpose_b = true}),
                       "matmul: inner sizes must be equal; got 3 and 5 from shapes (2, 3) and "
                       "(3, 5) transposed",
                       ValueError);
  CHECK_THROWS_WITH_AS(matmul(zeros({2, 2, 3}), zeros({4, 3, 5})),
                       "matmul: leading axes must broadcast; got shapes (2, 2, 3) and (4, 3, 5)",
                       ValueError);
  CHECK_THROWS_WITH_AS(matmul(zeros({2, 3}), zeros({3, 2}, float64)),
                       "matmul: dtypes must be equal; got float32 and float64; use cast",
                       TypeError);
  CHECK_THROWS_WITH_AS(matmul(zeros({2, 3}), 2.0), "matmul: a tensor is needed; got the number 2",
                       TypeError);
}

TEST_CASE("gradients of matmul are right to second order under every pair of flags") {
  for (const MatmulOptions& options : every_option) {
    const auto product = [&](const std::vector<Tensor>& xs) {
      return matmul(xs[0], xs[1], options);
    };
    CHECK(check_gradients(product, {sample(matrix(2, 3, options.transpose_a), 1),
                                    sample(matrix(3, 4, options.transpose_b), 2)}));
    CHECK(check_gradients(product, {sample(batch(3, 2, 3, options.transpose_a), 1),
                                    sample(batch(1, 3, 2, options.transpose_b), 2)}));
    CHECK(check_gradients(product, {sample(batch(2, 2, 3, options.transpose_a), 1),
                                    sample(matrix(3, 2, options.transpose_b), 2)}));
    CHECK(check_gradients(product, {sample(matrix(2, 3, options.transpose_a), 1),
                                    sample(batch(2, 3, 2, options.transpose_b), 2)}));
  }
}

TEST_CASE("products of every cut have the same bits at any number of threads, and are right") {
  struct Sizes {
    Index batch, m, k, n;
  };
  const Sizes tall{1, 517, 65, 131}, wide{1, 20, 130, 2063}, deep{1, 40, 3001, 50},
      many{301, 9, 40, 60}, few_rows{1, 19, 300, 112}, two_rows{1, 2, 1024, 48};
  const int before = num_threads();
  for (const Sizes& s : {tall, wide, deep, many, few_rows, two_rows})
    for (const MatmulOptions& options : every_option) {
      const Tensor a = cast(sample(batch(s.batch, s.m, s.k, options.transpose_a), 1), float32);
      const Tensor b = cast(sample(batch(s.batch, s.k, s.n, options.transpose_b), 2), float32);
      set_num_threads(1);
      const Tensor one = matmul(a, b, options);
      for (int threads : {2, 3, 7}) {
        set_num_threads(threads);
        CHECK(same_bits(matmul(a, b, options), one));
      }
      // One row of every matrix by hand: the triple loop over all of it takes too long.
      double difference = 0, largest = 0;
      for (Index i = 0; i < s.batch; ++i)
        for (Index column = 0; column < s.n; ++column) {
          const Index row = (7 * i + 11 * column) % s.m;
          double expected = 0;
          for (Index k = 0; k < s.k; ++k)
            expected += (options.transpose_a ? a.at(i, k, row) : a.at(i, row, k)) *
                        (options.transpose_b ? b.at(i, column, k) : b.at(i, k, column));
          difference = std::max(difference, std::abs(expected - one.at(i, row, column)));
          largest = std::max(largest, std::abs(expected));
        }
      CHECK(difference < 2e-6 * largest);
    }
  set_num_threads(before);
}
