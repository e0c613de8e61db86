// The loops of channel_blocks.h, compiled once for each instruction set (isa.h).
#include <reel/core/kernels/normalization/channel_blocks.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

constexpr Index wide = 64;  // lanes that a run is read in: four vectors of the largest set

// What is summed: two numbers per element, at offset i and lane l.
template <class T>
struct Centred {
  const T* x;
  const T* centre;
  T a(Index i, Index l) const { return x[i] - centre[l]; }
  T b(Index i, Index l) const { return (x[i] - centre[l]) * (x[i] - centre[l]); }
};

template <class T>
struct Product {
  const T* dy;
  const T* x;
  const T* centre;
  T a(Index i, Index) const { return dy[i]; }
  T b(Index i, Index l) const { return dy[i] * (x[i] - centre[l]); }
};

// Lanes [first, first + width): the width is known when this is compiled, so that the sums stay in
// registers.
template <Index width, class T, class Pair>
void strip(const Pair& pair, Index rows, Index lanes, Index first, T* sum_a, T* sum_b) {
  T a[width] = {}, b[width] = {};
  for (Index r = 0; r < rows; ++r)
    for (Index l = 0; l < width; ++l) {
      a[l] += pair.a(r * lanes + first + l, first + l);
      b[l] += pair.b(r * lanes + first + l, first + l);
    }
  for (Index l = 0; l < width; ++l) sum_a[first + l] = a[l], sum_b[first + l] = b[l];
}

template <class T, class Pair>
void sum_pairs(const Pair& pair, Index size, Index lanes, T* sum_a, T* sum_b) {
  const Index rows = size / lanes;
  Index l = 0;
  for (; l + 32 <= lanes; l += 32) strip<32>(pair, rows, lanes, l, sum_a, sum_b);
  for (; l + 8 <= lanes; l += 8) strip<8>(pair, rows, lanes, l, sum_a, sum_b);
  for (; l < lanes; ++l) strip<1>(pair, rows, lanes, l, sum_a, sum_b);
  for (Index i = rows * lanes; i < size; ++i) {
    sum_a[i - rows * lanes] += pair.a(i, i - rows * lanes);
    sum_b[i - rows * lanes] += pair.b(i, i - rows * lanes);
  }
}

// A run is read in wide lanes, which are then added pair by pair.
template <class T, class Pair>
void sum_run(const Pair& pair, Index size, T* sum_a, T* sum_b) {
  T a[wide], b[wide];
  sum_pairs(pair, size, wide, a, b);
  for (Index half = wide / 2; half > 0; half /= 2)
    for (Index l = 0; l < half; ++l) a[l] += a[half + l], b[l] += b[half + l];
  *sum_a = a[0];
  *sum_b = b[0];
}

// One channel's parameter in all lanes of a run.
template <class T>
struct Repeated {
  explicit Repeated(T value) {
    for (T& v : lanes) v = value;
  }
  T lanes[wide];
};

template <class T>
void moments(ChannelBlock block, const T* x, const T* centre, T* sum, T* squares) {
  if (block.lanes > 1)
    sum_pairs(Centred<T>{x, centre}, block.size, block.lanes, sum, squares);
  else
    sum_run(Centred<T>{x, Repeated<T>(*centre).lanes}, block.size, sum, squares);
}

template <class T>
void products(ChannelBlock block, const T* dy, const T* x, const T* centre, T* sum, T* products) {
  if (block.lanes > 1)
    sum_pairs(Product<T>{dy, x, centre}, block.size, block.lanes, sum, products);
  else
    sum_run(Product<T>{dy, x, Repeated<T>(*centre).lanes}, block.size, sum, products);
}

template <class T>
void scale_run(const T* __restrict x, T shift, T scale, T offset, T* __restrict y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = (x[i] - shift) * scale + offset;
}

template <class T>
void scale_row(const T* __restrict x, const T* __restrict shift, const T* __restrict scale,
               const T* __restrict offset, T* __restrict y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = (x[i] - shift[i]) * scale[i] + offset[i];
}

template <class T>
void scale(ChannelBlock block, const T* x, const T* shift, const T* scale, const T* offset, T* y) {
  if (block.lanes == 1) return scale_run(x, *shift, *scale, *offset, y, block.size);
  Index i = 0;
  for (; i + block.lanes <= block.size; i += block.lanes)
    scale_row(x + i, shift, scale, offset, y + i, block.lanes);
  scale_row(x + i, shift, scale, offset, y + i, block.size - i);
}

template <class T>
void mix_run(const T* __restrict dy, T scale, const T* __restrict x, T shift, T slope, T offset,
             T* __restrict dx, Index n) {
  for (Index i = 0; i < n; ++i) dx[i] = dy[i] * scale + (x[i] - shift) * slope + offset;
}

template <class T>
void mix_row(const T* __restrict dy, const T* __restrict scale, const T* __restrict x,
             const T* __restrict shift, const T* __restrict slope, const T* __restrict offset,
             T* __restrict dx, Index n) {
  for (Index i = 0; i < n; ++i) dx[i] = dy[i] * scale[i] + (x[i] - shift[i]) * slope[i] + offset[i];
}

template <class T>
void mix(ChannelBlock block, const T* dy, const T* scale, const T* x, const T* shift,
         const T* slope, const T* offset, T* dx) {
  if (block.lanes == 1) return mix_run(dy, *scale, x, *shift, *slope, *offset, dx, block.size);
  Index i = 0;
  for (; i + block.lanes <= block.size; i += block.lanes)
    mix_row(dy + i, scale, x + i, shift, slope, offset, dx + i, block.lanes);
  mix_row(dy + i, scale, x + i, shift, slope, offset, dx + i, block.size - i);
}

template <class T>
constexpr ChannelBlocks<T> table{moments<T>, products<T>, scale<T>, mix<T>};

}  // namespace
}  // namespace REEL_ISA

const ChannelBlockTables& channel_block_tables(REEL_ISA::Set) {
  static constexpr ChannelBlockTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
