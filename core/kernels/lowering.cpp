#include <reel/core/kernels/lowering.h>

#include <reel/core/parallel.h>

namespace reel::kernels {
namespace {

constexpr double least_work = 1 << 18;  // multiplications that are worth a task

template <class T>
double work_of(const Lowering<T>& lowering, Index filters) {
  const Window& window = lowering.window;
  return static_cast<double>(window.batch * window.output_positions()) *
         static_cast<double>(lowering.depth * filters);
}

// Rows of output that make a tile of about this many numbers in a block.
template <class T>
Index rows_of_tile(const Lowering<T>& lowering, Index numbers) {
  const Index row = std::max<Index>(1, lowering.window.columns.output * lowering.pitch);
  return std::max<Index>(1, numbers / row);
}

// Calls f(rows) for consecutive parts of at most `most` rows.
template <class F>
void for_each_tile(Range rows, Index most, const F& f) {
  for (Index row = rows.begin; row < rows.end; row += most)
    f(Range{row, std::min(rows.end, row + most)});
}

template <class T>
void add_bias(const Matrix<T>& y, const T* bias) {
  const Index outer = y.transposed ? y.columns : y.rows, inner = y.transposed ? y.rows : y.columns;
  for (Index i = 0; i < outer; ++i) {
    T* row = y.data + i * y.distance;
    for (Index j = 0; j < inner; ++j) row[j] += bias[y.transposed ? i : j];
  }
}

template <class T>
void add_columns(const Matrix<const T>& dy, T* sums) {
  const Index outer = dy.transposed ? dy.columns : dy.rows;
  const Index inner = dy.transposed ? dy.rows : dy.columns;
  for (Index i = 0; i < outer; ++i) {
    const T* row = dy.data + i * dy.distance;
    for (Index j = 0; j < inner; ++j) sums[dy.transposed ? i : j] += row[j];
  }
}

// The gradient of the block's rows, for some rows of output.
template <class T>
void block_gradient(const Lowering<T>& lowering, const T* matrix, const Images<const T>& dy,
                    Range rows, T* gradient) {
  const Matrix<const T> kernel{matrix, lowering.depth, dy.channels, dy.channels};
  const Index count = rows.size() * dy.columns;
  const Matrix<T> all{gradient, count, lowering.depth, lowering.pitch};
  for_each_matrix(dy, rows, [&](Range place, const Matrix<const T>& dy_piece) {
    multiply<T>(dy_piece, kernel.transpose(), 0, all.rows_in(place));
  });
}

}  // namespace

template <class T>
void Lowering<T>::accumulate(const LaneRows<const T>&, const LaneRows<const T>&, Range, T*) const {}

template <class T>
void lowered_forward(const Lowering<T>& lowering, const Images<const T>& x, const T* matrix,
                     const T* bias, const Images<T>& y) {
  const Window& window = lowering.window;
  const Matrix<const T> kernel{matrix, lowering.depth, y.channels, y.channels};
  const Index tile_rows = rows_of_tile(lowering, 1 << 15);
  const Cut tasks = Cut::by_work(window.batch * y.rows, work_of(lowering, y.channels), least_work,
                                 ceil_div(window.batch * y.rows, tile_rows));
  parallel_for(tasks.parts, [&](Index task) {
    RowReader<T> reader(x);
    Scratch<T> scratch(tile_rows * y.columns * lowering.pitch);
    for_each_tile(tasks[task], tile_rows, [&](Range rows) {
      T* to = scratch.data();
      for_each_image(rows, y.rows, [&](Index n, Range part) {
        lowering.lower(reader.read(n, window.rows.inputs_of(part)), part, to);
        to += part.size() * y.columns * lowering.pitch;
      });
      const Matrix<const T> block{scratch.data(), rows.size() * y.columns, lowering.depth,
                                  lowering.pitch};
      for_each_matrix(y, rows, [&](Range place, const Matrix<T>& y_piece) {
        multiply<T>(block.rows_in(place), kernel, 0, y_piece);
        if (bias) add_bias(y_piece, bias);
      });
    });
  });
}

template <class T>
void lowered_backward(const Lowering<T>& lowering, const Images<const T>& x, const T* matrix,
                      const Images<const T>& dy, const LoweredGradients<T>& gradients) {
  const Window& window = lowering.window;
  const WindowAxis& axis = window.rows;
  const Index depth = lowering.depth, pitch = lowering.pitch, filters = dy.channels;
  const bool back = gradients.x || gradients.parameters;  // whether the block's gradient is needed
  const Index row_size = dy.columns * pitch;
  // The input rows that an output row answers for: each has one owner.
  const auto owned = [&](Index p) {
    return p == axis.output ? axis.input : std::min(axis.input, p * axis.stride);
  };
  // Kernel gradients are summed apart in each part.
  const Index sums_size = (gradients.parameters ? lowering.parameters : 0) +
                          (gradients.matrix ? depth * filters : 0) + (gradients.bias ? filters : 0);
  const Cut parts =
      Cut::by_work(window.batch * dy.rows, work_of(lowering, filters), least_work,
                   sums_size == 0 ? 64 : std::clamp<Index>((1 << 22) / sums_size, 2, 16));
  Scratch<T> sums(parts.parts * sums_size);
  sums.clear();
  const Index tile_rows = rows_of_tile(lowering, 1 << 16);
  Images<T> dx{gradients.x, x.rows, x.columns, x.channels, x.channels_first, x.multiplier, x.lanes};

  parallel_for(parts.parts, [&](Index part) {
    T* parameter_sums = sums.data() + part * sums_size;
    T* matrix_sums = parameter_sums + (gradients.parameters ? lowering.parameters : 0);
    T* bias_sums = matrix_sums + (gradients.matrix ? depth * filters : 0);
    RowReader<T> reader(x);
    RowWriter<T> writer(dx);
    Scratch<T> block(gradients.matrix ? tile_rows * row_size : 0), back_block;
    for_each_tile(parts[part], tile_rows, [&](Range rows) {
      // The rows of output that touch the input rows that these answer for, and these themselves.
      Range hull = rows;
      if (gradients.x) {
        for_each_image(rows, dy.rows, [&](Index n, Range own) {
          const Range needed = axis.outputs_of({owned(own.begin), owned(own.end)});
          if (needed.size() == 0) return;
          hull.begin = std::min(hull.begin, n * dy.rows + needed.begin);
          hull.end = std::max(hull.end, n * dy.rows + needed.end);
        });
      }
      if (back) {
        back_block.reserve(hull.size() * row_size);
        back_block.clear();
        block_gradient(lowering, matrix, dy, hull, back_block.data());
      }
      T* to = block.data();
      for_each_image(rows, dy.rows, [&](Index n, Range own) {
        const LaneRows<const T> back_rows{back_block.data(), hull.begin - n * dy.rows, dy.columns,
                                          pitch};
        if (gradients.matrix || gradients.parameters) {
          const LaneRows<const T> x_rows = reader.read(n, axis.inputs_of(own));
          if (gradients.matrix) lowering.lower(x_rows, own, to);
          if (gradients.parameters) lowering.accumulate(x_rows, back_rows, own, parameter_sums);
          to += own.size() * row_size;
        }
        if (gradients.x)
          for (Index h = owned(own.begin); h < owned(own.end); ++h) {
            lowering.raise(back_rows, h, writer.begin(n, h));
            writer.end(n, h);
          }
      });
      const Matrix<const T> block_matrix{block.data(), rows.size() * dy.columns, depth, pitch};
      for_each_matrix(dy, rows, [&](Range place, const Matrix<const T>& dy_piece) {
        if (gradients.matrix)
          multiply<T>(block_matrix.rows_in(place).transpose(), dy_piece, 1,
                      Matrix<T>{matrix_sums, depth, filters, filters});
        if (gradients.bias) add_columns(dy_piece, bias_sums);
      });
    });
  });
  for (Index part = 1; part < parts.parts; ++part)
    for (Index i = 0; i < sums_size; ++i) sums.data()[i] += sums.data()[part * sums_size + i];
  const T* sum = sums.data();
  if (gradients.parameters) {
    std::copy_n(sum, lowering.parameters, gradients.parameters);
    sum += lowering.parameters;
  }
  if (gradients.matrix) {
    std::copy_n(sum, depth * filters, gradients.matrix);
    sum += depth * filters;
  }
  if (gradients.bias) std::copy_n(sum, filters, gradients.bias);
}

template class Lowering<float>;
template class Lowering<double>;
template void lowered_forward(const Lowering<float>&, const Images<const float>&, const float*,
                              const float*, const Images<float>&);
template void lowered_forward(const Lowering<double>&, const Images<const double>&, const double*,
                              const double*, const Images<double>&);
template void lowered_backward(const Lowering<float>&, const Images<const float>&, const float*,
                               const Images<const float>&, const LoweredGradients<float>&);
template void lowered_backward(const Lowering<double>&, const Images<const double>&, const double*,
                               const Images<const double>&, const LoweredGradients<double>&);

}  // namespace reel::kernels
