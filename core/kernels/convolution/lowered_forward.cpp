#include <reel/core/kernels/convolution/lowering.h>
#include <reel/core/kernels/convolution/tiles.h>
#include <reel/core/runtime/parallel.h>

namespace reel::kernels {

// Several products make a tile: a row of x is read again by each tile that sees it, so tiles are as
// tall as a block near the first-level cache allows. Beside a matrix in strips, which takes half of
// the second level, one product does. Where products are packed, many rows, within that half, and
// more for matrices that fill it. Wide blocks get fewer: the backward pass holds several, and rows
// of x that cannot be read in place, in a thread's 4 MiB of scratch.
Index tile_positions(Index pitch, Index filters, Index bytes_of_number, bool in_place, bool alone,
                     bool strips) {
  constexpr Index small_block = 128 << 10, second_level = 512 << 10;
  const Index most_block = (in_place ? 3 << 19 : 1 << 20) * (alone ? 2 : 1);
  const Index row = std::max<Index>(1, pitch * bytes_of_number);
  const ProductSizes product =
      row_product_sizes(pitch, filters, bytes_of_number, small_block, strips);
  Index fast = std::max<Index>(64, small_block / row);
  if (!product.unpacked) {
    const bool fills = row * filters >= 2 * second_level;
    fast = std::max<Index>(fills ? 400 : 256, second_level / (row + filters * bytes_of_number));
  } else if (product.columns < filters) {
    fast = product.positions;
  }
  return std::clamp<Index>(most_block / row, 1, fast);
}

// Few rows are dear: those at a tile's edges are read again by the next. So the tile is as large as
// scratch allows, though it leaves the second level, and several products make it, each of as many
// positions as go unpacked, or one that is packed.
Index plane_tile_positions(Index depth, Index filters, Index bytes_of_number) {
  constexpr Index most_tile = 2 << 20, most_block = 1 << 20;
  const Index bytes = std::max<Index>(1, (depth + filters) * bytes_of_number);
  const Index most = most_block / std::max<Index>(1, depth * bytes_of_number);
  return std::clamp<Index>(most, 1, std::max<Index>(256, most_tile / bytes));
}

template <class T>
double work_of(const Lowering<T>& lowering, Index filters) {
  const Window& window = lowering.window;
  return static_cast<double>(window.batch * window.output_positions()) *
         static_cast<double>(lowering.depth * filters);
}

namespace {

// How many tiles of at most `most` rows: as many in each image, or few enough for whole images; an
// even number if there are few, so that two threads end together.
Index tiles_of(Index batch, Index rows, Index most) {
  const Index tiles = most < rows ? batch * ceil_div(rows, most) : ceil_div(batch, most / rows);
  return std::min(batch * rows, tiles < 16 ? tiles + tiles % 2 : tiles);
}

}  // namespace

template <class T>
void lowered_forward(const Lowering<T>& lowering, const T* x, const T* matrix,
                     const Finish<T>& finish, const Images<T>& y) {
  constexpr Index most_tasks = 32;  // enough for as many threads, few enough to share the scratch
  const Window& window = lowering.window;
  Scratch<T> room;
  const Matrix<const T> kernel =
      right_factor<T>(lowering, {matrix, lowering.depth, y.channels, y.channels}, room);
  const Index most_rows = tile_rows(lowering, y.channels, true);
  const Index rows = window.batch * y.rows;
  const Cut tiles{rows, tiles_of(window.batch, y.rows, most_rows)};
  const Cut tasks =
      Cut::by_work(tiles.parts, work_of(lowering, y.channels), least_work, most_tasks);

  parallel_for(tasks.parts, [&](Index task) {
    RowReader<T> reader(lowering.input.with_data(x));
    TileWriter<T> writer(y);
    Scratch<T> scratch;
    for (Index i = tasks[task].begin; i < tasks[task].end; ++i) {
      const Index positions = tiles[i].size() * y.columns;
      const Matrix<T> block =
          lowering.block(scratch.reserve(lowering.block_size(positions)), positions);
      lower_tile(lowering, reader, tiles[i], block);
      writer.write(tiles[i], [&](const Matrix<T>& piece) {
        const ProductSizes sizes = product_sizes(lowering, kernel.rows, kernel.columns, positions);
        sizes.for_each(positions, [&](Range range) {
          const Matrix<T> part = piece.rows_in(range);
          multiply_strips<T>(block.rows_in(range), kernel, 0, part, sizes.columns);
          epilogue<T>().finish(part.stored(), part.transposed ? nullptr : finish.bias,
                               part.transposed ? finish.bias : nullptr, finish.relu);
        });
      });
    }
  });
}

template double work_of(const Lowering<float>&, Index);
template double work_of(const Lowering<double>&, Index);
template void lowered_forward(const Lowering<float>&, const float*, const float*,
                              const Finish<float>&, const Images<float>&);
template void lowered_forward(const Lowering<double>&, const double*, const double*,
                              const Finish<double>&, const Images<double>&);

}  // namespace reel::kernels
