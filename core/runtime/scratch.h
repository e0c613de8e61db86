// Memory that a kernel needs for the time of one call: from the pool, 64-byte aligned, not cleared.
#pragma once

#include <algorithm>

#include <reel/core/runtime/memory.h>

namespace reel::kernels {

template <class T>
class Scratch {
 public:
  explicit Scratch(Index count = 0) { reserve(count); }
  ~Scratch() { release(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  T* data() { return data_; }
  const T* data() const { return data_; }
  Index size() const { return count_; }
  void clear() { std::fill_n(data_, count_, T(0)); }

  /// Room for `count` elements; what was there is lost if that is more than before.
  T* reserve(Index count) {
    if (count > count_) {
      release();
      data_ =
          static_cast<T*>(memory::allocate_scratch(static_cast<std::size_t>(count) * sizeof(T)));
      count_ = count;
    }
    return data_;
  }

 private:
  void release() {
    if (data_) memory::deallocate_scratch(data_, static_cast<std::size_t>(count_) * sizeof(T));
    data_ = nullptr;
    count_ = 0;
  }

  T* data_ = nullptr;
  Index count_ = 0;
};

}  // namespace reel::kernels
