// Filters by panels, and the kernel and the bias of a direct convolution a panel at a time.
//
// A panel holds the taps by depth of so many filters as direct_rows.h works on at once, side by
// side; the last one may be narrower. A kernel that is used little is read where it lies.
// Read before: direct_rows.h, lowering.h. Read next: direct.cpp.
#pragma once

#include <reel/core/kernels/convolution/direct_rows.h>
#include <reel/core/kernels/convolution/lowering.h>
#include <reel/core/runtime/parallel.h>

namespace reel::kernels {

/// Which filters a panel has, and the kernels that work on it.
template <class T>
class FilterPanels {
 public:
  explicit FilterPanels(Index filters) : filters_(filters), width_(direct_rows<T>(filters).panel) {}

  Index count() const { return ceil_div(filters_, width_); }
  Index width() const { return width_; }  // of all but the last
  Range columns_of(Index panel) const {
    return {panel * width_, std::min(filters_, (panel + 1) * width_)};
  }
  const DirectRows<T>& kernels_of(Index panel) const {
    return direct_rows<T>(columns_of(panel).size());
  }

 protected:
  const Index filters_, width_;
};

template <class T>
class DirectPanels : public FilterPanels<T> {
 public:
  using FilterPanels<T>::FilterPanels, FilterPanels<T>::count;
  using FilterPanels<T>::columns_of, FilterPanels<T>::kernels_of;

  bool in_place() const { return in_place_; }
  /// Row `row`, of taps by depth, of a panel; the next one is `step_of` numbers on.
  const T* row(Index panel, Index row) const {
    return data_ + panel * size_ + row * step_of(panel);
  }
  Index step_of(Index panel) const { return in_place_ ? filters_ : kernels_of(panel).panel; }

  /// Takes the kernel (taps, depth, filters) where it lies, if its panels are whole.
  bool read_in_place(const T* kernel) {
    if (filters_ % kernels_of(count() - 1).panel != 0) return false;
    data_ = kernel;
    size_ = width_;
    in_place_ = true;
    return true;
  }

  /// Copies the kernel; `tap(t)` gives a matrix (depth, filters).
  template <class Tap>
  void pack(Index taps, Index depth, const Tap& tap) {
    size_ = taps * depth * width_;
    data_ = kernel_.reserve(count() * size_);
    parallel_ranges(count(), std::max<Index>(1, (1 << 15) / size_), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i)
        for (Index t = 0; t < taps; ++t) {
          const Index panel = kernels_of(i).panel;
          const Matrix<const T> from = Matrix<const T>(tap(t)).columns_in(columns_of(i));
          lane_copies<T>().spread({depth, from.columns, from.transposed ? 1 : from.distance,
                                   from.transposed ? from.distance : 1, 1},
                                  from.data, panel, kernel_.data() + i * size_ + t * depth * panel);
        }
    });
  }

  /// The filters may end within a panel: its bias does not.
  void pad_bias(const T* bias) {
    bias_ = bias;
    const Index lanes = count() * width_;
    if (!bias || lanes == filters_) return;
    padded_bias_.reserve(lanes);
    padded_bias_.clear();
    std::copy_n(bias, filters_, padded_bias_.data());
    bias_ = padded_bias_.data();
  }
  const T* bias_of(Index panel) const { return bias_ ? bias_ + panel * width_ : nullptr; }

 private:
  using FilterPanels<T>::filters_, FilterPanels<T>::width_;

  Index size_ = 0;
  bool in_place_ = false;
  const T *data_ = nullptr, *bias_ = nullptr;
  Scratch<T> kernel_, padded_bias_;
};

}  // namespace reel::kernels
