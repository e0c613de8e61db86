#include <reel/core/kernels/image_rows.h>

namespace reel::kernels {
namespace {

// Distances between neighbours of an image's row.
struct Steps {
  Index column, channel;
};

template <class T>
Steps steps_of(const Images<T>& x) {
  return x.channels_first ? Steps{1, x.rows * x.columns} : Steps{x.channels, 1};
}

}  // namespace

template <class T>
void load_row(const Images<const T>& x, Index n, Index h, T* out) {
  const Steps steps = steps_of(x);
  const T* row = x.row(n, h);
  const Index lanes = x.lanes, used = x.channels * x.multiplier;
  for (Index w = 0; w < x.columns; ++w) {
    T* to = out + w * lanes;
    for (Index c = 0; c < x.channels; ++c)
      std::fill_n(to + c * x.multiplier, x.multiplier, row[w * steps.column + c * steps.channel]);
    std::fill_n(to + used, lanes - used, T(0));
  }
}

template <class T>
void store_row(const Images<T>& x, Index n, Index h, const T* lanes) {
  const Steps steps = steps_of(x);
  T* row = x.row(n, h);
  for (Index w = 0; w < x.columns; ++w, lanes += x.lanes)
    for (Index c = 0; c < x.channels; ++c) {
      T sum = lanes[c * x.multiplier];
      for (Index m = 1; m < x.multiplier; ++m) sum += lanes[c * x.multiplier + m];
      row[w * steps.column + c * steps.channel] = sum;
    }
}

template void load_row(const Images<const float>&, Index, Index, float*);
template void load_row(const Images<const double>&, Index, Index, double*);
template void store_row(const Images<float>&, Index, Index, const float*);
template void store_row(const Images<double>&, Index, Index, const double*);

}  // namespace reel::kernels
