// What a tape holds, counted when somebody asks.
//
// A rule is a closure, and only the compiler knows what it captured. But a copy of it copies the
// tensors inside, and their copy constructor can be made to tell: so each closure is copied once,
// while a counter of this thread listens, and the copy is dropped again. Nothing is counted while
// ops are recorded.
#include <unordered_set>

#include <reel/core/node_list.h>

namespace reel {
namespace detail {

constinit std::atomic<int> copy_counters = 0;

namespace {

thread_local std::unordered_set<const Buffer*>* counter = nullptr;

// Collects the memory of all tensors that this thread copies while it lives.
class CopyCounter {
 public:
  CopyCounter() {
    counter = &buffers_;
    copy_counters.fetch_add(1);
  }
  ~CopyCounter() {
    counter = nullptr;
    copy_counters.fetch_sub(1);
  }
  CopyCounter(const CopyCounter&) = delete;
  CopyCounter& operator=(const CopyCounter&) = delete;

  Index bytes() const {
    Index total = 0;
    for (const Buffer* buffer : buffers_) total += static_cast<Index>(buffer->bytes);
    return total;
  }

 private:
  std::unordered_set<const Buffer*> buffers_;
};

template <class T>
void copy(const T& x) {
  [[maybe_unused]] const T copied = x;
}

}  // namespace

void count_copy(const Buffer& buffer) noexcept {
  if (!counter) return;
  counter->insert(&buffer);
  if (buffer.owner) counter->insert(buffer.owner);
}

Index NodeList::bytes_held(std::uint32_t begin) {
  const CopyCounter counted;
  for (std::uint32_t slot = begin; slot < size_; ++slot)
    for (const Closure* c = (*this)[slot].closures; c; c = c->next) c->type->copy(*c);
  for (const Segment& segment : segments)
    if (segment.begin >= begin) copy(segment.run_again);
  for (const Read& read : reads_)
    if (read.slot >= begin) copy(read.value);
  for (const auto& [slot, witness] : witnesses_)
    if (slot >= begin) copy(witness.inputs);
  return counted.bytes();
}

}  // namespace detail

Index Tape::size() const { return list_->size() - begin_; }

std::vector<TapeNode> Tape::nodes() const {
  check_thread();
  std::vector<TapeNode> result;
  for (std::uint32_t slot = begin_; slot < list_->size(); ++slot) {
    const detail::Node& node = (*list_)[slot];
    if (node.paused & bit_) continue;
    result.push_back(
        {node.name, node.output, {node.inputs, node.inputs + node.input_count}, node.watched != 0});
  }
  return result;
}

TapeBytes Tape::bytes() const {
  check_thread();
  constexpr Index bytes_per_node = sizeof(detail::Node) + sizeof(std::uint32_t);
  return {size() * bytes_per_node + list_->arena().bytes() - arena_before_,
          list_->bytes_held(begin_)};
}

}  // namespace reel
