// Two sums over one walk: forward, y takes its shares of x; back, x takes those of dy.
//
// The gradient of a linear map is its transpose: the same shares with source and target exchanged,
// which one walk cannot get wrong. Both neighbours of an outermost position may be the same input;
// it then gets both weights. Read before: naive_upsampling.h.
#include <reel/core/kernels/naive/naive_upsampling.h>

#include <algorithm>
#include <cmath>

namespace reel::kernels::naive {
namespace {

// Calls f(input, weight) for the two neighbours of output p of an axis.
template <class F>
void for_neighbours(Index p, Index inputs, Index factor, const F& f) {
  const double centre = (static_cast<double>(p) + 0.5) / static_cast<double>(factor) - 0.5;
  const auto below = static_cast<Index>(std::floor(centre));
  const double weight = centre - static_cast<double>(below);
  f(std::clamp<Index>(below, 0, inputs - 1), 1 - weight);
  f(std::clamp<Index>(below + 1, 0, inputs - 1), weight);
}

// Calls f(i, weight, k) for each share of x[i] in y[k].
template <class F>
void for_each_share(const Upsampling& u, const F& f) {
  const Index height = u.height * u.row_factor, width = u.width * u.column_factor;
  for (Index plane = 0; plane < u.planes; ++plane)
    for (Index p = 0; p < height; ++p)
      for (Index q = 0; q < width; ++q)
        for_neighbours(p, u.height, u.row_factor, [&](Index h, double down) {
          for_neighbours(q, u.width, u.column_factor, [&](Index w, double across) {
            for (Index lane = 0; lane < u.lanes; ++lane)
              f(((plane * u.height + h) * u.width + w) * u.lanes + lane, down * across,
                ((plane * height + p) * width + q) * u.lanes + lane);
          });
        });
}

Index inputs_of(const Upsampling& u) { return u.planes * u.height * u.width * u.lanes; }

}  // namespace

template <class T>
void upsample_bilinear(const Upsampling& u, const T* x, T* y) {
  std::fill_n(y, inputs_of(u) * u.row_factor * u.column_factor, T(0));
  for_each_share(u,
                 [&](Index i, double weight, Index k) { y[k] += static_cast<T>(weight) * x[i]; });
}

template <class T>
void upsample_bilinear_adjoint(const Upsampling& u, const T* dy, T* dx) {
  std::fill_n(dx, inputs_of(u), T(0));
  for_each_share(u,
                 [&](Index i, double weight, Index k) { dx[i] += static_cast<T>(weight) * dy[k]; });
}

template void upsample_bilinear(const Upsampling&, const float*, float*);
template void upsample_bilinear(const Upsampling&, const double*, double*);
template void upsample_bilinear_adjoint(const Upsampling&, const float*, float*);
template void upsample_bilinear_adjoint(const Upsampling&, const double*, double*);

}  // namespace reel::kernels::naive
