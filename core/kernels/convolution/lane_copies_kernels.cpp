// The loops of lane_copies.h, compiled once for each instruction set (isa.h).
//
// Channels-first pixels are turned a square of vectors at a time: one vector holds one lane of
// `width` pixels before, and `width` lanes of one pixel after. At the end of the pixels the last
// square overlaps the one before it, so that only batches of fewer pixels take the slow loop.
// Channels-last pixels are read a whole vector at a time, of which the pixel's own numbers are
// kept.
#include <reel/core/kernels/convolution/lane_copies.h>
#include <reel/core/kernels/vectors.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

// The first (second) halves of a and b, their elements taken in turn.
template <int half, class V, int... I>
V take_in_turn(V a, V b, Numbers<I...>) {
  constexpr int width = sizeof...(I);
  return __builtin_shufflevector(a, b, (half * width / 2 + I / 2 + I % 2 * width)...);
}

// Rows become columns: log2(width) times, vector i and the one half the square below are merged.
template <class T>
void transpose(typename Vector<T>::Type (&square)[Vector<T>::width]) {
  constexpr int width = Vector<T>::width;
  using All = typename Count<width>::type;
#pragma GCC unroll 4
  for (int step = 1; step < width; step *= 2) {
    typename Vector<T>::Type merged[width];
#pragma GCC unroll 16
    for (int i = 0; i < width / 2; ++i) {
      merged[2 * i] = take_in_turn<0>(square[i], square[i + width / 2], All{});
      merged[2 * i + 1] = take_in_turn<1>(square[i], square[i + width / 2], All{});
    }
#pragma GCC unroll 16
    for (int i = 0; i < width; ++i) square[i] = merged[i];
  }
}

template <class T>
void spread_any(const Pixels& pixels, const T* from, Index lanes, T* to) {
  for (Index p = 0; p < pixels.count; ++p, from += pixels.pixel_step, to += lanes) {
    Index lane = 0;
    for (Index c = 0; c < pixels.channels; ++c)
      for (Index m = 0; m < pixels.multiplier; ++m) to[lane++] = from[c * pixels.channel_step];
    while (lane < lanes) to[lane++] = 0;
  }
}

// Channels side by side, pixels anywhere.
template <class T>
void spread_rows(const Pixels& pixels, const T* from, Index lanes, T* to) {
  using V = Vector<T>;
  const Index full = pixels.channels - pixels.channels % V::width;
  for (Index p = 0; p < pixels.count; ++p, from += pixels.pixel_step, to += lanes) {
    for (Index c = 0; c < full; c += V::width) V::store(to + c, V::load(from + c));
    for (Index c = full; c < pixels.channels; ++c) to[c] = from[c];
    for (Index lane = pixels.channels; lane < lanes; ++lane) to[lane] = 0;
  }
}

// Pixels side by side, a vector at a time. A pixel's last vector reaches into the pixels behind it,
// so those at the end of the memory are left to `spread_any`.
template <class T>
Index whole_pixels(const Pixels& pixels) {
  const Index last = (Vector<T>::width - 1) / pixels.channels + 1;
  return pixels.count > last ? pixels.count - last : 0;
}

// A mask of the first `count` numbers of a vector.
template <class T>
auto first_of(Index count) {
  T mask[Vector<T>::width] = {};
  for (Index i = 0; i < count; ++i) mask[i] = 1;
  return Vector<T>::load(mask) > typename Vector<T>::Type{};
}

template <class T>
void spread_pixels(const Pixels& pixels, const T* from, Index lanes, T* to) {
  using V = Vector<T>;
  const Index rest = pixels.channels % V::width, full = pixels.channels - rest;
  const auto kept = first_of<T>(rest);
  const Index whole = whole_pixels<T>(pixels);
  for (Index p = 0; p < whole; ++p, from += pixels.channels, to += lanes) {
    for (Index c = 0; c < full; c += V::width) V::store(to + c, V::load(from + c));
    if (rest > 0) V::store(to + full, kept ? V::load(from + full) : typename V::Type{});
  }
  spread_any({pixels.count - whole, pixels.channels, pixels.pixel_step, 1, 1}, from, lanes, to);
}

// One channel, in all its lanes.
template <class T>
void spread_one(const Pixels& pixels, const T* from, Index lanes, T* to) {
  using V = Vector<T>;
  const Index rest = pixels.multiplier % V::width, full = pixels.multiplier - rest;
  const auto kept = first_of<T>(rest);
  for (Index p = 0; p < pixels.count; ++p, to += lanes) {
    const typename V::Type all = from[p] - typename V::Type{};
    for (Index lane = 0; lane < full; lane += V::width) V::store(to + lane, all);
    if (rest > 0) V::store(to + full, kept ? all : typename V::Type{});
  }
}

