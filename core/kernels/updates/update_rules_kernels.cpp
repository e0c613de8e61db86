// The loops of update_rules.h, compiled once for each instruction set (isa.h).
#include <reel/core/kernels/updates/update_rules.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

inline float root(float x) { return __builtin_sqrtf(x); }
inline double root(double x) { return __builtin_sqrt(x); }
inline float power(float x, float p) { return __builtin_powf(x, p); }
inline double power(double x, double p) { return __builtin_pow(x, p); }
inline float magnitude(float x) { return __builtin_fabsf(x); }
inline double magnitude(double x) { return __builtin_fabs(x); }
inline float largest(float) { return __FLT_MAX__; }
inline double largest(double) { return __DBL_MAX__; }

template <class T>
T bounded(T sum) {
  return sum > largest(sum) ? largest(sum) : sum;
}
template <class T>
T square(T x) {
  return bounded(x * x);
}
// rms - mean^2, which rounding may bring below 0; rms where mean^2 is larger than any number.
template <class T>
T variance(T rms, T mean) {
  const T squared = mean * mean;
  const T difference = squared > largest(squared) ? rms : rms - squared;
  return difference < 0 ? T(0) : difference;
}

// --- momentum ----------------------------------------------------------------------------------

template <class T>
void sgd(const UpdateRange<T>& at, MomentumNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) w[i] -= k.rate * g[i];
}

template <bool nesterov, class T>
void velocity(const UpdateRange<T>& at, MomentumNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  T* __restrict a = at.slots[0];
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) {
    const T step = k.rate * g[i];
    a[i] = k.momentum * a[i] - step;
    w[i] += nesterov ? k.momentum * a[i] - step : a[i];
  }
}

template <bool nesterov, class T>
void momentum(const UpdateRange<T>& at, MomentumNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  T* __restrict a = at.slots[0];
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) {
    a[i] = k.momentum * a[i] + g[i];
    w[i] -= k.rate * (nesterov ? g[i] + k.momentum * a[i] : a[i]);
  }
}

// --- moving averages of the gradient and of its square -----------------------------------------

template <class T>
void adam(const UpdateRange<T>& at, AdamNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  T* __restrict m = at.slots[0];
  T* __restrict v = at.slots[1];
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) {
    m[i] += (g[i] - m[i]) * k.to_m;
    v[i] += (square(g[i]) - v[i]) * k.to_v;
    w[i] -= k.rate * m[i] / (root(v[i]) + k.epsilon);
  }
}

template <class T>
void amsgrad(const UpdateRange<T>& at, AdamNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  T* __restrict m = at.slots[0];
  T* __restrict v = at.slots[1];
  T* __restrict most = at.slots[2];
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) {
    m[i] += (g[i] - m[i]) * k.to_m;
    const T new_v = v[i] + (square(g[i]) - v[i]) * k.to_v;
    v[i] = new_v;
    const T old_most = most[i];
    const T new_most = old_most >= new_v ? old_most : new_v;
    most[i] = new_most;
    w[i] -= k.rate * m[i] / (root(new_most) + k.epsilon);
  }
}

template <class T>
void adamax(const UpdateRange<T>& at, AdamaxNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  T* __restrict m = at.slots[0];
  T* __restrict v = at.slots[1];
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) {
    m[i] += (g[i] - m[i]) * k.to_m;
    const T decayed = k.beta_2 * v[i], now = magnitude(g[i]);
    const T most = decayed >= now ? decayed : now;
    v[i] = most;
    w[i] -= k.rate * m[i] / (most + k.epsilon);
  }
}

template <class T>
void nadam(const UpdateRange<T>& at, NadamNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  T* __restrict m = at.slots[0];
  T* __restrict v = at.slots[1];
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) {
    m[i] += (g[i] - m[i]) * k.to_m;
    v[i] += (square(g[i]) - v[i]) * k.to_v;
    w[i] -= (k.of_g * g[i] + k.of_m * m[i]) / (root(v[i]) * k.root_unbias + k.epsilon);
  }
}

// --- RMSprop -----------------------------------------------------------------------------------

template <class T>
void rmsprop(const UpdateRange<T>& at, RMSpropNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  T* __restrict rms = at.slots[0];
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) {
    rms[i] += (square(g[i]) - rms[i]) * k.to_rms;
    w[i] -= k.rate * g[i] / (root(rms[i]) + k.epsilon);
  }
}

