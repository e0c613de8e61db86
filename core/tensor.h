// Tensor: dense, row-major, contiguous numbers that never change after construction.
//
// A tensor is {pointer to a counted buffer, id}. Shape and dtype sit in the buffer's header; the id
// is given at construction and names the value on a tape (tape.h), copies keep it. There are no
// views and no strides: `reshape` shares the data under a new header. Because nothing changes after
// construction there are no aliasing cases and no version counters; the only writer is the code
// that makes a tensor, while nobody else holds it. An optimizer is such a maker, too: it writes
// into a variable's own tensor where nobody else can see the old values (new_value.h).
// Read before: buffer.h. Read next: tensor.cpp, operand.h.
#pragma once

#include <fmt/core.h>

#include <concepts>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/core/buffer.h>
#include <reel/core/error.h>
#include <reel/core/runtime/ids.h>
#include <reel/core/runtime/list_of.h>

namespace reel {

using TensorId = detail::Id;

namespace detail {

[[noreturn]] void throw_not_unique();

// A number or a list of them: what stands between the braces of `Tensor{{1, 2}, {3, 4}}`.
struct Nested {
  template <class T>
  requires std::is_arithmetic_v<T> Nested(T number) : value(static_cast<double>(number)) {}
  Nested(std::initializer_list<Nested> list) : items(list), is_list(true) {}
  double value = 0;
  std::vector<Nested> items;
  bool is_list = false;
};

}  // namespace detail

class Tensor;
template <>
inline constexpr bool memory::in_pool<Tensor> = true;

class Tensor {
 public:
  /// No tensor has more elements.
  static constexpr Index max_size = Index{1} << 45;

  /// No tensor at all: `defined()` is false. Optional arguments such as a bias may be that.
  Tensor() noexcept = default;

  /// A scalar. A template, so that the braces of `Tensor({1.5}, float64)` are never taken for a
  /// number (clang would): they are a list of one.
  template <class T>
  requires std::is_arithmetic_v<T>
  explicit Tensor(T value, DType dtype = float32)
      : Tensor(of_number(static_cast<double>(value), dtype)) {}

  /// From nested braces: `Tensor x{{1, 2}, {3, 4}};`. ValueError when the lists are ragged.
  Tensor(std::initializer_list<detail::Nested> values, DType dtype = float32);
  /// Row-major, under a shape: `Tensor({1, 2, 3, 4}, {2, 2})`. ValueError as below.
  Tensor(std::initializer_list<detail::Nested> values, const Shape& shape, DType dtype = float32);

  /// From row-major values; their type gives the dtype. ValueError when the number does not fit.
  Tensor(ListOf<float> values, const Shape& shape);
  Tensor(ListOf<double> values, const Shape& shape);

  Tensor(const Tensor& other) noexcept : buffer_(other.buffer_), id_(other.id_) {
    if (buffer_) buffer_->retain();
  }
  Tensor(Tensor&& other) noexcept
      : buffer_(std::exchange(other.buffer_, nullptr)), id_(other.id_) {}
  Tensor& operator=(const Tensor& other) noexcept { return *this = Tensor(other); }
  Tensor& operator=(Tensor&& other) noexcept {
    std::swap(buffer_, other.buffer_);
    std::swap(id_, other.id_);
    return *this;
  }
  ~Tensor() {
    if (buffer_) buffer_->release();
  }

  bool defined() const { return buffer_ != nullptr; }
  TensorId id() const { return id_; }
  const Shape& shape() const { return buffer().shape; }
  int rank() const { return shape().rank(); }
  /// Extent of one axis; negative axes count from the end. Throws ValueError.
  Index dim(int axis) const { return shape()[normalize_axis("dim", axis, rank())]; }
  DType dtype() const { return buffer().dtype; }
  Index size() const { return buffer().size; }
  std::size_t bytes() const { return static_cast<std::size_t>(size()) * size_of(dtype()); }

  /// The elements, row-major: `x.span<const float>()`. TypeError when T is not the dtype.
  template <class T>
  std::span<const std::remove_const_t<T>> span() const {
    return {data<std::remove_const_t<T>>(), static_cast<std::size_t>(size())};
  }
  template <class T>
  const T* data() const {
    if (dtype() != dtype_of<T>()) throw_wrong_dtype(dtype_of<T>());
    return static_cast<const T*>(buffer_->data);
  }

  /// The only element, as a double. ValueError when there is not exactly one.
  double item() const;
  /// One element, as a double: `x.at(0, 2)`; negative positions count from the end. ValueError.
  template <std::convertible_to<Index>... I>
  double at(I... position) const {
    const Index positions[] = {static_cast<Index>(position)..., 0};
    return at(std::span<const Index>(positions, sizeof...(position)));
  }
  double at(ListOf<Index> position) const;
  /// All elements, as doubles.
  std::vector<double> to_vector() const;
  /// Values and shape as text, NumPy's way; long axes are shortened to their ends.
  std::string str() const;

  // --- for the makers of tensors -------------------------------------------------------------

  /// New memory, not filled.
  static Tensor empty(const Shape& shape, DType dtype);
  /// The same of the shape and dtype of x, which need no check.
  static Tensor empty_like(const Tensor& x) { return Tensor(detail::new_buffer_like(x.buffer())); }
  /// A tensor like x, which has one element, that holds `value`. T must be the dtype of x.
  template <class T>
  static Tensor number_like(const Tensor& x, T value) {
    detail::Buffer* const y = detail::new_buffer_like(x.buffer());
    *static_cast<T*>(y->data) = value;
    return Tensor(y);
  }
  /// The same data under another shape and a new id, not recorded: `reshape` is the op.
  Tensor share(const Shape& shape) const;
  /// Whether nobody else holds this tensor's memory.
  bool unique() const { return buffer().unique(); }

 private:
  static Tensor of_number(double value, DType dtype);
  explicit Tensor(detail::Buffer* buffer) : buffer_(buffer), id_(detail::next_id()) {}
  const detail::Buffer& buffer() const {
    if (!buffer_) throw_undefined();
    return *buffer_;
  }
  [[noreturn]] static void throw_undefined();
  [[noreturn]] void throw_wrong_dtype(DType wanted) const;
  detail::Buffer* buffer_ = nullptr;
  TensorId id_ = 0;
};

/// The elements of a tensor that its maker is still filling, or that has a single owner.
/// RuntimeError when somebody else holds the memory.
template <class T>
[[gnu::always_inline]] inline T* writable(Tensor& tensor) {
  T* data = const_cast<T*>(tensor.data<T>());
  if (!tensor.unique()) detail::throw_not_unique();
  return data;
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

}  // namespace reel

template <>
struct fmt::formatter<reel::Tensor> : reel::detail::StrFormatter<reel::Tensor> {};
