#include <reel/core/kernels/convolution/grouped_convolution.h>

#include <algorithm>
#include <array>
#include <cstring>

#include <reel/core/kernels/convolution/dense_choice.h>
#include <reel/core/kernels/convolution/dense_convolution.h>
#include <reel/core/kernels/convolution/grouped_products.h>
#include <reel/core/kernels/convolution/point_windows.h>
#include <reel/core/kernels/copying/strided_copy.h>
#include <reel/core/runtime/parallel.h>

namespace reel::kernels {
namespace {

// Mostly a few vectors, for which a call of memcpy takes longer than the copy.
template <class T>
void copy_run(const T* from, Index count, T* to) {
  constexpr Index some = 16 / static_cast<Index>(sizeof(T));
  if (count > 16 * some) {
    std::copy_n(from, count, to);
    return;
  }
  const Index whole = count - count % some;
  for (Index i = 0; i < whole; i += some) std::memcpy(to + i, from + i, 16);
  for (Index i = whole; i < count; ++i) to[i] = from[i];
}

// Images in the order of their memory, (outer, groups, inner): of each group `inner` numbers lie
// together, `outer` times.
struct Parts {
  Index outer, groups, inner;

  bool in_place() const { return outer == 1 || groups == 1; }

  // Group g, together; null for no images.
  template <class T>
  const T* take(Index g, const T* whole, Scratch<T>& room) const {
    if (!whole || in_place()) return whole ? whole + g * inner : nullptr;
    T* const own = room.reserve(outer * inner);
    copy(whole + g * inner, groups * inner, own, inner);
    return own;
  }

  // Calls write(own), which computes group g.
  template <class T, class F>
  void put(Index g, T* whole, const F& write) const {
    if (in_place()) return write(whole + g * inner);
    Scratch<T> own(outer * inner);
    write(own.data());
    copy(own.data(), inner, whole + g * inner, groups * inner);
  }

 private:
  template <class T>
  void copy(const T* from, Index from_step, T* to, Index to_step) const {
    parallel_ranges(outer, (Index{1} << 14) / inner + 1, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) copy_run(from + i * from_step, inner, to + i * to_step);
    });
  }
};

// A kernel (taps, channels, all filters), of which `merged` groups make one: (taps, merged *
// channels, merged * filters), zero but for a block a group.
struct Blocks {
  Index taps, channels, filters, groups, merged;

  Index size() const { return taps * channels * filters * merged * merged; }

  template <class T>
  const T* take(Index g, const T* whole, Scratch<T>& room) const {
    T* const own = room.reserve(size());
    if (merged > 1) std::fill_n(own, size(), T(0));
    for_each_block(g, [&](Index first, Index place) {
      copy(whole + first, groups * filters, channels, own + place, merged * filters,
           merged * channels);
    });
    return own;
  }

  template <class T, class F>
  void put(Index g, T* whole, const F& write) const {
    Scratch<T> own(size());
    write(own.data());
    for_each_block(g, [&](Index first, Index place) {
      copy(own.data() + place, merged * filters, merged * channels, whole + first, groups * filters,
           channels);
    });
  }

 private:
  // Calls f(where a block begins in the whole kernel, and in that of the merged groups g).
  template <class F>
  void for_each_block(Index g, const F& f) const {
    for (Index j = 0; j < merged; ++j)
      f((g * merged + j) * filters, j * (channels * merged + 1) * filters);
  }

  // Rows of `filters`, so far apart; as many a tap as a group has channels, of so many that there
  // are.
  template <class T>
  void copy(const T* from, Index from_row, Index from_rows, T* to, Index to_row,
            Index to_rows) const {
    const std::array<CopyAxis, 3> axes{{{taps, from_rows * from_row, to_rows * to_row},
                                        {channels, from_row, to_row},
                                        {filters, 1, 1}}};
    strided_copy<T>(axes, from, to);
  }
};

// How the groups are computed: `merged` at a time.
struct Grouping {
  Index count;              // of merged groups
  Index channels, filters;  // of each
  Parts x, y;
  Blocks w;

  Grouping(const Window& window, Index groups, Index merged, Index own_channels, Index own_filters)
      : count(groups / merged),
        channels(own_channels * merged),
        filters(own_filters * merged),
        x(images(window, window.input_positions(), channels)),
        y(images(window, window.output_positions(), filters)),
        w{window.taps(), own_channels, own_filters, groups, merged} {}

  // Estimated cycles of a pass in numbers of that size.
  double cost(DensePass pass, const Window& window, Index bytes) const {
    const Index depth = pass == DensePass::input_gradient ? filters : channels;
    const DenseCosts own =
        dense_costs(pass, with_long_rows(window, depth), channels, filters, bytes);
    const double kernel = static_cast<double>(w.size() * bytes) / 8;
    return static_cast<double>(count) *
           (std::min({own.direct, own.winograd, own.patches, own.tap_products}) + kernel +
            copy_cost(x, bytes) + copy_cost(y, bytes));
  }

 private:
  Parts images(const Window& window, Index positions, Index own) const {
    return window.channels_first ? Parts{window.batch, count, own * positions}
                                 : Parts{window.batch * positions, count, own};
  }

