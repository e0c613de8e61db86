// Batch normalization as its definition says, channel by channel.
//
//   mean = sum(x) / n,  variance = sum((x - mean)^2) / n,  x^ = (x - mean) / sqrt(variance + e)
//   y = gamma x^ + beta
//
// over the n numbers of a channel; gamma and beta may be null and stand for 1 and 0. In training
// mean and variance are x's own, and its gradient goes through them; in inference they are two more
// arguments. Sums are in double, the second one around the mean: no digits are lost to numbers far
// from zero. Read before: normalization.h. Read next: naive_normalization.cpp, and, the fast way,
// normalization_loops.h.
#pragma once

#include <reel/core/kernels/normalization/normalization_loops.h>

namespace reel::kernels::naive {

/// What x is seen as, e, and one number a channel each.
template <class T>
struct Normalization {
  ChannelView view;
  double epsilon = 0;
  const T *gamma = nullptr, *beta = nullptr;
  const T *mean = nullptr, *variance = nullptr;
};

/// Where the gradients go; null for one that is not wanted.
template <class T>
struct NormalizationGradients {
  T *x = nullptr, *gamma = nullptr, *beta = nullptr;
  T *mean = nullptr, *variance = nullptr;  // of inference alone
};

template <class T>
void channel_moments(const ChannelView& view, const T* x, T* mean, T* variance);

template <class T>
void normalize(const Normalization<T>& n, const T* x, T* y);

/// Of training: mean and variance are those of x.
template <class T>
void training_gradients(const Normalization<T>& n, const T* x, const T* dy,
                        const NormalizationGradients<T>& to);

/// Of inference: mean and variance are arguments.
template <class T>
void inference_gradients(const Normalization<T>& n, const T* x, const T* dy,
                         const NormalizationGradients<T>& to);

}  // namespace reel::kernels::naive