template <class T>
void centered_rmsprop(const UpdateRange<T>& at, RMSpropNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  T* __restrict rms = at.slots[0];
  T* __restrict mean = at.slots[1];
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) {
    rms[i] += (square(g[i]) - rms[i]) * k.to_rms;
    mean[i] += (g[i] - mean[i]) * k.to_rms;
    w[i] -= k.rate * g[i] / (root(variance(rms[i], mean[i])) + k.epsilon);
  }
}

template <class T>
void momentum_rmsprop(const UpdateRange<T>& at, RMSpropNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  T* __restrict rms = at.slots[0];
  T* __restrict a = at.slots[1];
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) {
    rms[i] += (square(g[i]) - rms[i]) * k.to_rms;
    a[i] = k.momentum * a[i] + k.rate * g[i] / root(rms[i] + k.epsilon);
    w[i] -= a[i];
  }
}

template <class T>
void centered_momentum_rmsprop(const UpdateRange<T>& at, RMSpropNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  T* __restrict rms = at.slots[0];
  T* __restrict a = at.slots[1];
  T* __restrict mean = at.slots[2];
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) {
    rms[i] += (square(g[i]) - rms[i]) * k.to_rms;
    mean[i] += (g[i] - mean[i]) * k.to_rms;
    a[i] = k.momentum * a[i] + k.rate * g[i] / root(variance(rms[i], mean[i]) + k.epsilon);
    w[i] -= a[i];
  }
}

// --- sums of squares ---------------------------------------------------------------------------

template <class T>
void adagrad(const UpdateRange<T>& at, AdagradNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  T* __restrict sum = at.slots[0];
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) {
    sum[i] = bounded(sum[i] + g[i] * g[i]);
    w[i] -= k.rate * g[i] / (root(sum[i]) + k.epsilon);
  }
}

template <class T>
void adadelta(const UpdateRange<T>& at, AdadeltaNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  T* __restrict of_g = at.slots[0];
  T* __restrict of_change = at.slots[1];
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) {
    of_g[i] += (square(g[i]) - of_g[i]) * k.to_mean;
    const T change = root(of_change[i] + k.epsilon) / root(of_g[i] + k.epsilon) * g[i];
    of_change[i] += (square(change) - of_change[i]) * k.to_mean;
    w[i] -= k.rate * change;
  }
}

// A root where the power is -1/2, as it mostly is.
template <bool is_root, class T>
void ftrl_with(const UpdateRange<T>& at, FtrlNumbers<T> k) {
  const T* __restrict g = at.g;
  T* __restrict w = at.w;
  T* __restrict sum = at.slots[0];
  T* __restrict linear = at.slots[1];
  const Index n = at.n;
  for (Index i = 0; i < n; ++i) {
    const T old_sum = sum[i], new_sum = bounded(old_sum + g[i] * g[i]);
    const T old_root = is_root ? root(old_sum) : power(old_sum, -k.power);
    const T new_root = is_root ? root(new_sum) : power(new_sum, -k.power);
    const T z =
        linear[i] + (g[i] + 2 * k.shrinkage * w[i] - (new_root - old_root) * k.per_rate * w[i]);
    const T towards = z > 0 ? k.l1 - z : -k.l1 - z;
    const T moved = towards / (new_root * k.per_rate + 2 * k.l2);
    sum[i] = new_sum;
    linear[i] = z;
    w[i] = magnitude(z) <= k.l1 ? T(0) : moved;
  }
}

template <class T>
void ftrl(const UpdateRange<T>& at, FtrlNumbers<T> k) {
  if (k.power == T(-0.5))
    ftrl_with<true>(at, k);
  else
    ftrl_with<false>(at, k);
}

template <class T>
void scale(T* w, T factor, Index n) {
  for (Index i = 0; i < n; ++i) w[i] *= factor;
}

template <class T>
constexpr UpdateRules<T> table{sgd<T>,
                               velocity<false, T>,
                               velocity<true, T>,
                               momentum<false, T>,
                               momentum<true, T>,
                               adam<T>,
                               amsgrad<T>,
                               adamax<T>,
                               nadam<T>,
                               rmsprop<T>,
                               centered_rmsprop<T>,
                               momentum_rmsprop<T>,
                               centered_momentum_rmsprop<T>,
                               adagrad<T>,
                               adadelta<T>,
                               ftrl<T>,
                               scale<T>};

}  // namespace
}  // namespace REEL_ISA

const UpdateRulesTables& update_rules_tables(REEL_ISA::Set) {
  static constexpr UpdateRulesTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