// Lanes behind the last vector that a pixel fills.
template <class T>
void clear_rest(const Pixels& pixels, Index lanes, T* to) {
  constexpr Index width = Vector<T>::width;
  const Index filled = (pixels.channels * pixels.multiplier + width - 1) / width * width;
  for (Index p = 0; p < pixels.count && filled < lanes; ++p, to += lanes)
    for (Index lane = filled; lane < lanes; ++lane) to[lane] = 0;
}

template <class T>
void collect_any(const Pixels& pixels, const T* from, Index lanes, T* to) {
  for (Index p = 0; p < pixels.count; ++p, from += lanes, to += pixels.pixel_step)
    for (Index c = 0; c < pixels.channels; ++c) {
      T sum = pixels.multiplier > 0 ? from[c * pixels.multiplier] : T(0);
      for (Index m = 1; m < pixels.multiplier; ++m) sum += from[c * pixels.multiplier + m];
      to[c * pixels.channel_step] = sum;
    }
}

// What a pixel's last vector writes behind it, the next pixels write over.
template <class T>
void collect_pixels(const Pixels& pixels, const T* from, Index lanes, T* to) {
  using V = Vector<T>;
  const Index whole = whole_pixels<T>(pixels);
  for (Index p = 0; p < whole; ++p, from += lanes, to += pixels.channels)
    for (Index c = 0; c < pixels.channels; c += V::width) V::store(to + c, V::load(from + c));
  collect_any({pixels.count - whole, pixels.channels, pixels.pixel_step, 1, 1}, from, lanes, to);
}

template <class T>
void spread_planes(const Pixels& pixels, const T* from, Index lanes, T* to) {
  using V = Vector<T>;
  const Index used = pixels.channels * pixels.multiplier;
  for (Index p = 0; p < pixels.count; p += V::width) {
    if (p + V::width > pixels.count) p = pixels.count - V::width;
    for (Index lane = 0; lane < used; lane += V::width) {
      typename V::Type square[V::width] = {};
      for (Index i = 0; i < V::width && lane + i < used; ++i)
        square[i] = V::load(from + (lane + i) / pixels.multiplier * pixels.channel_step + p);
      transpose<T>(square);
#pragma GCC unroll 16
      for (Index i = 0; i < V::width; ++i) V::store(to + (p + i) * lanes + lane, square[i]);
    }
  }
}

template <class T>
void collect_planes(const Pixels& pixels, const T* from, Index lanes, T* to) {
  using V = Vector<T>;
  const Index used = pixels.channels * pixels.multiplier;
  for (Index p = 0; p < pixels.count; p += V::width) {
    if (p + V::width > pixels.count) p = pixels.count - V::width;
    for (Index lane = 0; lane < used; lane += V::width) {
      typename V::Type square[V::width];
#pragma GCC unroll 16
      for (Index i = 0; i < V::width; ++i) square[i] = V::load(from + (p + i) * lanes + lane);
      transpose<T>(square);
      for (Index i = 0; i < V::width && lane + i < used; ++i) {
        T* const at = to + (lane + i) / pixels.multiplier * pixels.channel_step + p;
        const bool first = (lane + i) % pixels.multiplier == 0;
        V::store(at, first ? square[i] : V::load(at) + square[i]);
      }
    }
  }
}

bool side_by_side(const Pixels& pixels) {
  return pixels.pixel_step == pixels.channels && pixels.multiplier == 1;
}

template <class T>
void spread(const Pixels& pixels, const T* from, Index lanes, T* to) {
  const bool one = pixels.channels == 1 && pixels.pixel_step == 1;
  const bool planes = pixels.pixel_step == 1 && pixels.count >= Vector<T>::width;
  if (one || planes || side_by_side(pixels)) {
    (one ? spread_one<T> : planes ? spread_planes<T> : spread_pixels<T>)(pixels, from, lanes, to);
    clear_rest(pixels, lanes, to);
  } else if (pixels.channel_step == 1 && pixels.multiplier == 1) {
    spread_rows(pixels, from, lanes, to);
  } else {
    spread_any(pixels, from, lanes, to);
  }
}

template <class T>
void collect(const Pixels& pixels, const T* from, Index lanes, T* to) {
  const bool planes = pixels.pixel_step == 1 && pixels.count >= Vector<T>::width;
  const auto pixels_last = side_by_side(pixels) ? collect_pixels<T> : collect_any<T>;
  (planes ? collect_planes<T> : pixels_last)(pixels, from, lanes, to);
}

template <class T>
constexpr LaneCopies<T> table{spread<T>, collect<T>};

}  // namespace
}  // namespace REEL_ISA

const LaneCopiesTables& lane_copies_tables(REEL_ISA::Set) {
  static constexpr LaneCopiesTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
