#include <reel/core/kernels/convolution/depthwise_planes.h>

namespace reel::kernels {
namespace {

// A plane's rows are a short run of memory, whose end no hardware foresees: the same rows of a
// plane some channels further on are fetched, or behind the last channel the next rows of the first
// ones.
Index ahead_of(Index channel, Index channels, Index plane, Index rows) {
  const Index planes = std::min<Index>(3, channels);
  return channel + planes < channels ? planes * plane : (planes - channels) * plane + rows;
}

// The same for memory that is to be written.
template <class T>
void fetch_to_write(const T* to, Index count) {
  constexpr Index line = 64 / static_cast<Index>(sizeof(T));
  for (Index i = 0; i < count; i += line) __builtin_prefetch(to + i, 1);
}

// The share of the places that planes have for an axis in which numbers of x stand; the others are
// zeros, and what vectors are rounded up by.
double used_places(const WindowAxis& axis, Index vector) {
  const Index steps = ceil_div(axis.output, vector) * vector;
  const double places = static_cast<double>(steps) * axis.stride + axis.reach() - 1;
  return static_cast<double>(axis.input) / places;
}

}  // namespace

template <class T>
bool on_planes(const Window& window, Index channels, Index multiplier) {
  if (!window.channels_first && channels > 1) return false;
  const Index depth = channels * multiplier;
  const double used =
      used_places(window.rows, 1) * used_places(window.columns, whole_vectors<T>(1));
  return 2 * used * static_cast<double>(whole_vectors<T>(depth)) > static_cast<double>(depth);
}

template <class T>
DepthwisePlanes<T>::DepthwisePlanes(const Window& window, Index channels, Index multiplier,
                                    const T* w)
    : Lowering<T>(window, input_images<const T>(window, nullptr, channels)),
      channels_(channels),
      multiplier_(multiplier),
      outputs_(SpreadAxis::of_outputs(window.rows), SpreadAxis::of_outputs(window.columns),
               sizeof(T)),
      inputs_(SpreadAxis::of_inputs(window.rows), SpreadAxis::of_inputs(window.columns), sizeof(T)),
      offsets_(outputs_.offsets()) {
  this->depth = this->pitch = channels * multiplier;
  this->by_columns = true;
  this->parameters = window.taps() * this->depth;
  T* const kernel = kernel_.reserve(this->parameters);
  T* const reversed = reversed_.reserve(this->parameters);
  const Index rows = window.rows.kernel, columns = window.columns.kernel;
  for (Index c = 0; c < channels; ++c)
    for (Index m = 0; m < multiplier; ++m)
      for (Index r = 0; r < rows; ++r)
        for (Index s = 0; s < columns; ++s) {
          const Index lane = c * multiplier + m;
          const T value = w[(r * columns + s) * this->depth + lane];
          kernel[(lane * rows + r) * columns + s] = value;
          const Index back = (c * rows + rows - 1 - r) * multiplier + m;
          reversed[back * columns + columns - 1 - s] = value;
        }
}

template <class T>
void DepthwisePlanes<T>::look(const Images<const T>& x, Index n, Range outputs,
                              const Matrix<T>& block, const BlockRows<T>& block_gradient,
                              T* parameter_gradient) const {
  const Index columns = this->window.columns.output, taps = this->window.taps();
  const Matrix<const T>& gradient = block_gradient.positions;
  const T* const end = x.plane(this->window.batch, 0);
  Scratch<T> sums(parameter_gradient ? taps * whole_vectors<T>(1) : 0);
  outputs_.for_each_part(outputs, 1, [&](Range part) {
    Scratch<T> sources(outputs_.size(part.size()));
    sources.clear();
    const PlaneTaps plane_taps = outputs_.taps(part.size(), offsets_);
    const Index to = (part.begin - outputs.begin) * columns;
    const Index from = (part.begin - block_gradient.first) * columns;
    const Index rows = part.size() * this->window.rows.stride * this->window.columns.input;
    for (Index c = 0; c < channels_; ++c) {
      const Index ahead = ahead_of(c, channels_, this->window.input_positions(), rows);
      outputs_.copy(x.plane(n, c), 0, end, ahead, part, sources.data());
      for (Index lane = c * multiplier_; lane < (c + 1) * multiplier_; ++lane) {
        if (block.data)
          planes<T>().correlate(plane_taps, sources.data(), kernel_.data() + lane * taps,
                                block.data + lane * block.distance + to, columns);
        if (parameter_gradient)
          planes<T>().accumulate(plane_taps, sources.data(),
                                 gradient.data + lane * gradient.distance + from, columns,
                                 sums.data(), parameter_gradient + lane * taps);
      }
    }
  });
}

template <class T>
void DepthwisePlanes<T>::lower(RowReader<T>& x, Index n, Range outputs,
                               const Matrix<T>& block) const {
  look(x.images(), n, outputs, block, {}, nullptr);
}

template <class T>
void DepthwisePlanes<T>::accumulate(RowReader<T>& x, Index n, const BlockRows<T>& block_gradient,
                                    Range outputs, T* parameter_gradient) const {
  look(x.images(), n, outputs, {}, block_gradient, parameter_gradient);
}

template <class T>
void DepthwisePlanes<T>::lower_and_accumulate(RowReader<T>& x, Index n,
                                              const BlockRows<T>& block_gradient, Range outputs,
                                              const Matrix<T>& block, T* parameter_gradient) const {
  look(x.images(), n, outputs, block, block_gradient, parameter_gradient);
}

template <class T>
void DepthwisePlanes<T>::raise(const BlockRows<T>& block_gradient, Index n, Range inputs,
                               RowWriter<T>& dx) const {
  const Matrix<const T>& block = block_gradient.positions;
  const Index columns = this->window.columns.input, taps = this->window.taps();
  const T* const end = block.data + (this->depth - 1) * block.distance + block.rows;
  inputs_.for_each_part(inputs, multiplier_, [&](Range part) {
    const Index size = inputs_.size(part.size());
    Scratch<T> sources(multiplier_ * size);
    sources.clear();
    const memory::Vector<Index> offsets = inputs_.offsets(multiplier_, size);
    const PlaneTaps plane_taps = inputs_.taps(part.size(), offsets);
    for (Index c = 0; c < channels_; ++c) {
      T* const to = dx.images().plane(n, c) + part.begin * columns;
      if (c + 1 < channels_)
        fetch_to_write(to + this->window.input_positions(), part.size() * columns);
      for (Index m = 0; m < multiplier_; ++m)
        inputs_.copy(block.data + (c * multiplier_ + m) * block.distance, block_gradient.first, end,
                     multiplier_ * block.distance, part, sources.data() + m * size);
      planes<T>().correlate(plane_taps, sources.data(), reversed_.data() + c * multiplier_ * taps,
                            to, columns);
    }
  });
}

template <class T>
void DepthwisePlanes<T>::take_gradient(const T* parameters, T* dw) const {
  const Index taps = this->window.taps();
  for (Index lane = 0; lane < this->depth; ++lane)
    for (Index tap = 0; tap < taps; ++tap)
      dw[tap * this->depth + lane] = parameters[lane * taps + tap];
}

template bool on_planes<float>(const Window&, Index, Index);
template bool on_planes<double>(const Window&, Index, Index);
template class DepthwisePlanes<float>;
template class DepthwisePlanes<double>;

}  // namespace reel::kernels
