#include <reel/core/kernels/depthwise.h>
#include <reel/core/kernels/depthwise_blocks.h>

namespace reel::kernels {

template <class T>
DepthwiseBlocks<T>::DepthwiseBlocks(const Window& window, Index channels, Index multiplier,
                                    const T* w)
    : Lowering<T>(window),
      loops_(depthwise_rows<T>()),
      outputs_(window.columns.segments_of_outputs()),
      inputs_(window.columns.segments_of_inputs()) {
  this->depth = channels * multiplier;
  this->pitch = whole_vectors<T>(this->depth);
  this->parameters = window.taps() * this->pitch;
  pad_lanes(w, window.taps(), this->depth, this->pitch, kernel_.reserve(this->parameters));
}

template <class T>
void DepthwiseBlocks<T>::lower(const LaneRows<const T>& x, Range outputs, T* block) const {
  const Columns columns = columns_of(outputs_, this->window.columns);
  for (Index p = outputs.begin; p < outputs.end; ++p) {
    loops_.correlate(x, this->window.rows.taps_of_output(p), columns, kernel_.data(), block);
    block += this->window.columns.output * this->pitch;
  }
}

template <class T>
void DepthwiseBlocks<T>::raise(const LaneRows<const T>& block_gradient, Index h, T* dx) const {
  loops_.correlate(block_gradient, this->window.rows.taps_of_input(h),
                   columns_of(inputs_, this->window.columns), kernel_.data(), dx);
}

template <class T>
void DepthwiseBlocks<T>::accumulate(const LaneRows<const T>& x,
                                    const LaneRows<const T>& block_gradient, Range outputs,
                                    T* parameter_gradient) const {
  const Columns columns = columns_of(outputs_, this->window.columns);
  for (Index p = outputs.begin; p < outputs.end; ++p)
    loops_.accumulate(x, this->window.rows.taps_of_output(p), columns, block_gradient.row(p),
                      parameter_gradient);
}

template class DepthwiseBlocks<float>;
template class DepthwiseBlocks<double>;

}  // namespace reel::kernels
