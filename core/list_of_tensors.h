// ListOf<Tensor>: a list of tensors may be one of variables, which are read for the call.
//
// `add_n({w, v})` reads them by itself, since braces make a tensor of each; of a vector of
// variables somebody has to. The tensors that were read live as long as the list, and in the pool:
// a step that joins variables asks the heap for nothing. Read before: list_of.h, variable.h. Read
// next: operand.h.
#pragma once

#include <concepts>
#include <memory>

#include <reel/core/runtime/list_of.h>
#include <reel/core/runtime/memory.h>
#include <reel/core/variable.h>

namespace reel {

template <>
class ListOf<Tensor> : public std::span<const Tensor> {
  using Read = memory::Vector<Tensor>;

 public:
  using std::span<const Tensor>::span;
  ListOf(std::span<const Tensor> values) : span(values) {}
  ListOf(std::initializer_list<Tensor> values) : span(values.begin(), values.size()) {}

  /// Of variables, in their order; under a tape each is read once more.
  template <class Variables>
  requires std::convertible_to<const Variables&, std::span<const Variable>> ListOf(
      const Variables& variables)
      : ListOf(read_of(std::span<const Variable>(variables))) {}

 private:
  explicit ListOf(std::shared_ptr<const Read> read)
      : span(read->data(), read->size()), read_(std::move(read)) {}
  static std::shared_ptr<const Read> read_of(std::span<const Variable> variables) {
    return std::allocate_shared<Read>(memory::Allocator<Read>(), variables.begin(),
                                      variables.end());
  }

  std::shared_ptr<const Read> read_;  // null of tensors
};

}  // namespace reel
