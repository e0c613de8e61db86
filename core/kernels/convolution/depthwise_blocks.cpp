#include <reel/core/kernels/convolution/depthwise_blocks.h>

#include <reel/core/kernels/convolution/depthwise.h>

namespace reel::kernels {
namespace {

// How many output rows ahead x is fetched: not so many that they flood the cache.
template <class T>
Index most_ahead(const Window& window, const Images<const T>& input) {
  constexpr Index most_bytes = 1 << 16;
  if (!input.in_place()) return 1;
  const Index numbers = window.rows.stride * window.columns.input * input.lanes;
  return 1 + most_bytes / (1 + numbers * static_cast<Index>(sizeof(T)));
}

}  // namespace

template <class T>
DepthwiseBlocks<T>::DepthwiseBlocks(const Window& window, Index channels, Index multiplier,
                                    const T* w, bool raises)
    : Lowering<T>(window, in_lanes(input_images<const T>(window, nullptr, channels), multiplier)),
      outputs_(TapGrid::of_outputs(window, most_ahead(window, this->input))),
      inputs_(raises ? std::optional(TapGrid::of_inputs(window)) : std::nullopt) {
  this->depth = channels * multiplier;
  this->pitch = this->input.lanes;
  this->parameters = window.taps() * this->pitch;
  pad_lanes(w, window.taps(), this->depth, this->pitch, kernel_.reserve(this->parameters));
}

template <class T>
void DepthwiseBlocks<T>::filter(RowReader<T>& x, Index n, Range outputs, bool fetch,
                                const Matrix<T>& block) const {
  Grid grid = outputs_.rows(outputs);
  if (!fetch) grid.ahead = 0;
  depthwise_rows<T>().correlate(x.read(n, inputs_of(this->window.rows, outputs)), grid,
                                kernel_.data(), block.data);
}

// Mostly the way forward, where x was written just now: if it is small, it is still in a cache that
// hardware fetches from in time, and to ask for it costs more than it brings.
template <class T>
void DepthwiseBlocks<T>::lower(RowReader<T>& x, Index n, Range outputs,
                               const Matrix<T>& block) const {
  constexpr Index small = 4 << 20;
  const Index bytes = this->window.batch * x.images().image_size() * static_cast<Index>(sizeof(T));
  filter(x, n, outputs, bytes > small, block);
}

// On the way back, x was written long ago.
template <class T>
void DepthwiseBlocks<T>::lower_and_accumulate(RowReader<T>& x, Index n,
                                              const BlockRows<T>& block_gradient, Range outputs,
                                              const Matrix<T>& block, T* parameter_gradient) const {
  filter(x, n, outputs, true, block);
  accumulate(x, n, block_gradient, outputs, parameter_gradient);
}

template <class T>
void DepthwiseBlocks<T>::raise(const BlockRows<T>& block_gradient, Index n, Range inputs,
                               RowWriter<T>& dx) const {
  const LaneRows<const T> rows = this->lanes_of(block_gradient);
  dx.write(n, inputs, [&](Range part, T* to) {
    depthwise_rows<T>().correlate(rows, inputs_->rows(part), kernel_.data(), to);
  });
}

template <class T>
void DepthwiseBlocks<T>::accumulate(RowReader<T>& x, Index n, const BlockRows<T>& block_gradient,
                                    Range outputs, T* parameter_gradient) const {
  depthwise_rows<T>().accumulate(
      x.read(n, inputs_of(this->window.rows, outputs)), outputs_.rows(outputs),
      this->lanes_of(block_gradient).row(outputs.begin), parameter_gradient);
}

template <class T>
void DepthwiseBlocks<T>::take_gradient(const T* parameters, T* dw) const {
  drop_lanes(parameters, this->window.taps(), this->depth, this->pitch, dw);
}

template class DepthwiseBlocks<float>;
template class DepthwiseBlocks<double>;

}  // namespace reel::kernels
