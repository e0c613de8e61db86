// The transforms of winograd_tiles.h, compiled once for each instruction set (isa.h).
//
// A matrix of winograd_law.h is applied to columns, then to rows, of vectors that stay in registers
// or next to them. Its numbers are constants of the code: zeros cost nothing, and a pair of points
// of opposite sign shares a sum of even and one of odd terms.
#include <reel/core/kernels/convolution/winograd_law.h>
#include <reel/core/kernels/convolution/winograd_tiles.h>
#include <reel/core/kernels/vectors.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

using winograd::side;

// Terms k, k + step, ... of row i of M times a vector of vectors; whether there are any.
template <class M, int i, int k, int step>
consteval bool has_terms() {
  for (int j = k; j < M::columns; j += step)
    if (M::at(i, j) != 0) return true;
  return false;
}
template <class M, int i, int k, int step, class T, class V>
[[gnu::always_inline]] inline V terms(const V* in) {
  constexpr double factor = M::at(i, k);
  if constexpr (factor == 0) {
    return terms<M, i, k + step, step, T>(in);
  } else {
    V own = in[k];
    if constexpr (factor != 1) own = in[k] * static_cast<T>(factor);
    if constexpr (has_terms<M, i, k + step, step>())
      return own + terms<M, i, k + step, step, T>(in);
    else
      return own;
  }
}

// out = M in.
template <class M, class T, class V>
[[gnu::always_inline]] inline void apply(const V* in, V* out) {
  out[0] = terms<M, 0, 0, 1, T>(in);
  const V even_1 = terms<M, 1, 0, 2, T>(in), odd_1 = terms<M, 1, 1, 2, T>(in);
  out[1] = even_1 + odd_1;
  out[2] = even_1 - odd_1;
  const V even_3 = terms<M, 3, 0, 2, T>(in), odd_3 = terms<M, 3, 1, 2, T>(in);
  out[3] = even_3 + odd_3;
  out[4] = even_3 - odd_3;
  out[5] = terms<M, 5, 0, 1, T>(in);
}

// The same matrix by its columns, for the sums and differences of pairs.
template <class M>
struct ByColumns {
  static constexpr int columns = 4;
  static consteval double at(int k, int i) {
    constexpr int rows[4] = {0, 1, 3, 5};
    return M::at(rows[i], k);
  }
};

// out = M^T in.
template <class M, class T, class V>
[[gnu::always_inline]] inline void apply_transposed(const V* in, V* out) {
  const V even[4] = {in[0], in[1] + in[2], in[3] + in[4], in[5]};
  const V odd[4] = {in[0], in[1] - in[2], in[3] - in[4], in[5]};
  out[0] = terms<ByColumns<M>, 0, 0, 1, T>(even);
  out[1] = terms<ByColumns<M>, 1, 0, 1, T>(odd);
  out[2] = terms<ByColumns<M>, 2, 0, 1, T>(even);
  if constexpr (M::columns == 4) out[3] = terms<ByColumns<M>, 3, 0, 1, T>(odd);
}

constexpr bool holds(Range range, Index i) { return range.begin <= i && i < range.end; }

// Where pixels are, all of them: loads at addresses that only differ by constants of the call.
template <class T>
struct InPlace {
  const TilePixels<const T>& d;
  const T* mask;

  const T* pixel(int i, int j, Index lane) const {
    return d.first + i * d.row + j * d.pixel + lane;
  }
  const T* mask_of(int i, int j, Index lane) const {
    return mask + (i * d.row + j * d.pixel + lane);
  }
};

// Where some are not: a pointer each, to a vector of zeros for those, whose lanes do not advance.
// Without a mask it is ones.
template <class T, int size>
struct Pointed {
  static constexpr Index width = Vector<T>::width;
  const T *pixels[size][size], *masks[size][size];
  Index there[size][size], masked;  // all bits or none
  alignas(register_bytes) T zeros[width] = {}, ones[width];

  Pointed(const TilePixels<const T>& d, const T* mask) : masked(mask ? -1 : 0) {
    for (T& one : ones) one = 1;
    for (int i = 0; i < size; ++i)
      for (int j = 0; j < size; ++j) {
        const bool in = holds(d.rows, i) && holds(d.columns, j);
        const Index at = i * d.row + j * d.pixel;
        there[i][j] = in ? -1 : 0;
        pixels[i][j] = in ? d.first + at : zeros;
        masks[i][j] = in && mask ? mask + at : ones;
      }
  }
  const T* pixel(int i, int j, Index lane) const { return pixels[i][j] + (lane & there[i][j]); }
  const T* mask_of(int i, int j, Index lane) const {
    return masks[i][j] + (lane & there[i][j] & masked);
  }
};

