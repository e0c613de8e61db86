// The loops of pooling_taps.h, compiled once for each instruction set (isa.h).
#include <reel/core/kernels/pooling/pooling_taps.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

// Element i of the output side meets element i * step of the input side. A step known when this is
// compiled lets the compiler vectorise; Step<0> stands for the one given at run time.
template <int value>
struct Step {};

template <int fixed, class T>
void larger(Step<fixed>, const T* __restrict x, Index step, T* __restrict y, Index n) {
  const Index s = fixed ? fixed : step;
  for (Index i = 0; i < n; ++i) {
    const T v = x[i * s];
    y[i] = y[i] >= v || y[i] != y[i] ? y[i] : v;
  }
}

template <int fixed, class T>
void larger_at(Step<fixed>, const T* __restrict x, Index step, T position, T* __restrict y,
               T* __restrict positions, Index n) {
  const Index s = fixed ? fixed : step;
  for (Index i = 0; i < n; ++i) {
    const T v = x[i * s];
    const bool stays = y[i] >= v || y[i] != y[i];
    y[i] = stays ? y[i] : v;
    positions[i] = stays ? positions[i] : position;
  }
}

template <int fixed, class T>
void add_where(Step<fixed>, const T* __restrict dy, const T* __restrict positions, T position,
               Index step, T* __restrict dx, Index n) {
  const Index s = fixed ? fixed : step;
  for (Index i = 0; i < n; ++i) dx[i * s] += positions[i] == position ? dy[i] : T(0);
}

template <int fixed, class T>
void gather(Step<fixed>, const T* __restrict x, Index step, T* __restrict y, Index n) {
  const Index s = fixed ? fixed : step;
  for (Index i = 0; i < n; ++i) y[i] += x[i * s];
}

template <int fixed, class T>
void spread(Step<fixed>, const T* __restrict dy, Index step, T* __restrict dx, Index n) {
  const Index s = fixed ? fixed : step;
  for (Index i = 0; i < n; ++i) dx[i * s] += dy[i];
}

// Calls run(step, from, to, n) for the runs of numbers that a row of outputs is made of; `from` and
// `to` are where a run starts on the two sides.
template <class Run>
void for_runs(const PoolTap& tap, const Run& run) {
  if (tap.step == tap.lanes)
    run(Step<1>{}, 0, 0, tap.outputs * tap.lanes);
  else if (tap.lanes == 1 && tap.step == 2)
    run(Step<2>{}, 0, 0, tap.outputs);
  else if (tap.lanes == 1)
    run(Step<0>{}, 0, 0, tap.outputs);
  else
    for (Index i = 0; i < tap.outputs; ++i) run(Step<1>{}, i * tap.step, i * tap.lanes, tap.lanes);
}

template <class T>
void tap_larger(PoolTap tap, const T* x, T* y) {
  for_runs(tap, [=](auto step, Index from, Index to, Index n) {
    larger(step, x + from, tap.step, y + to, n);
  });
}

template <class T>
void tap_larger_at(PoolTap tap, const T* x, T position, T* y, T* positions) {
  for_runs(tap, [=](auto step, Index from, Index to, Index n) {
    larger_at(step, x + from, tap.step, position, y + to, positions + to, n);
  });
}

template <class T>
void tap_add_where(PoolTap tap, const T* dy, const T* positions, T position, T* dx) {
  for_runs(tap, [=](auto step, Index from, Index to, Index n) {
    add_where(step, dy + to, positions + to, position, tap.step, dx + from, n);
  });
}

template <class T>
void tap_gather(PoolTap tap, const T* x, T* y) {
  for_runs(tap, [=](auto step, Index from, Index to, Index n) {
    gather(step, x + from, tap.step, y + to, n);
  });
}

template <class T>
void tap_spread(PoolTap tap, const T* dy, T* dx) {
  for_runs(tap, [=](auto step, Index from, Index to, Index n) {
    spread(step, dy + to, tap.step, dx + from, n);
  });
}

template <class T>
constexpr PoolTaps<T> table{tap_larger<T>, tap_larger_at<T>, tap_add_where<T>, tap_gather<T>,
                            tap_spread<T>};

}  // namespace
}  // namespace REEL_ISA

const PoolTapTables& pool_tap_tables(REEL_ISA::Set) {
  static constexpr PoolTapTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
