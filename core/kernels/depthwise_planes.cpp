#include <reel/core/kernels/depthwise_planes.h>

namespace reel::kernels {
namespace {

Index width_of(Index bytes) { return vector_bytes / bytes; }

// A plane's rows are a short run of memory, whose end no hardware foresees.
constexpr Index ahead_planes = 3;

}  // namespace

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
void DepthwisePlanes<T>::lower(RowReader<T>& x, Index n, Range outputs,
                               const Matrix<T>& block) const {
  const T* const x_end = x.images().plane(this->window.batch, 0);
  const Index ahead = ahead_planes * this->window.input_positions();
  const Index columns = this->window.columns.output, taps = this->window.taps();
  outputs_.for_each_part(outputs, 1, [&](Range part) {
    Scratch<T> sources(outputs_.size(part.size()));
    sources.clear();
    const PlaneTaps plane_taps = outputs_.taps(part.size(), offsets_);
    T* const to = block.data + (part.begin - outputs.begin) * columns;
    for (Index c = 0; c < channels_; ++c) {
      outputs_.copy(x.images().plane(n, c), 0, x_end, ahead, part, sources.data());
      for (Index lane = c * multiplier_; lane < (c + 1) * multiplier_; ++lane)
        planes<T>().correlate(plane_taps, sources.data(), kernel_.data() + lane * taps,
                              to + lane * block.distance, columns);
    }
  });
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
      for (Index m = 0; m < multiplier_; ++m)
        inputs_.copy(block.data + (c * multiplier_ + m) * block.distance, block_gradient.first, end,
                     0, part, sources.data() + m * size);
      planes<T>().correlate(plane_taps, sources.data(), reversed_.data() + c * multiplier_ * taps,
                            dx.images().plane(n, c) + part.begin * columns, columns);
    }
  });
}

template <class T>
void DepthwisePlanes<T>::accumulate(RowReader<T>& x, Index n, const BlockRows<T>& block_gradient,
                                    Range outputs, T* parameter_gradient) const {
  const Matrix<const T>& block = block_gradient.positions;
  const Index columns = this->window.columns.output, taps = this->window.taps();
  const Index row = ceil_div(columns, width_of(sizeof(T))) * width_of(sizeof(T));
  const T* const end = block.data + (this->depth - 1) * block.distance + block.rows;
  const T* const x_end = x.images().plane(this->window.batch, 0);
  const Index ahead = ahead_planes * this->window.input_positions();
  const PlaneRun whole_row{0, 0, columns};
  Scratch<T> sums(taps * width_of(sizeof(T)));
  outputs_.for_each_part(outputs, 1, [&](Range part) {
    Scratch<T> sources(outputs_.size(part.size())), gradient(part.size() * row);
    sources.clear();
    gradient.clear();
    const PlaneTaps plane_taps = outputs_.taps(part.size(), offsets_);
    const PlaneCopy copy{&whole_row, 1, 1, 1, part.size(), columns, row, 0};
    const T* const from = block.data + (part.begin - block_gradient.first) * columns;
    for (Index c = 0; c < channels_; ++c) {
      outputs_.copy(x.images().plane(n, c), 0, x_end, ahead, part, sources.data());
      for (Index lane = c * multiplier_; lane < (c + 1) * multiplier_; ++lane) {
        const T* dy = from + lane * block.distance;
        if (row > columns) {  // a vector's rest must be zero
          planes<T>().copy(copy, dy, end, gradient.data());
          dy = gradient.data();
        }
        planes<T>().accumulate(plane_taps, sources.data(), dy, row, sums.data(),
                               parameter_gradient + lane * taps);
      }
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

template class DepthwisePlanes<float>;
template class DepthwisePlanes<double>;

}  // namespace reel::kernels