// to = M d M^T, and sums += d where asked.
template <class M, bool masked, bool summed, class T, class Pixels>
[[gnu::always_inline]] inline void to_planes(const Pixels& d, Index lanes, T* to, Index plane,
                                             T* sums) {
  using V = Vector<T>;
  using Numbers = typename V::Type;
  for (Index lane = 0; lane < lanes; lane += V::width) {
    Numbers half[side][M::columns], column[M::columns], out[side], sum{};
#pragma GCC unroll 6
    for (int j = 0; j < M::columns; ++j) {
#pragma GCC unroll 6
      for (int i = 0; i < M::columns; ++i) {
        column[i] = V::load(d.pixel(i, j, lane));
        if constexpr (masked)
          column[i] = V::load(d.mask_of(i, j, lane)) > Numbers{} ? column[i] : Numbers{};
        if constexpr (summed) sum += column[i];
      }
      apply<M, T>(column, out);
#pragma GCC unroll 6
      for (int i = 0; i < side; ++i) half[i][j] = out[i];
    }
#pragma GCC unroll 6
    for (int i = 0; i < side; ++i) {
      apply<M, T>(half[i], out);
#pragma GCC unroll 6
      for (int j = 0; j < side; ++j) V::store(to + (i * side + j) * plane + lane, out[j]);
    }
    if constexpr (summed) V::store(sums + lane, V::load(sums + lane) + sum);
  }
}

template <class T>
void window(const TilePixels<const T>& d, const T* mask, Index lanes, T* to, Index plane) {
  using M = winograd::OfWindows;
  if (d.rows.size() < side || d.columns.size() < side)
    to_planes<M, true, false, T>(Pointed<T, side>(d, mask), lanes, to, plane, nullptr);
  else if (mask)
    to_planes<M, true, false, T>(InPlace<T>{d, mask}, lanes, to, plane, nullptr);
  else
    to_planes<M, false, false, T>(InPlace<T>{d, mask}, lanes, to, plane, nullptr);
}

template <class T>
void kernel(const TilePixels<const T>& g, Index lanes, T* to, Index plane) {
  to_planes<winograd::OfKernels, false, false, T>(InPlace<T>{g, nullptr}, lanes, to, plane,
                                                  nullptr);
}

template <class T>
void gradient(const TilePixels<const T>& dy, const T* mask, Index lanes, T* to, Index plane,
              T* sums) {
  to_planes<winograd::OfResults, true, true, T>(Pointed<T, winograd::outputs>(dy, mask), lanes, to,
                                                plane, sums);
}

// y = M^T from M + bias, then relu.
template <class M, bool finished, class T>
void from_planes(const T* from, Index plane, Index lanes, const T* bias, bool relu,
                 const TilePixels<T>& y) {
  using V = Vector<T>;
  using Numbers = typename V::Type;
  for (Index lane = 0; lane < lanes; lane += V::width) {
    Numbers half[M::columns][side], column[side], out[M::columns], offset{};
    if (finished && bias) offset = V::load(bias + lane);
#pragma GCC unroll 6
    for (int j = 0; j < side; ++j) {
#pragma GCC unroll 6
      for (int i = 0; i < side; ++i) column[i] = V::load(from + (i * side + j) * plane + lane);
      apply_transposed<M, T>(column, out);
#pragma GCC unroll 6
      for (int i = 0; i < M::columns; ++i) half[i][j] = out[i];
    }
#pragma GCC unroll 6
    for (int i = 0; i < M::columns; ++i) {
      if (!holds(y.rows, i)) continue;
      apply_transposed<M, T>(half[i], out);
#pragma GCC unroll 6
      for (int j = 0; j < M::columns; ++j) {
        if (!holds(y.columns, j)) continue;
        Numbers value = out[j];
        if constexpr (finished) value += offset;
        if (finished && relu) value = value < Numbers{} ? Numbers{} : value;  // NaN stays
        V::store(y.first + i * y.row + j * y.pixel + lane, value);
      }
    }
  }
}

template <class T>
void kernel_gradient(const T* from, Index plane, Index lanes, const TilePixels<T>& dg) {
  from_planes<winograd::OfKernels, false, T>(from, plane, lanes, nullptr, false, dg);
}

template <class T>
constexpr WinogradTiles<T> table = {window<T>, kernel<T>, gradient<T>,
                                    from_planes<winograd::OfResults, true, T>, kernel_gradient<T>};

constexpr WinogradTilesTables tables = {table<float>, table<double>};

}  // namespace
}  // namespace REEL_ISA

const WinogradTilesTables& winograd_tiles_tables(REEL_ISA::Set) { return REEL_ISA::tables; }

}  // namespace reel::kernels
