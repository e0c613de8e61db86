// ListOf: what a function takes that takes several values, a vector, an array, a span or braces.
//
// `concat({a, b}, 1)` must compile, and before C++26 no std::span can be made from braces. It holds
// nothing, as a span does, and what stands between braces is gone after the call: so it is the type
// of a parameter, never of a member or a variable. Only of values that T is made from does it hold
// something: `add_n(variables)` reads variables, and the tensors live as long as the list, and in
// the pool, so that a step which joins them asks the heap for nothing. Read next: shape_ops.h.
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <span>
#include <type_traits>

#include <reel/core/runtime/memory.h>

namespace reel {
namespace detail {

/// A vector, array or span of another class than T, of whose values Ts are made.
template <class Values, class T>
concept MadeInto = requires(const Values& values) {
  requires std::is_class_v<std::remove_cvref_t<decltype(*values.data())>>;
  requires !std::is_same_v<std::remove_cvref_t<decltype(*values.data())>, T>;
  requires std::convertible_to<decltype(*values.data()), T>;
  values.size();
};

}  // namespace detail

template <class T>
class ListOf : public std::span<const T> {
 public:
  using std::span<const T>::span;
  ListOf(std::span<const T> values) : std::span<const T>(values) {}
  ListOf(std::initializer_list<T> values) : std::span<const T>(values.begin(), values.size()) {}
  /// Of another class's values, each made a T; of variables, under a tape, each is read once more.
  template <detail::MadeInto<T> Values>
  ListOf(const Values& values)
      : ListOf(std::allocate_shared<Made>(memory::Allocator<Made>(), values.data(),
                                          values.data() + values.size())) {}

 private:
  using Made = memory::Vector<T>;
  explicit ListOf(std::shared_ptr<const Made> made)
      : std::span<const T>(made->data(), made->size()), made_(std::move(made)) {}

  std::shared_ptr<const Made> made_ = nullptr;
};

}  // namespace reel
