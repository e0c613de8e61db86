#include <doctest/doctest.h>

#include <dlfcn.h>

#include <limits>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/runtime/blas.h>
#include <reel/core/runtime/parallel.h>

using namespace reel;

namespace {

// Small whole numbers, so that float32 products are exact whatever the order of the sums.
template <class T>
std::vector<T> whole_numbers(Index n, int modulus) {
  std::vector<T> values;
  for (Index i = 0; i < n; ++i) values.push_back(static_cast<T>(i * 7 % modulus - modulus / 2));
  return values;
}

template <class T>
void compare_with_a_triple_loop(bool ta, bool tb, Index m, Index n, Index k) {
  const auto a = whole_numbers<T>(m * k, 9), b = whole_numbers<T>(k * n, 11);
  auto c = whole_numbers<T>(m * n, 5);
  auto expected = c;
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j) {
      T sum = 0;
      for (Index p = 0; p < k; ++p)
        sum += a[static_cast<std::size_t>(ta ? p * m + i : i * k + p)] *
               b[static_cast<std::size_t>(tb ? j * k + p : p * n + j)];
      T& to = expected[static_cast<std::size_t>(i * n + j)];
      to = 2 * sum + 3 * to;
    }
  blas::gemm(ta, tb, m, n, k, T{2}, a.data(), ta ? m : k, b.data(), tb ? k : n, T{3}, c.data(), n);
  CHECK(c == expected);
}

}  // namespace

TEST_CASE("gemm equals a triple loop for all transpositions and both dtypes") {
  for (bool ta : {false, true})
    for (bool tb : {false, true})
      for (Index m : {1, 5, 17})
        for (Index n : {1, 6, 33})
          for (Index k : {0, 1, 7, 20}) {
            INFO("m ", m, " n ", n, " k ", k, " transposed ", ta, " ", tb);
            compare_with_a_triple_loop<float>(ta, tb, m, n, k);
            compare_with_a_triple_loop<double>(ta, tb, m, n, k);
          }
}

TEST_CASE("gemm with beta 0 does not read what stands in the result") {
  const float a = 2, b = 3;
  float c = std::numeric_limits<float>::quiet_NaN();
  blas::gemm(false, false, 1, 1, 1, 1.0f, &a, 1, &b, 1, 0.0f, &c, 1);
  CHECK(c == 6.0f);
}

TEST_CASE("gemm without rows or columns touches nothing") {
  blas::gemm(false, false, 0, 3, 2, 1.0f, nullptr, 2, nullptr, 3, 0.0f, nullptr, 3);
  blas::gemm(false, false, 3, 0, 2, 1.0, nullptr, 2, nullptr, 0, 0.0, nullptr, 0);
}

TEST_CASE("gemm refuses an extent that BLAS cannot count") {
  float x = 0;
  CHECK_THROWS_WITH_AS(
      blas::gemm(false, false, Index{1} << 31, 1, 1, 1.0f, &x, 1, &x, 1, 0.0f, &x, 1),
      "gemm: every extent must be below 2^31; got 2147483648", ValueError);
}

TEST_CASE("BLAS runs on one thread inside our regions and gets the caller's setting back") {
  const auto get = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
  const auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  if (!get || !set) return;
  const int before = get();
  set(2);
  {
    const blas::SingleThreaded outer;
    CHECK(get() == 1);
    { const blas::SingleThreaded inner; }
    CHECK(get() == 1);
  }
  CHECK(get() == 2);
  int inside = 0;
  const int threads = num_threads();
  set_num_threads(2);
  parallel_for(2, [&](Index tile) {
    if (tile == 0) inside = get();
  });
  set_num_threads(threads);
  CHECK(inside == 1);
  CHECK(get() == 2);
  set(before);
}
