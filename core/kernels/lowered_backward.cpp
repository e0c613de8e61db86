// The gradients of a lowered convolution, in one pass over strips of rows.
//
//   d(block) = dy matrix^T,  d(matrix) = block^T dy,  dx = raised d(block)
//
// A strip is some whole images, or some rows of one. The strip answers for its own output rows and
// for the input rows at the same place, so every number of dx is written once. Its input rows are
// also seen by output rows just outside: the gradient of the block is computed for those too, twice
// in all, which is the price of strips that share nothing. Sums over the batch (kernels, bias) are
// kept apart for each part, a run of strips, and added up at the end in order.
#include <reel/core/kernels/epilogue.h>
#include <reel/core/kernels/lowering.h>
#include <reel/core/kernels/matrix.h>
#include <reel/core/kernels/row_ranges.h>
#include <reel/core/parallel.h>

namespace reel::kernels {
namespace {

constexpr Index strip_bytes = 512 << 10;  // of a strip's block gradients, about
constexpr Index sums_bytes = 16 << 20;    // of all parts' sums, at most
constexpr Index most_parts = 8;
constexpr double least_work = 1 << 18;  // multiplications that are worth a part

// The sums over the batch, one after another in memory.
template <class T>
class Sums {
 public:
  Sums(const Lowering<T>& lowering, Index filters, const LoweredGradients<T>& wanted)
      : parameters_(wanted.parameters ? lowering.parameters : 0),
        matrix_(wanted.matrix ? lowering.depth * filters : 0),
        bias_(wanted.bias ? filters : 0),
        wanted_(wanted) {}

  Index size() const { return parameters_ + matrix_ + bias_; }
  T* parameters(T* sums) const { return sums; }
  T* matrix(T* sums) const { return sums + parameters_; }
  T* bias(T* sums) const { return sums + parameters_ + matrix_; }

  void store(T* sums) const {
    std::copy_n(parameters(sums), parameters_, wanted_.parameters);
    std::copy_n(matrix(sums), matrix_, wanted_.matrix);
    std::copy_n(bias(sums), bias_, wanted_.bias);
  }

 private:
  Index parameters_, matrix_, bias_;
  LoweredGradients<T> wanted_;
};

template <class T>
struct Pass {
  const Lowering<T>& lowering;
  const Images<const T>& x;
  const Images<const T>& dy;
  const T* matrix;
  const T* relu_y;
  const LoweredGradients<T>& wanted;
  const Sums<T> layout{lowering, dy.channels, wanted};
  const Index row_size = dy.columns * lowering.pitch;
  const Index tile_rows =
      std::max<Index>(1, tile_positions(lowering.depth, dy.channels, sizeof(T)) / dy.columns);

  bool wants_block() const { return wanted.matrix; }
  bool wants_block_gradient() const { return wanted.x || wanted.parameters; }

  // The input rows that go with output rows of one image.
  Range owned(Range outputs) const {
    const WindowAxis& rows = lowering.window.rows;
    const auto first = [&](Index p) {
      return p == rows.output ? rows.input : std::min(rows.input, p * rows.stride);
    };
    return {first(outputs.begin), first(outputs.end)};
  }

  // These output rows and those that see the input rows that go with them.
  Range with_neighbours(Range rows) const {
    Range all = rows;
    for_each_image(rows, dy.rows, [&](Index n, Range part) {
      const Range seen_by = lowering.window.rows.outputs_of(owned(part));
      if (seen_by.size() == 0) return;
      all.begin = std::min(all.begin, n * dy.rows + seen_by.begin);
      all.end = std::max(all.end, n * dy.rows + seen_by.end);
    });
    return all;
  }
};

// The part of a pass that one thread works on at a time.
template <class T>
class Part {
 public:
  Part(const Pass<T>& pass, T* sums)
      : pass_(pass),
        sums_(sums),
        reader_(pass.x),
        writer_({pass.wanted.x, pass.x.rows, pass.x.columns, pass.x.channels, pass.x.channels_first,
                 pass.x.multiplier, pass.x.lanes}),
        block_(pass.wants_block() ? pass.tile_rows * pass.row_size : 0),
        masked_(pass.relu_y ? pass.tile_rows * pass.dy.columns * pass.dy.channels : 0) {}

  void run(Range strip) {
    all_ = pass_.wanted.x ? pass_.with_neighbours(strip) : strip;
    if (pass_.wants_block_gradient()) {
      gradient_.reserve(all_.size() * pass_.row_size);
      gradient_.clear();  // the lanes that no product writes
    }
    const auto tiles = [&](Range rows, bool own) {
      for_each_tile(rows, pass_.tile_rows, [&](Range tile) { run_tile(tile, own); });
    };
    tiles({all_.begin, strip.begin}, false);
    tiles(strip, true);
    tiles({strip.end, all_.end}, false);
    if (pass_.wanted.x) raise(strip);
  }

 private:
  // The block gradients of image n.
  LaneRows<const T> gradient_rows(Index n) {
    return {gradient_.data(), all_.begin - n * pass_.dy.rows, pass_.dy.columns,
            pass_.lowering.pitch};
  }

