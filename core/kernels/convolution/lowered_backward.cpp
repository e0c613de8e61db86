// The gradients of a lowered convolution, in one pass over strips of rows.
//
//   d(block) = dy matrix^T,  d(matrix) = block^T dy,  dx = raised d(block)
//
// A strip is some whole images, or some rows of one. It answers for its own output rows and for the
// input rows at the same place, so every number of dx is written once. Its input rows are also seen
// by output rows just outside: their block gradients are computed in both strips, which is the
// price of strips that share nothing. What is summed over the batch (gradients of kernels and bias)
// is summed apart in each part, a run of strips, and the parts' sums are added at the end, in
// order.
#include <reel/core/kernels/convolution/lowering.h>
#include <reel/core/kernels/convolution/partial_sums.h>
#include <reel/core/kernels/convolution/tiles.h>
#include <reel/core/kernels/convolution/window_taps.h>
#include <reel/core/runtime/parallel.h>

namespace reel::kernels {
namespace {

// What all parts share: the problem, and how rows belong together.
template <class T>
struct Problem {
  const Lowering<T>& lowering;
  const T* x;
  const Images<const T>& dy;
  const Matrix<const T>& transposed;  // the matrix
  const T* relu_y;

  Index most_rows() const { return tile_rows(lowering, dy.channels); }  // of a tile
  Index block_size(Index rows) const { return lowering.block_size(rows * dy.columns); }

  // The input rows that go with output rows of one image.
  Range owned(Range outputs) const {
    const WindowAxis& rows = lowering.window.rows;
    const auto first = [&](Index p) {
      return p == rows.output ? rows.input : std::min(rows.input, p * rows.stride);
    };
    return {first(outputs.begin), first(outputs.end)};
  }

  // These output rows and all that see the input rows that go with them.
  Range with_neighbours(Range rows) const {
    Range all = rows;
    for_each_image(rows, dy.rows, [&](Index n, Range part) {
      const Range seen_by = outputs_of(lowering.window.rows, owned(part));
      if (seen_by.size() == 0) return;
      all.begin = std::min(all.begin, n * dy.rows + seen_by.begin);
      all.end = std::max(all.end, n * dy.rows + seen_by.end);
    });
    return all;
  }
};

// The work of one part, strip by strip.
template <class T>
class Part {
 public:
  Part(const Problem<T>& problem, const LoweredGradients<T>& sums)
      : problem_(problem),
        lowering_(problem.lowering),
        dy_(problem.dy),
        sums_(sums),
        most_rows_(problem.most_rows()),
        reader_(lowering_.input.with_data(problem.x)),
        writer_(lowering_.input.with_data(sums.x)),
        dy_reader_(dy_, problem.relu_y) {}

  void run(Range strip) {
    all_ = sums_.x ? problem_.with_neighbours(strip) : strip;
    if (wants_block_gradient() && gradient_.size() < problem_.block_size(all_.size())) {
      gradient_.reserve(problem_.block_size(all_.size()));
      gradient_.clear();  // the lanes that no product writes stay zero
    }
    for_each_tile(dy_, strip, most_rows_, [&](Range tile) {
      run_tile(tile, {tile.begin == strip.begin ? all_.begin : tile.begin,
                      tile.end == strip.end ? all_.end : tile.end});
    });
    if (sums_.x) raise(strip);
  }

 private:
  bool wants_block_gradient() const { return sums_.x || sums_.parameters; }

  // The gradients of the strip's blocks.
  Matrix<T> block_gradient() {
    return lowering_.block(gradient_.data(), all_.size() * dy_.columns);
  }
  BlockRows<T> block_gradient_of(Index n) {
    const Index first = std::max(all_.begin, n * dy_.rows);
    const Index skipped = (first - all_.begin) * dy_.columns;
    return {block_gradient().rows_in({skipped, all_.size() * dy_.columns}), first - n * dy_.rows};
  }

  // Sums take the tile's rows alone; block gradients its neighbours outside the strip, too.
  void run_tile(Range tile, Range with_neighbours) {
    const auto positions = [&](Range rows, Range of) {
      return Range{(rows.begin - of.begin) * dy_.columns, (rows.end - of.begin) * dy_.columns};
    };
    const Matrix<const T> dy = dy_reader_.read(with_neighbours, {0, dy_.channels});
    if (wants_block_gradient())
      multiply_back(dy, block_gradient().rows_in(positions(with_neighbours, all_)));
    const Matrix<const T> own = dy.rows_in(positions(tile, with_neighbours));
    if (sums_.matrix)
      add_to_matrix(tile, own);
    else if (sums_.parameters)
      accumulate(tile);
    if (sums_.bias) {
      const auto add = own.transposed ? epilogue<T>().add_rows : epilogue<T>().add_columns;
      add(own.stored(), sums_.bias);
    }
  }

  void multiply_back(const Matrix<const T>& dy, const Matrix<T>& gradient) {
    const ProductSizes sizes = product_sizes(lowering_, dy.columns, gradient.columns, dy.rows);
    sizes.for_each(dy.rows, [&](Range positions) {
      multiply_strips<T>(dy.rows_in(positions), problem_.transposed, 0, gradient.rows_in(positions),
                         sizes.columns);
    });
  }

  void add_to_matrix(Range tile, const Matrix<const T>& dy) {
    const Matrix<T> block = lowering_.block(block_.reserve(lowering_.block_size(dy.rows)), dy.rows);
    if (sums_.parameters)
      lower_and_accumulate(tile, block);
    else
      lower_tile(lowering_, reader_, tile, block);
    const auto add = [&](const Matrix<const T>& positions, const Matrix<const T>& dy_there,
                         Index columns) {
      multiply_strips<T>(positions.transpose(), dy_there, matrix_begun_ ? 1 : 0,
                         {sums_.matrix, block.columns, dy.columns, dy.columns}, columns);
      matrix_begun_ = true;
    };
    if (lowering_.by_columns && !worth_turning()) return add(block, dy, dy.columns);
    const ProductSizes sizes = product_sizes(lowering_, block.columns, dy.columns, dy.rows);
    sizes.for_each(dy.rows, [&](Range range) {
      add(by_positions(block.rows_in(range)), dy.rows_in(range), sizes.columns);
    });
  }

