#include <reel/core/kernels/convolution/im2col.h>

#include <reel/core/kernels/convolution/window_taps.h>

namespace reel::kernels {

template <class T>
Patches<T>::Patches(const Window& window, Index channels) : Lowering<T>(window) {
  // Whole patches are copied, so only pixels that must be turned anyway get whole vectors.
  this->input = input_images<const T>(window, nullptr, channels);
  if (window.channels_first) this->input = in_lanes(this->input);
  this->depth = this->pitch = window.taps() * channels;
}

template <class T>
void Patches<T>::lower(RowReader<T>& reader, Index n, Range outputs,
                       const Matrix<T>& positions) const {
  const WindowAxis& columns = this->window.columns;
  const LaneRows<const T> x = reader.read(n, inputs_of(this->window.rows, outputs));
  T* block = positions.data;
  const Index channels = this->input.channels;
  for (Index p = outputs.begin; p < outputs.end; ++p) {
    const Taps row_taps = taps_of_output(this->window.rows, p);
    for (Index q = 0; q < columns.output; ++q, block += this->pitch) {
      const Taps taps = taps_of_output(columns, q);
      if (row_taps.count * taps.count < this->window.taps()) std::fill_n(block, this->depth, T(0));
      for (Index i = 0; i < row_taps.count; ++i) {
        const T* row = x.row(row_taps.other + i * row_taps.other_step);
        T* to = block + (row_taps.tap + i * row_taps.tap_step) * columns.kernel * channels;
        for (Index j = 0; j < taps.count; ++j)
          std::copy_n(row + (taps.other + j * taps.other_step) * x.lanes, channels,
                      to + (taps.tap + j * taps.tap_step) * channels);
      }
    }
  }
}

template <class T>
void Patches<T>::raise(const BlockRows<T>& block_gradient, Index n, Range inputs,
                       RowWriter<T>& dx) const {
  const LaneRows<const T> rows = this->lanes_of(block_gradient);
  dx.write(n, inputs, [&](Range part, T* to) { raise_rows(rows, part, to); });
}

template <class T>
void Patches<T>::raise_rows(const LaneRows<const T>& block_gradient, Range inputs, T* dx) const {
  const WindowAxis& columns = this->window.columns;
  const Index channels = this->input.channels;
  for (Index h = inputs.begin; h < inputs.end; ++h) {
    const Taps row_taps = taps_of_input(this->window.rows, h);
    for (Index w = 0; w < columns.input; ++w, dx += this->input.lanes) {
      const Taps taps = taps_of_input(columns, w);
      std::fill_n(dx, channels, T(0));
      for (Index i = 0; i < row_taps.count; ++i) {
        const T* row = block_gradient.row(row_taps.other + i * row_taps.other_step) +
                       (row_taps.tap + i * row_taps.tap_step) * columns.kernel * channels;
        for (Index j = 0; j < taps.count; ++j) {
          const T* from = row + (taps.other + j * taps.other_step) * this->pitch +
                          (taps.tap + j * taps.tap_step) * channels;
          for (Index c = 0; c < channels; ++c) dx[c] += from[c];
        }
      }
    }
  }
}

template class Patches<float>;
template class Patches<double>;

}  // namespace reel::kernels
