// Products of matrices, shared among threads.
//
// A large product is cut into tiles of y, each one gemm call: high and wide enough for gemm to run
// at its full speed, as many as a few cores can share. Where y is small and the inner axis long (a
// dense layer, the gradient of its kernel) the inner axis is cut too, and the partial products are
// added in their order. Many small products are handed out several at a time. All cuts depend on
// the sizes alone: the same bits at any number of threads. Read before: naive_product.h.
// Read next: matmul.cpp.
#pragma once

#include <algorithm>

#include <reel/core/kernels/elementwise/elementwise_loops.h>
#include <reel/core/kernels/matrix/matrix.h>
#include <reel/core/kernels/naive/naive_product.h>
#include <reel/core/runtime/kernel_choice.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/runtime/scratch.h>

namespace reel::kernels {

/// How a product (m, k) x (k, n) is cut.
struct ProductCut {
  Cut rows, columns, inner;

  static constexpr Index highest = 256, widest = 512;  // of a tile
  static constexpr Index least_height = 128, least_width = 128, least_depth = 1024;
  static constexpr Index few = 4;                // tiles that we would like to have
  static constexpr double least_work = 1 << 22;  // multiplications worth sharing

  ProductCut(Index m, Index n, Index k, bool may_cut_inner)
      : rows{m, 1}, columns{n, 1}, inner{k, 1} {
    if (work() < least_work) return;
    rows.parts = parts(m, highest, least_height);
    columns.parts = rows.parts < few ? parts(n, widest, least_width) : (n + widest - 1) / widest;
    const Index tiles = rows.parts * columns.parts;
    if (may_cut_inner && tiles < few)
      inner.parts = std::clamp<Index>(k / least_depth, 1, 2 * few / tiles);
  }

  // Tiles of at most `most`, and a few of them unless that makes them smaller than `least`.
  static Index parts(Index extent, Index most, Index least) {
    return std::max((extent + most - 1) / most, std::min(few, extent / least));
  }

  double work() const {
    return static_cast<double>(rows.total) * static_cast<double>(columns.total) *
           static_cast<double>(inner.total);
  }
  Index count() const { return inner.parts * rows.parts * columns.parts; }
};

/// y = a b, with the rows of y one behind the other.
template <class T>
struct Product {
  Matrix<const T> a, b;
  T* y;
};

/// Computes `batch` products of the same sizes, none of them 0; `at(i)` gives the i-th.
template <class T, class At>
void multiply_each(Index batch, Index m, Index n, Index k, const At& at) {
  if (detail::naive_kernels()) {
    for (Index i = 0; i < batch; ++i) naive::product(at(i).a, at(i).b, at(i).y);
    return;
  }
  const ProductCut cut(m, n, k, batch == 1);
  const Index across = cut.columns.parts, tiles = cut.rows.parts * across;
  Scratch<T> partial((cut.inner.parts - 1) * m * n);  // of the inner ranges but the first
  const double work_of_tile = cut.work() / static_cast<double>(cut.count());
  const auto tiles_per_task = static_cast<Index>(ProductCut::least_work / 4 / work_of_tile);
  parallel_ranges(batch * cut.count(), tiles_per_task, [&](Index begin, Index end) {
    for (Index task = begin; task < end; ++task) {
      const Product<T> product = at(task / cut.count());
      const Index tile = task % tiles, part = task % cut.count() / tiles;
      const Range rows = cut.rows[tile / across], columns = cut.columns[tile % across];
      const Range inner = cut.inner[part];
      T* y = part == 0 ? product.y : partial.data() + (part - 1) * m * n;
      multiply<T>(product.a.rows_in(rows).transpose().rows_in(inner).transpose(),
                  product.b.rows_in(inner).transpose().rows_in(columns).transpose(), T(0),
                  {y + rows.begin * n + columns.begin, rows.size(), columns.size(), n});
    }
  });
  if (cut.inner.parts == 1) return;
  T* y = at(0).y;
  parallel_ranges(m * n, Index{1} << 14, [&](Index begin, Index end) {
    for (Index part = 1; part < cut.inner.parts; ++part)
      elementwise<T>().accumulate(partial.data() + (part - 1) * m * n + begin, y + begin,
                                  end - begin);
  });
}

}  // namespace reel::kernels
