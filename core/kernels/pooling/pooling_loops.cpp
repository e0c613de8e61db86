#include <reel/core/kernels/pooling/pooling_loops.h>

#include <limits>

#include <reel/core/kernels/convolution/window_taps.h>
#include <reel/core/kernels/pooling/pooling_global.h>
#include <reel/core/kernels/pooling/pooling_positions.h>
#include <reel/core/kernels/pooling/pooling_rows.h>
#include <reel/core/kernels/pooling/pooling_taps.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/runtime/scratch.h>

namespace reel::kernels {
namespace {

// The part of window `o` inside the input, and where the window starts, padding counted.
Range inside(const WindowAxis& axis, Index o) { return inputs_of(axis, {o, o + 1}); }
Index corner(const WindowAxis& axis, Index o) { return o * axis.stride - axis.before; }

// One column of a window's taps, for a whole row of outputs.
struct Column {
  Index tap;
  Index input;  // that output `first` sees through it
  Index first;  // outputs that see an input through it: [first, first + count)
  Index count;
};

// Everything about a call that does not change from row to row.
class Rows {
 public:
  explicit Rows(const PoolGeometry& g) : g_(g) {
    const WindowAxis& axis = g.columns;
    const Index begin = std::max<Index>(0, axis.before - (axis.output - 1) * axis.stride);
    for (Index tap = begin; tap < std::min(axis.kernel, axis.input + axis.before); ++tap) {
      const Index first = std::max<Index>(0, ceil_div(axis.before - tap, axis.stride));
      const Index last =
          std::min(axis.output, ceil_div(axis.input + axis.before - tap, axis.stride));
      if (first < last)
        columns_.push_back({tap, first * axis.stride + tap - axis.before, first, last - first});
    }
  }

  // Calls body(plane, p) for all rows of outputs.
  template <class Body>
  void for_outputs(const Body& body) const {
    const Index taps =
        std::min(g_.rows.input, g_.rows.kernel) * static_cast<Index>(columns_.size());
    for_rows(g_.rows.output, g_.columns.output * g_.lanes * taps, body);
  }

  // Whether all windows lie inside the input. Many lanes want windows that stay in cache while one
  // vector of lanes after the other goes through them.
  bool inside_input() const {
    constexpr Index most_positions = 64;
    const auto fits = [](const WindowAxis& axis) {
      return axis.before == 0 && axis.output > 0 &&
             (axis.output - 1) * axis.stride + axis.kernel <= axis.input;
    };
    return fits(g_.rows) && fits(g_.columns) && g_.lanes > 0 &&
           (g_.lanes == 1 || g_.rows.kernel <= most_positions / g_.columns.kernel);
  }

  // Whether they lie side by side as well, in an extent whose gradient pooling_rows.h serves.
  bool side_by_side() const {
    return inside_input() && g_.rows.stride == g_.rows.kernel &&
           g_.columns.stride == g_.columns.kernel &&
           (g_.lanes > 1 || (g_.rows.kernel == 2 && g_.columns.kernel == 2));
  }

  // Calls body(row, input, output) for all rows of windows inside the input: where they start.
  template <class Body>
  void for_window_rows(const Body& body) const {
    const PoolRow row{g_.columns.output,
                      g_.lanes,
                      g_.rows.kernel,
                      g_.columns.kernel,
                      g_.columns.stride * g_.lanes,
                      input_size()};
    for_rows(g_.rows.output, g_.rows.kernel * input_size(), [&](Index plane, Index p) {
      body(row, input(plane, p * g_.rows.stride), output(plane, p));
    });
  }

  // Clears the inputs below all windows that lie side by side.
  template <class T>
  void clear_below(T* dx) const {
    const Index covered = g_.rows.output * g_.rows.kernel;
    if (covered == g_.rows.input) return;
    for (Index plane = 0; plane < g_.planes; ++plane)
      std::fill_n(dx + input(plane, covered), (g_.rows.input - covered) * input_size(), T(0));
  }

  // Calls body(plane, h) for all rows of inputs.
  template <class Body>
  void for_inputs(const Body& body) const {
    const Index windows = std::min(1 + (g_.rows.kernel - 1) / g_.rows.stride, g_.rows.output);
    for_rows(g_.rows.input, g_.columns.input * g_.lanes * (1 + windows), body);
  }

  // Calls body(tap, position, input, output) for each tap that a row of outputs has in row h of the
  // input: its position in the window and where it starts in the two rows.
  template <class Body>
  void for_taps(Index p, Index h, const Body& body) const {
    for (const Column& column : columns_)
      body(PoolTap{column.count, g_.lanes, g_.columns.stride * g_.lanes},
           (h - corner(g_.rows, p)) * g_.columns.kernel + column.tap, column.input * g_.lanes,
           column.first * g_.lanes);
  }