  void run_tile(Range rows, bool own) {
    const Lowering<T>& lowering = pass_.lowering;
    if (own && pass_.wants_block()) {
      T* to = block_.data();
      for_each_image(rows, pass_.dy.rows, [&](Index n, Range part) {
        lowering.lower(reader_.read(n, lowering.window.rows.inputs_of(part)), part, to);
        to += part.size() * pass_.row_size;
      });
    }
    for_each_matrix(pass_.dy, rows, [&](Range place, Matrix<const T> dy) {
      if (pass_.relu_y) dy = masked(dy);
      multiply_piece(rows, place, dy, own);
    });
    if (own && pass_.wanted.parameters) {
      for_each_image(rows, pass_.dy.rows, [&](Index n, Range part) {
        lowering.accumulate(reader_.read(n, lowering.window.rows.inputs_of(part)), gradient_rows(n),
                            part, pass_.layout.parameters(sums_));
      });
    }
  }

  // The products of one piece of a tile; `place` is where it lies in the tile.
  void multiply_piece(Range tile, Range place, const Matrix<const T>& dy, bool own) {
    const Index depth = pass_.lowering.depth, pitch = pass_.lowering.pitch;
    const Index filters = pass_.dy.channels, positions = tile.size() * pass_.dy.columns;
    if (pass_.wants_block_gradient()) {
      const Matrix<const T> kernel{pass_.matrix, depth, filters, filters};
      const Matrix<T> gradient{gradient_.data() + (tile.begin - all_.begin) * pass_.row_size,
                               positions, depth, pitch};
      multiply<T>(dy, kernel.transpose(), 0, gradient.rows_in(place));
    }
    if (own && pass_.wanted.matrix) {
      const Matrix<const T> block{block_.data(), positions, depth, pitch};
      multiply<T>(block.rows_in(place).transpose(), dy, 1,
                  Matrix<T>{pass_.layout.matrix(sums_), depth, filters, filters});
    }
    if (own && pass_.wanted.bias) {
      T* const sums = pass_.layout.bias(sums_);
      if (dy.transposed)
        epilogue<T>().add_rows(dy.stored(), sums);
      else
        epilogue<T>().add_columns(dy.stored(), sums);
    }
  }

  // dy where the result was above 0.
  Matrix<const T> masked(Matrix<const T> dy) {
    Matrix<const T> y = dy;
    y.data = pass_.relu_y + (dy.data - pass_.dy.data);
    epilogue<T>().mask(dy.stored(), y.stored(), masked_.data());
    dy.data = masked_.data();
    dy.distance = dy.stored().columns;
    return dy;
  }

  void raise(Range strip) {
    for_each_image(strip, pass_.dy.rows, [&](Index n, Range part) {
      const Range own = pass_.owned(part);
      for (Index h = own.begin; h < own.end; ++h) {
        pass_.lowering.raise(gradient_rows(n), h, writer_.begin(n, h));
        writer_.end(n, h);
      }
    });
  }

  const Pass<T>& pass_;
  T* const sums_;
  RowReader<T> reader_;
  RowWriter<T> writer_;
  Scratch<T> block_, masked_, gradient_;
  Range all_;  // the rows that gradient_ holds
};

}  // namespace

template <class T>
void Lowering<T>::accumulate(const LaneRows<const T>&, const LaneRows<const T>&, Range, T*) const {}

template <class T>
void lowered_backward(const Lowering<T>& lowering, const Images<const T>& x, const T* matrix,
                      const T* relu_y, const Images<const T>& dy,
                      const LoweredGradients<T>& gradients) {
  const Pass<T> pass{lowering, x, dy, matrix, relu_y, gradients};
  const Index most_rows =
      strip_bytes / std::max<Index>(1, pass.row_size * static_cast<Index>(sizeof(T)));
  const Strips strips(lowering.window.batch, dy.rows, std::max(pass.tile_rows, most_rows));

  const Index sums_size = pass.layout.size();
  const Index room = sums_bytes / std::max<Index>(1, sums_size * static_cast<Index>(sizeof(T)));
  const double work =
      static_cast<double>(lowering.window.batch * lowering.window.output_positions()) *
      static_cast<double>(lowering.depth * dy.channels);
  const Cut parts = Cut::by_work(strips.count(), work, least_work,
                                 sums_size == 0 ? strips.count() : std::min(most_parts, room));
  Scratch<T> sums(parts.parts * sums_size);
  parallel_for(parts.parts, [&](Index i) {
    T* const part_sums = sums.data() + i * sums_size;
    std::fill_n(part_sums, sums_size, T(0));
    Part<T> part(pass, part_sums);
    for (Index strip = parts[i].begin; strip < parts[i].end; ++strip) part.run(strips[strip]);
  });
  for (Index i = 1; i < parts.parts; ++i)
    epilogue<T>().add_columns({sums.data() + i * sums_size, 1, sums_size, sums_size}, sums.data());
  pass.layout.store(sums.data());
}

template class Lowering<float>;
template class Lowering<double>;
template void lowered_backward(const Lowering<float>&, const Images<const float>&, const float*,
                               const float*, const Images<const float>&,
                               const LoweredGradients<float>&);
template void lowered_backward(const Lowering<double>&, const Images<const double>&, const double*,
                               const double*, const Images<const double>&,
                               const LoweredGradients<double>&);

}  // namespace reel::kernels