  // Of images group by group: a call for each piece, and the bytes.
  static double copy_cost(const Parts& parts, Index bytes) {
    if (parts.in_place()) return 0;
    return static_cast<double>(parts.outer) * (15 + static_cast<double>(parts.inner * bytes) / 8);
  }
};

// With that many groups taken for one that costs least.
template <class T>
Grouping grouping(DensePass pass, const Window& window, Index groups, Index channels,
                  Index filters) {
  const auto merging = [&](Index merged) {
    return Grouping(window, groups, merged, channels, filters / groups);
  };
  const auto cost = [&](Index merged) {
    return merging(merged).cost(pass, window, static_cast<Index>(sizeof(T)));
  };
  Index best = 1;
  double least = cost(1);
  for (Index merged = 2; merged <= groups; ++merged)
    if (groups % merged == 0 && cost(merged) < least) least = cost(best = merged);
  return merging(best);
}

// A thread for each group where that keeps all busy, else all for one after the other: the same
// bits.
template <class F>
void for_each_group(Index groups, const F& f) {
  const Index threads = num_threads();
  if (groups % threads == 0 || groups >= 4 * threads) return parallel_for(groups, f);
  for (Index g = 0; g < groups; ++g) f(g);
}

template <class T>
T* part(T* of_filters, Index first) {
  return of_filters ? of_filters + first : nullptr;
}

}  // namespace

template <class T>
void grouped_forward(const Window& window, Index groups, Index channels, const T* x, const T* w,
                     const Finish<T>& finish, const Images<T>& y) {
  if (groups == 1) return dense_forward(window, channels, x, w, finish, y);
  if (are_products(window, channels, y.channels / groups))
    return grouped_products_forward(window, groups, channels, x, w, finish, y);
  const auto of = grouping<T>(DensePass::forward, window, groups, channels, y.channels);
  for_each_group(of.count, [&](Index g) {
    Scratch<T> x_room, w_room;
    const T* const own_x = of.x.take(g, x, x_room);
    const T* const own_w = of.w.take(g, w, w_room);
    of.y.put(g, y.data, [&](T* own) {
      dense_forward<T>(window, of.channels, own_x, own_w,
                       {part(finish.bias, g * of.filters), finish.relu},
                       output_images(window, own, of.filters));
    });
  });
}

template <class T>
void grouped_input_gradient(const Window& window, Index groups, Index channels, const T* w,
                            const T* relu_y, const Images<const T>& dy, T* dx) {
  if (groups == 1) return dense_input_gradient(window, channels, w, relu_y, dy, dx);
  if (are_products(window, channels, dy.channels / groups))
    return grouped_products_input_gradient(window, groups, channels, w, relu_y, dy, dx);
  const auto of = grouping<T>(DensePass::input_gradient, window, groups, channels, dy.channels);
  for_each_group(of.count, [&](Index g) {
    Scratch<T> w_room, relu_room, dy_room;
    const T* const own_w = of.w.take(g, w, w_room);
    const T* const own_relu = of.y.take(g, relu_y, relu_room);
    const auto own_dy = output_images(window, of.y.take(g, dy.data, dy_room), of.filters);
    of.x.put(g, dx, [&](T* own) {
      dense_input_gradient<T>(window, of.channels, own_w, own_relu, own_dy, own);
    });
  });
}

template <class T>
void grouped_filter_gradient(const Window& window, Index groups, Index channels, const T* x,
                             const T* relu_y, const Images<const T>& dy, T* dw, T* db) {
  if (groups == 1) return dense_filter_gradient(window, channels, x, relu_y, dy, dw, db);
  const auto of = grouping<T>(DensePass::filter_gradient, window, groups, channels, dy.channels);
  for_each_group(of.count, [&](Index g) {
    Scratch<T> x_room, relu_room, dy_room;
    const T* const own_x = of.x.take(g, x, x_room);
    const T* const own_relu = of.y.take(g, relu_y, relu_room);
    const auto own_dy = output_images(window, of.y.take(g, dy.data, dy_room), of.filters);
    of.w.put(g, dw, [&](T* own) {
      dense_filter_gradient<T>(window, of.channels, own_x, own_relu, own_dy, own,
                               part(db, g * of.filters));
    });
  });
}

template void grouped_forward(const Window&, Index, Index, const float*, const float*,
                              const Finish<float>&, const Images<float>&);
template void grouped_forward(const Window&, Index, Index, const double*, const double*,
                              const Finish<double>&, const Images<double>&);
template void grouped_input_gradient(const Window&, Index, Index, const float*, const float*,
                                     const Images<const float>&, float*);
template void grouped_input_gradient(const Window&, Index, Index, const double*, const double*,
                                     const Images<const double>&, double*);
template void grouped_filter_gradient(const Window&, Index, Index, const float*, const float*,
                                      const Images<const float>&, float*, float*);
template void grouped_filter_gradient(const Window&, Index, Index, const double*, const double*,
                                      const Images<const double>&, double*, double*);

}  // namespace reel::kernels
