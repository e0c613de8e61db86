// The gradient of a matrix that is too large to be summed apart in each part of the batch.
//
//   d(matrix) = block^T dy, cut over the columns of dy
//
// Each task goes over the whole batch and owns its columns: nothing is left to add up, and all that
// it takes is a block. Price: each task lowers the batch again, little beside products this wide.
#include <reel/core/kernels/convolution/lowering.h>
#include <reel/core/kernels/convolution/tiles.h>
#include <reel/core/runtime/parallel.h>

namespace reel::kernels {

template <class T>
void lowered_matrix_gradient(const Lowering<T>& lowering, const T* x, const T* relu_y,
                             const Images<const T>& dy, T* gradient) {
  constexpr Index most_tasks = 4;
  const Window& window = lowering.window;
  const Index depth = lowering.depth, filters = dy.channels;
  const Index most_rows = tile_rows(lowering, filters);
  const Cut tasks{filters, std::min(most_tasks, filters)};

  parallel_for(tasks.parts, [&](Index task) {
    const Range own = tasks[task];
    const Matrix<T> sum{gradient + own.begin, depth, own.size(), filters};
    RowReader<T> x_reader(lowering.input.with_data(x));
    TileReader<T> dy_reader(dy, relu_y);
    Scratch<T> scratch;
    bool begun = false;
    for_each_tile(dy, {0, window.batch * dy.rows}, most_rows, [&](Range tile) {
      const Index positions = tile.size() * dy.columns;
      const Matrix<T> block =
          lowering.block(scratch.reserve(lowering.block_size(positions)), positions);
      lower_tile(lowering, x_reader, tile, block);
      multiply<T>(block.transpose(), dy_reader.read(tile, own), begun ? 1 : 0, sum);
      begun = true;
    });
  });
}

template void lowered_matrix_gradient(const Lowering<float>&, const float*, const float*,
                                      const Images<const float>&, float*);
template void lowered_matrix_gradient(const Lowering<double>&, const double*, const double*,
                                      const Images<const double>&, double*);

}  // namespace reel::kernels
