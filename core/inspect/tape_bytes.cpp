// What a tape holds, counted when somebody asks.
//
// A rule is a closure, and only the compiler knows what it captured. But a copy of it copies the
// tensors inside, and buffers can be made to tell when they get a holder more: so each closure is
// copied once, while a set of this thread listens, and the copy is dropped again. Nothing is
// counted while ops are recorded. Read before: buffer.h, node_list.h.
#include <fmt/format.h>

#include <ostream>

#include <reel/core/inspect/tape_nodes.h>
#include <reel/core/observer.h>

namespace reel {
namespace detail {
namespace {

// Collects the memory of all tensors that this thread copies while it lives.
class CopyCounter {
 public:
  CopyCounter() { copied_buffers = &buffers_; }
  ~CopyCounter() { copied_buffers = nullptr; }
  CopyCounter(const CopyCounter&) = delete;
  CopyCounter& operator=(const CopyCounter&) = delete;

  Index bytes() const {
    Index total = 0;
    for (const Buffer* buffer : buffers_) total += static_cast<Index>(buffer->bytes);
    return total;
  }

 private:
  BufferSet buffers_;
};

// Of the tensors that closures of the nodes from `begin` on hold, and those that observers keep.
Index bytes_held(NodeList& list, NodeIndex begin) {
  const CopyCounter counted;
  for (NodeIndex i = begin; i < list.size(); ++i)
    for (const Closure* c = list[i].closures; c; c = c->next) c->type->copy(*c);
  for (const Observer* observer : list.observers) observer->copy(begin);
  return counted.bytes();
}

}  // namespace
}  // namespace detail

TapeBytes Tape::bytes() const {
  check_thread();
  constexpr Index bytes_per_node = sizeof(detail::Node) + sizeof(detail::NodeIndex);
  return {size() * bytes_per_node + list_->arena_bytes() - arena_before_,
          detail::bytes_held(*list_, begin_)};
}

std::string TapeBytes::str() const {
  return fmt::format("{} bytes: {} of nodes and rules, {} of tensors", total(), record, tensors);
}

std::ostream& operator<<(std::ostream& out, const TapeBytes& bytes) { return out << bytes.str(); }

}  // namespace reel