  // Where the rows start.
  Index input(Index plane, Index h) const { return (plane * g_.rows.input + h) * input_size(); }
  Index output(Index plane, Index p) const { return (plane * g_.rows.output + p) * output_size(); }
  Index input_size() const { return g_.columns.input * g_.lanes; }
  Index output_size() const { return g_.columns.output * g_.lanes; }

  // How many columns of inputs each window of a row has, for `divide`.
  template <class T>
  memory::Vector<T> widths() const {
    memory::Vector<T> widths;
    for (Index q = 0; q < g_.columns.output; ++q)
      widths.push_back(static_cast<T>(inside(g_.columns, q).size()));
    return widths;
  }

  // Divides each number of a row by how many inputs its window has.
  template <class T>
  void divide(Index p, const memory::Vector<T>& widths, const T* from, T* to) const {
    const T height = static_cast<T>(inside(g_.rows, p).size());
    for (Index q = 0; q < g_.columns.output; ++q) {
      const T count = height * widths[static_cast<std::size_t>(q)];
      for (Index l = 0; l < g_.lanes; ++l) *to++ = *from++ / count;
    }
  }

 private:
  // A range holds about 16,000 numbers to look at.
  template <class Body>
  void for_rows(Index rows, Index work_per_row, const Body& body) const {
    const Index grain = 16384 / std::max<Index>(1, work_per_row);
    parallel_ranges(g_.planes * rows, grain, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) body(i / rows, i % rows);
    });
  }

  const PoolGeometry& g_;
  memory::Vector<Column> columns_;
};

}  // namespace

template <class T, class Position>
void max_pool(const PoolGeometry& g, const T* x, T* y, Position* positions) {
  if (is_global(g)) return global_max(g, x, y, positions);
  const PoolTaps<T>& taps = pool_taps<T>();
  const Rows rows(g);
  if (rows.inside_input())
    return rows.for_window_rows([&](const PoolRow& row, Index input, Index output) {
      PositionRow<T, Position> at(rows.output_size());
      Position* const to = positions ? positions + output : nullptr;
      pool_rows<T>().max(row, x + input, y + output, at.space(to));
      at.store(to);
    });
  rows.for_outputs([&](Index plane, Index p) {
    T* const to = y + rows.output(plane, p);
    PositionRow<T, Position> row(rows.output_size());
    Position* const kept = positions ? positions + rows.output(plane, p) : nullptr;
    T* const at = row.space(kept);
    const Range inputs = inside(g.rows, p);
    std::fill_n(to, rows.output_size(), -std::numeric_limits<T>::infinity());
    // Should nothing be larger, the first position is the one.
    const Index first = (inputs.begin - corner(g.rows, p)) * g.columns.kernel;
    for (Index q = 0; at && q < g.columns.output; ++q)
      std::fill_n(at + q * g.lanes, g.lanes,
                  static_cast<T>(first + inside(g.columns, q).begin - corner(g.columns, q)));
    for (Index h = inputs.begin; h < inputs.end; ++h) {
      const T* const from = x + rows.input(plane, h);
      rows.for_taps(p, h, [&](const PoolTap& tap, Index position, Index input, Index output) {
        if (at)
          taps.larger_at(tap, from + input, static_cast<T>(position), to + output, at + output);
        else
          taps.larger(tap, from + input, to + output);
      });
    }
    row.store(kept);
  });
}

template <class T, class Position>
void scatter_maxima(const PoolGeometry& g, const T* dy, const Position* positions, T* dx) {
  if (is_global(g)) return scatter_global(g, dy, positions, dx);
  const PoolTaps<T>& taps = pool_taps<T>();
  const Rows rows(g);
  if (rows.side_by_side()) {
    rows.clear_below(dx);
    return rows.for_window_rows([&](const PoolRow& row, Index input, Index output) {
      PositionRow<T, Position> at(rows.output_size());
      pool_rows<T>().scatter(row, dy + output, at.load(positions + output), dx + input);
    });
  }
  rows.for_inputs([&](Index plane, Index h) {
    T* const to = dx + rows.input(plane, h);
    std::fill_n(to, rows.input_size(), T(0));
    const Range windows = outputs_of(g.rows, {h, h + 1});
    for (Index p = windows.begin; p < windows.end; ++p) {
      const Index from = rows.output(plane, p);
      PositionRow<T, Position> row(rows.output_size());
      const T* const at = row.load(positions + from);
      rows.for_taps(p, h, [&](const PoolTap& tap, Index position, Index input, Index output) {
        taps.add_where(tap, dy + from + output, at + output, static_cast<T>(position), to + input);
      });
    }
  });
}

