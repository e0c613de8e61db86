#include <reel/core/node_list.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>

#include <reel/core/numerics.h>
#include <reel/core/scope.h>

namespace reel::detail {

thread_local constinit std::uint32_t active_tapes [[gnu::tls_model("initial-exec")]] = 0;
thread_local constinit std::uint32_t paused_tapes [[gnu::tls_model("initial-exec")]] = 0;

namespace {
constexpr std::size_t arena_chunk_bytes = 128 * 1024;
}

void* Arena::take_chunk(std::size_t bytes) {
  const std::size_t chunk = std::max(bytes, arena_chunk_bytes);
  chunks_.push_back({static_cast<char*>(memory::allocate(chunk)), chunk});
  next_ = chunks_.back().memory;
  end_ = next_ + chunk;
  return std::exchange(next_, next_ + bytes);
}

void Arena::roll_back(const Position& to) {
  for (; chunks_.size() > to.chunks; chunks_.pop_back())
    memory::deallocate(chunks_.back().memory, chunks_.back().bytes);
  next_ = to.next;
  end_ = to.end;
}

Index Arena::bytes() const {
  Index bytes = next_ - end_;
  for (const Chunk& chunk : chunks_) bytes += static_cast<Index>(chunk.bytes);
  return bytes;
}

NodeList& NodeList::current() {
  // A pointer without a destructor, since looking for a list that has one costs a guard and a call.
  static thread_local constinit NodeList* current [[gnu::tls_model("initial-exec")]] = nullptr;
  if (!current) [[unlikely]] {
    static thread_local NodeList list;
    current = &list;
  }
  return *current;
}

Node& NodeList::append(const char* name, TensorId output, std::size_t input_capacity) {
  if ((size_ >> chunk_bits) == chunks_.size())
    chunks_.push_back(
        static_cast<Node*>(memory::allocate(sizeof(Node) * (std::size_t{1} << chunk_bits))));
  const std::uint32_t slot = size_++;
  const TensorId offset = output - base_;
  if (offset < slots_.size()) {
    slots_[offset] = slot;
  } else if (output >= base_ && output <= last_id) {
    // Ids that no op recorded lie in between: constants, and what ran while all tapes paused.
    slots_.resize(offset, none);
    slots_.push_back(slot);
  } else {
    foreign_[output] = slot;
  }
  auto* inputs = static_cast<TensorId*>(arena_.take(sizeof(TensorId) * input_capacity));
  return *new (&(*this)[slot]) Node{name, output, inputs, nullptr, 0, paused_tapes, false};
}

void NodeList::begin(const Tape& tape) {
  if (tapes_.empty()) {
    static std::atomic<std::uint64_t> serials{0};
    serial_ = serials.fetch_add(1, std::memory_order_relaxed) + 1;
    base_ = next_id();
    exceptions_ = std::uncaught_exceptions();
  }
  tapes_.push_back(&tape);
  if (tape.options_.check_numerics) {
    checking_ |= tape.bit_;
    ++numerics_checks;
  }
}

void NodeList::end(const Tape& tape) {
  std::erase(tapes_, &tape);
  if (tape.options_.check_numerics) {
    checking_ &= ~tape.bit_;
    if (--numerics_checks == 0) set_last_place({nullptr, 0});
  }
  if (!tapes_.empty()) return;
  const bool normally = std::uncaught_exceptions() <= exceptions_;
  const auto callbacks = std::exchange(on_end, {});
  for (const auto& callback : callbacks) callback(normally);
  clear();
  serial_ = 0;
}

void NodeList::clear() {
  for (std::uint32_t slot = 0; slot < size_; ++slot) destroy_closures(slot);
  for (Node* chunk : chunks_)
    memory::deallocate(chunk, sizeof(Node) * (std::size_t{1} << chunk_bits));
  chunks_.clear();
  size_ = 0;
  arena_.clear();
  // Assigned, since `clear` would keep the memory.
  slots_ = decltype(slots_)();
  foreign_ = decltype(foreign_)();
  reads_ = decltype(reads_)();
  last_reads_ = decltype(last_reads_)();
  watched_variables_ = decltype(watched_variables_)();
  segments.clear();
  witnesses_.clear();
}

void NodeList::destroy_closures(std::uint32_t slot) noexcept {
  for (Closure* c = std::exchange((*this)[slot].closures, nullptr); c;) {
    Closure* next = c->next;
    c->type->destroy(*c);
    c = next;
  }
  if (!witnesses_.empty()) witnesses_.erase(slot);
}

Witness& NodeList::make_witness(std::uint32_t slot) {
  return witnesses_[slot] = {last_place(), present_scope().path, {}};
}

const Witness* NodeList::witness_of(std::uint32_t slot) const {
  const auto found = witnesses_.find(slot);
  return found == witnesses_.end() ? nullptr : &found->second;
}

Place NodeList::place_of(std::uint32_t slot) const {
  const Witness* witness = witness_of(slot);
  return witness ? witness->place : Place{nullptr, 0};
}

bool NodeList::is_watched(const Variable& variable) const {
  if (!watched_variables_.empty() && watched_variables_.contains(variable.id())) return true;
  return variable.trainable() && std::any_of(tapes_.begin(), tapes_.end(), [](const Tape* tape) {
           return tape->options_.watch_accessed_variables && !(tape->bit_ & paused_tapes);
         });
}

Tensor NodeList::append_read(const Variable& variable, const Tensor& now, bool explicitly_watched) {
  const Tensor value = next_replayed_ == none ? now : replayed(variable);
  if (checks_numbers()) check_read(variable, value);
  if (explicitly_watched) watched_variables_[variable.id()] = true;
  Tensor read = value.share(value.shape());
  Node& node = append("read", read.id(), 1);
  const_cast<TensorId*>(node.inputs)[node.input_count++] = variable.id();
  node.watched = is_watched(variable);
  const auto index = static_cast<std::uint32_t>(reads_.size());
  const auto [last, first_time] = last_reads_.try_emplace(variable.id(), index);
  reads_.push_back({variable, size_ - 1, first_time ? none : last->second,
                    open_segments_ > 0 ? value : Tensor()});
  last->second = index;
  return read;
}

std::uint32_t NodeList::last_read(TensorId variable) const {
  const auto found = last_reads_.find(variable);
  return found == last_reads_.end() ? none : found->second;
}

bool NodeList::reaches(std::uint32_t begin, std::span<const TensorId> from, TensorId y) {
  const auto wanted = [&](TensorId id) {
    return std::find(from.begin(), from.end(), id) != from.end();
  };
  if (wanted(y)) return true;
  const std::uint32_t top = slot_of(y);
  if (top == none || top < begin) return false;
  memory::Vector<char> marked(top - begin + 1);
  marked[top - begin] = 1;
  for (std::uint32_t slot = top + 1; slot-- > begin;) {
    if (!marked[slot - begin]) continue;
    const Node& node = (*this)[slot];
    for (std::uint32_t i = 0; i < node.input_count; ++i) {
      if (wanted(node.inputs[i])) return true;
      const std::uint32_t input = slot_of(node.inputs[i]);
      if (input != none && input >= begin && input < slot) marked[input - begin] = 1;
    }
  }
  return false;
}

Recorder::Recorder(const char* name, Tensor& y, std::size_t edge_count)
    : list(NodeList::current()),
      node(list.append(name, y.id(), edge_count)),
      witness(list.checks_numbers() ? &list.make_witness(list.size() - 1) : nullptr),
      y_shape(y.shape()) {}

void Recorder::edge(const Tensor& x) {
  if (!x.defined()) return;
  const_cast<TensorId*>(node.inputs)[node.input_count++] = x.id();
  if (witness) witness->inputs.push_back(x);
}

void throw_too_many_arguments(std::size_t count) {
  throw ValueError(
      "wrt: one rule must have at most {} arguments; got {}; give each a rule of its own, or use "
      "wrt_each",
      int{Gradients::max_count}, count);
}

void Recorder::check(const Tensor& y) const { check_result(list, list.size() - 1, y); }

// Which node made x, if a tape watches it, and the rank that its gradient is summed down to.
Argument Recorder::describe(const Tensor& x) const {
  if (!x.defined()) return {NodeList::none, -1};
  const std::uint32_t slot = list.slot_of(x.id());
  if (slot == NodeList::none || !list[slot].watched) return {NodeList::none, -1};
  return {slot, x.shape() == y_shape ? -1 : x.rank()};
}

void* Recorder::claim(const Tensor* arguments, std::size_t count, std::size_t bytes) {
  std::array<Argument, Gradients::max_count> described;
  std::size_t extents = 0;
  bool any_watched = false;
  for (std::size_t i = 0; i < count; ++i) {
    described[i] = describe(arguments[i]);
    any_watched |= described[i].slot != NodeList::none;
    extents += static_cast<std::size_t>(std::max(described[i].rank, 0));
  }
  if (!any_watched) return nullptr;
  auto* memory = static_cast<char*>(
      list.arena().take(bytes + sizeof(Argument) * count + sizeof(Index) * extents));
  auto* described_there = reinterpret_cast<Argument*>(memory + bytes);
  auto* extents_there = reinterpret_cast<Index*>(described_there + count);
  for (std::size_t i = 0; i < count; ++i) {
    new (described_there + i) Argument(described[i]);
    if (described[i].rank > 0)
      extents_there = std::copy_n(arguments[i].shape().begin(), described[i].rank, extents_there);
  }
  return memory;
}

void Recorder::add(Closure* closure) {
  closure->next = node.closures;
  node.closures = closure;
  node.watched = true;
}

Tensor record_read(const Variable& variable, const Tensor& value) {
  return NodeList::current().append_read(variable, value, false);
}

}  // namespace reel::detail