  // A small product sums along the rows of both its factors at half the speed of others. A block
  // by columns is then turned, in cache.
  bool worth_turning() const {
    const Index depth = lowering_.depth, filters = dy_.channels;
    return depth >= 16 && filters >= 16 && depth * filters <= 1 << 13;
  }
  Matrix<const T> by_positions(const Matrix<const T>& block) {
    if (!block.transposed) return block;
    const Index lanes = whole_vectors<T>(block.columns);
    T* const to = by_positions_.reserve(block.rows * lanes);
    lane_copies<T>().spread({block.rows, block.columns, 1, block.distance, 1}, block.data, lanes,
                            to);
    return {to, block.rows, block.columns, lanes};
  }

  void lower_and_accumulate(Range tile, const Matrix<T>& block) {
    for_each_image_of(lowering_, tile, block, [&](Index n, Range part, const Matrix<T>& place) {
      lowering_.lower_and_accumulate(reader_, n, block_gradient_of(n), part, place,
                                     sums_.parameters);
    });
  }

  void accumulate(Range tile) {
    for_each_image(tile, dy_.rows, [&](Index n, Range part) {
      lowering_.accumulate(reader_, n, block_gradient_of(n), part, sums_.parameters);
    });
  }

  void raise(Range strip) {
    for_each_image(strip, dy_.rows, [&](Index n, Range part) {
      lowering_.raise(block_gradient_of(n), n, problem_.owned(part), writer_);
    });
  }

  const Problem<T>& problem_;
  const Lowering<T>& lowering_;
  const Images<const T>& dy_;
  const LoweredGradients<T> sums_;
  const Index most_rows_;
  bool matrix_begun_ = false;
  Range all_;  // the rows that gradient_ holds
  RowReader<T> reader_;
  RowWriter<T> writer_;
  TileReader<T> dy_reader_;
  Scratch<T> block_, gradient_, by_positions_;
};

constexpr Index most_sums_bytes = 16 << 20;

// How many parts: each has sums of its own, which take memory and time to add up. `taken`: numbers
// in memory that counts as theirs.
template <class T>
Index parts_of(const Problem<T>& problem, Index sums_size, Index taken) {
  constexpr Index least_positions = 768;
  if (sums_size == 0) return 64;
  const Window& window = problem.lowering.window;
  const Index positions = window.batch * window.output_positions();
  const Index most_sums = most_sums_bytes / static_cast<Index>(sizeof(T));
  const Index room = 1 + (most_sums - taken) / sums_size;
  return std::min(room, std::clamp<Index>(positions / least_positions, 2, 8));
}

}  // namespace

template <class T>
void Lowering<T>::accumulate(RowReader<T>&, Index, const BlockRows<T>&, Range, T*) const {}

template <class T>
void lowered_backward(const Lowering<T>& lowering, const T* x, const T* matrix, const T* relu_y,
                      const Images<const T>& dy, const LoweredGradients<T>& gradients) {
  constexpr Index strip_bytes = 1 << 20;  // of a strip's block gradients
  const Index matrix_size = lowering.depth * dy.channels;
  if (gradients.matrix && matrix_size * static_cast<Index>(sizeof(T)) >= most_sums_bytes) {
    lowered_matrix_gradient(lowering, x, relu_y, dy, gradients.matrix);
    LoweredGradients<T> others = gradients;
    others.matrix = nullptr;
    if (others.x || others.parameters || others.bias)
      lowered_backward(lowering, x, matrix, relu_y, dy, others);
    return;
  }
  Scratch<T> room;
  Matrix<const T> transposed;
  if (gradients.x || gradients.parameters) {
    const Matrix<const T> given{matrix, lowering.depth, dy.channels, dy.channels};
    transposed = right_factor(lowering, given.transpose(), room);
  }
  const Problem<T> problem{lowering, x, dy, transposed, relu_y};
  const Index row_bytes = dy.columns * lowering.pitch * static_cast<Index>(sizeof(T));
  const Strips strips(lowering.window.batch, dy.rows,
                      std::max(problem.most_rows(), strip_bytes / std::max<Index>(1, row_bytes)));

  const Index sums_size = (gradients.parameters ? lowering.parameters : 0) +
                          (gradients.matrix ? matrix_size : 0) + (gradients.bias ? dy.channels : 0);
  const Cut parts = Cut::by_work(strips.count(), work_of(lowering, dy.channels), least_work,
                                 parts_of(problem, sums_size, room.size()));
  PartialSums<T> sums(gradients, lowering.parameters, matrix_size, dy.channels, parts.parts);
  parallel_for(parts.parts, [&](Index i) {
    const LoweredGradients<T> part_sums = sums.of(i);
    sums.clear(part_sums);
    Part<T> part(problem, part_sums);
    for (Index strip = parts[i].begin; strip < parts[i].end; ++strip) part.run(strips[strip]);
  });
  sums.add_up();
}

template class Lowering<float>;
template class Lowering<double>;
template void lowered_backward(const Lowering<float>&, const float*, const float*, const float*,
                               const Images<const float>&, const LoweredGradients<float>&);
template void lowered_backward(const Lowering<double>&, const double*, const double*, const double*,
                               const Images<const double>&, const LoweredGradients<double>&);

}  // namespace reel::kernels
