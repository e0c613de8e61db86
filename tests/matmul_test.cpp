#include <doctest/doctest.h>

#include <reel/core/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/parallel.h>
#include <reel/core/random.h>

using namespace reel;

namespace {

Tensor sample(const Shape& shape, std::uint64_t draw, DType dtype = float64) {
  return uniform(shape, -1.0, 1.0, dtype, {7, 0, draw});
}

// The triple loop, one matrix at a time; leading axes of a and b are equal or absent.
double largest_error(const Tensor& a, const Tensor& b, const MatmulOptions& options) {
  const Tensor y = matmul(a, b, options);
  const Index m = y.dim(-2), n = y.dim(-1), k = a.dim(options.transpose_a ? -2 : -1);
  const auto av = a.to_vector(), bv = b.to_vector(), yv = y.to_vector();
  const Index batch = m * n == 0 ? 0 : y.size() / (m * n);
  double worst = 0;
  for (Index s = 0; s < batch; ++s) {
    const Index a0 = a.rank() == 2 ? 0 : s * m * k, b0 = b.rank() == 2 ? 0 : s * k * n;
    for (Index i = 0; i < m; ++i)
      for (Index j = 0; j < n; ++j) {
        double expected = 0;
        for (Index l = 0; l < k; ++l)
          expected += av[a0 + (options.transpose_a ? l * m + i : i * k + l)] *
                      bv[b0 + (options.transpose_b ? j * k + l : l * n + j)];
        worst = std::max(worst, std::abs(expected - yv[(s * m + i) * n + j]));
      }
  }
  return worst;
}

Shape matrix(Index rows, Index columns, bool transposed) {
  return transposed ? Shape{columns, rows} : Shape{rows, columns};
}

const MatmulOptions every_option[] = {{false, false}, {false, true}, {true, false}, {true, true}};

}  // namespace

TEST_CASE("matmul agrees with the triple loop under every pair of flags") {
  for (const MatmulOptions& options : every_option) {
    const Tensor a = sample(matrix(3, 5, options.transpose_a), 1);
    const Tensor b = sample(matrix(5, 4, options.transpose_b), 2);
    CHECK(largest_error(a, b, options) < 1e-14);
  }
}
