// The gradient of a matrix that is too large to be summed apart in each part of the batch.
//
//   d(matrix) = block^T dy, cut over the columns of dy
//
// Each task goes over the whole batch and owns its columns: nothing is left to add up, and all that
// it takes is a block. Price: each task lowers the batch again, little beside products this wide.
#include <reel/core/kernels/epilogue.h>
#include <reel/core/kernels/lowering.h>
#include <reel/core/kernels/matrix.h>
#include <reel/core/kernels/row_ranges.h>
#include <reel/core/parallel.h>

namespace reel::kernels {

template <class T>
void lowered_matrix_gradient(const Lowering<T>& lowering, const T* x, const T* relu_y,
                             const Images<const T>& dy, T* gradient) {
  constexpr Index most_tasks = 4;
  const Window& window = lowering.window;
  const Index depth = lowering.depth, filters = dy.channels;
  const Index row_size = dy.columns * lowering.pitch;
  const Index positions = tile_positions(depth, filters, sizeof(T), lowering.input.in_place());
  const Index tile_rows = std::max<Index>(1, positions / dy.columns);
  const Cut tasks{filters, std::min(most_tasks, filters)};

  parallel_for(tasks.parts, [&](Index task) {
    const Range own = tasks[task];
    const Matrix<T> sum{gradient + own.begin, depth, own.size(), filters};
    RowReader<T> reader(lowering.input.with_data(x));
    Scratch<T> scratch(tile_rows * row_size), masked;
    bool begun = false;
    for_each_tile({0, window.batch * dy.rows}, tile_rows, [&](Range tile) {
      lower_tile(lowering, reader, tile, scratch.data());
      const Matrix<const T> block{scratch.data(), tile.size() * dy.columns, depth, lowering.pitch};
      for_each_matrix(dy, tile, [&](Range place, Matrix<const T> piece) {
        piece = piece.columns_in(own);
        if (relu_y) {
          Matrix<const T> y = piece;
          y.data = relu_y + (piece.data - dy.data);
          T* const kept = masked.reserve(piece.rows * piece.columns);
          epilogue<T>().mask(piece.stored(), y.stored(), kept);
          piece = {kept, piece.rows, piece.columns, piece.stored().columns, piece.transposed};
        }
        multiply<T>(block.rows_in(place).transpose(), piece, begun ? 1 : 0, sum);
        begun = true;
      });
    });
  });
}

template void lowered_matrix_gradient(const Lowering<float>&, const float*, const float*,
                                      const Images<const float>&, float*);
template void lowered_matrix_gradient(const Lowering<double>&, const double*, const double*,
                                      const Images<const double>&, double*);

}  // namespace reel::kernels