template <class T, class Position>
void gather_maxima(const PoolGeometry& g, const T* x, const Position* positions, T* y) {
  const Rows rows(g);
  rows.for_outputs([&](Index plane, Index p) {
    const Index to = rows.output(plane, p);
    for (Index i = 0; i < rows.output_size(); ++i) {
      const auto at = static_cast<Index>(positions[to + i]);
      const Index h = corner(g.rows, p) + at / g.columns.kernel;
      const Index w = corner(g.columns, i / g.lanes) + at % g.columns.kernel;
      y[to + i] = x[rows.input(plane, h) + w * g.lanes + i % g.lanes];
    }
  });
}

template <class T>
void sum_pool(const PoolGeometry& g, bool divide, const T* x, T* y) {
  const PoolTaps<T>& taps = pool_taps<T>();
  const Rows rows(g);
  const T whole = divide ? static_cast<T>(g.rows.kernel * g.columns.kernel) : T(1);
  if (rows.inside_input())
    return rows.for_window_rows([&](const PoolRow& row, Index input, Index output) {
      pool_rows<T>().sum(row, whole, x + input, y + output);
    });
  const memory::Vector<T> widths = divide ? rows.widths<T>() : memory::Vector<T>();
  rows.for_outputs([&](Index plane, Index p) {
    T* const to = y + rows.output(plane, p);
    std::fill_n(to, rows.output_size(), T(0));
    const Range inputs = inside(g.rows, p);
    for (Index h = inputs.begin; h < inputs.end; ++h) {
      const T* const from = x + rows.input(plane, h);
      rows.for_taps(p, h, [&](const PoolTap& tap, Index, Index input, Index output) {
        taps.gather(tap, from + input, to + output);
      });
    }
    if (divide) rows.divide(p, widths, to, to);
  });
}

template <class T>
void spread_sums(const PoolGeometry& g, bool divide, const T* dy, T* dx) {
  const PoolTaps<T>& taps = pool_taps<T>();
  const Rows rows(g);
  const T whole = divide ? static_cast<T>(g.rows.kernel * g.columns.kernel) : T(1);
  if (rows.side_by_side()) {
    rows.clear_below(dx);
    return rows.for_window_rows([&](const PoolRow& row, Index input, Index output) {
      pool_rows<T>().spread(row, whole, dy + output, dx + input);
    });
  }
  const memory::Vector<T> widths = divide ? rows.widths<T>() : memory::Vector<T>();
  rows.for_inputs([&](Index plane, Index h) {
    T* const to = dx + rows.input(plane, h);
    std::fill_n(to, rows.input_size(), T(0));
    Scratch<T> shares(divide ? rows.output_size() : 0);
    const Range windows = outputs_of(g.rows, {h, h + 1});
    for (Index p = windows.begin; p < windows.end; ++p) {
      const T* from = dy + rows.output(plane, p);
      if (divide) {
        rows.divide(p, widths, from, shares.data());
        from = shares.data();
      }
      rows.for_taps(p, h, [&](const PoolTap& tap, Index, Index input, Index output) {
        taps.spread(tap, from + output, to + input);
      });
    }
  });
}

template void max_pool(const PoolGeometry&, const float*, float*, float*);
template void scatter_maxima(const PoolGeometry&, const float*, const float*, float*);
template void gather_maxima(const PoolGeometry&, const float*, const float*, float*);
template void max_pool(const PoolGeometry&, const float*, float*, unsigned char*);
template void scatter_maxima(const PoolGeometry&, const float*, const unsigned char*, float*);
template void gather_maxima(const PoolGeometry&, const float*, const unsigned char*, float*);
template void max_pool(const PoolGeometry&, const double*, double*, double*);
template void scatter_maxima(const PoolGeometry&, const double*, const double*, double*);
template void gather_maxima(const PoolGeometry&, const double*, const double*, double*);
template void max_pool(const PoolGeometry&, const double*, double*, unsigned char*);
template void scatter_maxima(const PoolGeometry&, const double*, const unsigned char*, double*);
template void gather_maxima(const PoolGeometry&, const double*, const unsigned char*, double*);
template void sum_pool(const PoolGeometry&, bool, const float*, float*);
template void sum_pool(const PoolGeometry&, bool, const double*, double*);
template void spread_sums(const PoolGeometry&, bool, const float*, float*);
template void spread_sums(const PoolGeometry&, bool, const double*, double*);

}  // namespace reel::kernels
