// The loops of softmax_rows.h, compiled once for each instruction set (isa.h).
#include <reel/core/kernels/elementwise/function_math.h>
#include <reel/core/kernels/softmax/softmax_rows.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

constexpr Index lanes = 16;    // sums and maxima of a row are taken in this many parts
constexpr Index buffer = 512;  // numbers on the stack

template <class T>
T larger(T a, T b) {
  return b > a ? b : a;
}
template <class T>
T plus(T a, T b) {
  return a + b;
}

// x[0], x[1], ... folded by f, lane by lane first; n >= 1. `at(i)` gives x[i].
template <auto f, class T, class At>
T folded(Index n, const At& at) {
  if (n < lanes) {
    T result = at(0);
    for (Index i = 1; i < n; ++i) result = f(result, at(i));
    return result;
  }
  T parts[lanes];
  for (Index k = 0; k < lanes; ++k) parts[k] = at(k);
  Index i = lanes;
  for (; i + lanes <= n; i += lanes)
    for (Index k = 0; k < lanes; ++k) parts[k] = f(parts[k], at(i + k));
  for (Index k = 0; i + k < n; ++k) parts[k] = f(parts[k], at(i + k));
  for (Index half = lanes / 2; half > 0; half /= 2)
    for (Index k = 0; k < half; ++k) parts[k] = f(parts[k], parts[half + k]);
  return parts[0];
}

template <class T>
T largest_of(const T* x, Index n) {
  return folded<larger<T>, T>(n, [=](Index i) { return x[i]; });
}
template <class T>
T sum_of(const T* x, Index n) {
  return folded<plus<T>, T>(n, [=](Index i) { return x[i]; });
}

template <class T>
void exp_all(const T* x, T* y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = static_cast<T>(exp<T>(static_cast<double>(x[i])));
}

// y = x less its row's largest number.
template <class T>
void shift(const T* __restrict x, T* __restrict y, T* largest, Index rows, Index n) {
  for (Index r = 0; r < rows; ++r, x += n, y += n) {
    const T most = largest_of(x, n);
    if (largest) largest[r] = most;
    for (Index i = 0; i < n; ++i) y[i] = x[i] - most;
  }
}

template <class T>
void exponentials(const T* x, T* e, T* largest, T* totals, Index rows, Index n) {
  shift(x, e, largest, rows, n);
  exp_all(e, e, rows * n);
  for (Index r = 0; r < rows; ++r) totals[r] = sum_of(e + r * n, n);
}

template <class T>
void softmax(const T* x, T* y, Index rows, Index n) {
  shift(x, y, static_cast<T*>(nullptr), rows, n);
  exp_all(y, y, rows * n);
  for (Index r = 0; r < rows; ++r, y += n) {
    const T scale = 1 / sum_of(y, n);
    for (Index i = 0; i < n; ++i) y[i] *= scale;
  }
}

// Whether one of these shares may be nearly 1: a sum is faster than a search for the largest.
template <class T>
bool one_leads(const T* shares, Index n) {
  const T squares = folded<plus<T>, T>(n, [=](Index i) { return shares[i] * shares[i]; });
  return squares > T(nearly_1 * nearly_1);
}

// The dy of a y that is nearly 1, if there is one, or 0.
template <class T>
[[gnu::noinline]] T leading(const T* y, const T* dy, Index n) {
  for (Index i = 0; i < n; ++i)
    if (y[i] > T(nearly_1)) return dy[i];
  return 0;
}

// dy may have any number taken off. That of a leading y is: else its small dx would be a difference
// of equal numbers.
template <class T>
void softmax_gradient(const T* __restrict y, const T* __restrict dy, T* __restrict dx, Index rows,
                      Index n) {
  for (Index r = 0; r < rows; ++r, y += n, dy += n, dx += n) {
    const T centre = one_leads(y, n) ? leading(y, dy, n) : 0;
    const T total = folded<plus<T>, T>(n, [=](Index i) { return y[i] * (dy[i] - centre); });
    for (Index i = 0; i < n; ++i) dx[i] = y[i] * ((dy[i] - centre) - total);
  }
}

// The sum of those exponentials that are below 1: all but that of the largest number, when the
// total is near 1.
template <class T>
T sum_of_others(const T* e, Index n) {
  return folded<plus<T>, T>(n, [=](Index i) { return e[i] < 1 ? e[i] : T(0); });
}

template <class T>
void take_log_of_total(T* y, T total, T others, Index n) {
  const double exact = total < T(small_total) ? log1p<T>(static_cast<double>(others))
                                              : log<T>(static_cast<double>(total));
  const T log_total = static_cast<T>(exact);
  for (Index i = 0; i < n; ++i) y[i] -= log_total;
}

template <class T>
void log_softmax(const T* x, T* y, Index rows, Index n) {
  T e[buffer];
  shift(x, y, static_cast<T*>(nullptr), rows, n);
  const Index together = buffer / n;  // rows whose exponentials fit
  for (Index first = 0; together > 0 && first < rows; first += together) {
    const Index count = first + together < rows ? together : rows - first;
    exp_all(y + first * n, e, count * n);
    for (Index r = 0; r < count; ++r) {
      const T total = sum_of(e + r * n, n);
      const T others = total < T(small_total) ? sum_of_others(e + r * n, n) : 0;
      take_log_of_total(y + (first + r) * n, total, others, n);
    }
  }
  for (Index r = 0; together == 0 && r < rows; ++r) {
    T total = 0, others = 0;
    for (Index i = 0; i < n; i += buffer) {
      const Index size = i + buffer < n ? buffer : n - i;
      exp_all(y + r * n + i, e, size);
      total += sum_of(e, size);
      others += sum_of_others(e, size);
    }
    take_log_of_total(y + r * n, total, others, n);
  }
}

// dy less its share exp(y) of the total. What is left of a share that is nearly all is known from
// y.
template <class T>
[[gnu::noinline]] void take_off_shares(const T* y, const T* dy, T total, T* dx, Index n) {
  for (Index i = 0; i < n; ++i)
    if (dx[i] > T(nearly_1))
      dx[i] = (dy[i] - total) - static_cast<T>(expm1<T>(static_cast<double>(y[i]))) * total;
    else
      dx[i] = dy[i] - dx[i] * total;
}

template <class T>
void log_softmax_gradient(const T* __restrict y, const T* __restrict dy, T* __restrict dx,
                          Index rows, Index n) {
  exp_all(y, dx, rows * n);
  for (Index r = 0; r < rows; ++r, y += n, dy += n, dx += n) {
    const T total = sum_of(dy, n);
    if (one_leads(dx, n))
      take_off_shares(y, dy, total, dx, n);
    else
      for (Index i = 0; i < n; ++i) dx[i] = dy[i] - dx[i] * total;
  }
}

template <class T>
constexpr SoftmaxRows<T> table{softmax<T>, softmax_gradient<T>, log_softmax<T>,
                               log_softmax_gradient<T>, exponentials<T>};

}  // namespace
}  // namespace REEL_ISA

const SoftmaxRowTables& softmax_row_tables(REEL_ISA::Set) {
  static constexpr SoftmaxRowTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
