#include <reel/core/node_list.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>

#include <reel/core/inspect/nan_check.h>
#include <reel/layers/scope/scope.h>

namespace reel::detail {

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

namespace {

// A pointer without a destructor, since looking for a list that has one costs a guard and a call.
thread_local constinit NodeList* current_list [[gnu::tls_model("initial-exec")]] = nullptr;

[[gnu::noinline]] NodeList& make_current_list() {
  static thread_local NodeList list;
  return *(current_list = &list);
}

}  // namespace

NodeList& NodeList::current() { return current_list ? *current_list : make_current_list(); }

[[gnu::noinline]] void NodeList::add_chunk() {
  chunks_.push_back(
      static_cast<Node*>(memory::allocate(sizeof(Node) * (std::size_t{1} << chunk_bits))));
}

// Makes the slot known by the id of any tensor.
[[gnu::noinline]] void NodeList::enter(TensorId output, std::uint32_t slot) {
  const TensorId offset = output - base_;
  if (offset < slots_.size()) {
    slots_[offset] = slot;
  } else if (output >= base_ && output <= last_id) {
    // Ids that no op recorded lie in between: constants, and what ran while all tapes paused.
    slots_.resize(offset, none);
    slots_.push_back(slot);
  } else {
    foreign_[output] = slot;
    last_foreign_ = {output, slot};
  }
}

std::uint32_t NodeList::find_foreign(TensorId id) const {
  const auto found = foreign_.find(id);
  if (found == foreign_.end()) return none;
  last_foreign_ = {id, found->second};
  return found->second;
}

Node& NodeList::append(const char* name, TensorId output, std::size_t input_capacity) {
  if ((size_ & chunk_mask) == 0 && (size_ >> chunk_bits) == chunks_.size()) add_chunk();
  const std::uint32_t slot = size_++;
  if (output - base_ == slots_.size()) [[likely]]
    slots_.push_back(slot);
  else
    enter(output, slot);
  ever_paused_ |= paused_tapes;
  auto* inputs = static_cast<TensorId*>(arena_.take(sizeof(TensorId) * input_capacity));
  return *new (&(*this)[slot]) Node{name, output, inputs, nullptr, 0, false, paused_tapes};
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
    ++call_site_readers;
  }
}

void NodeList::end(const Tape& tape) {
  std::erase(tapes_, &tape);
  if (tape.options_.check_numerics) {
    checking_ &= ~tape.bit_;
    if (--call_site_readers == 0) set_last_call_site({nullptr, 0});
  }
  if (!tapes_.empty()) return;
  const bool normally = std::uncaught_exceptions() <= exceptions_;
  const auto callbacks = std::exchange(on_end, {});
  for (const auto& callback : callbacks) callback(normally);
  clear();
  serial_ = 0;
}

namespace {

void destroy_closures_of(Node& node) noexcept {
  for (Closure* c = std::exchange(node.closures, nullptr); c;) {
    Closure* const next = c->next;
    if (c->type->destroy) c->type->destroy(*c);
    c = next;
  }
}

}  // namespace

void NodeList::clear() {
  for (std::uint32_t slot = 0; slot < size_; ++slot) destroy_closures_of((*this)[slot]);
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
  last_foreign_ = {};
  watched_leaves_ = 0;
  ever_paused_ = 0;
}

void NodeList::destroy_closures(std::uint32_t slot) noexcept {
  destroy_closures_of((*this)[slot]);
  if (!witnesses_.empty()) witnesses_.erase(slot);
}

Witness& NodeList::make_witness(std::uint32_t slot) {
  return witnesses_[slot] = {last_call_site(), present_scope().path, {}};
}

const Witness* NodeList::witness_of(std::uint32_t slot) const {
  const auto found = witnesses_.find(slot);
  return found == witnesses_.end() ? nullptr : &found->second;
}

CallSite NodeList::place_of(std::uint32_t slot) const {
  const Witness* witness = witness_of(slot);
  return witness ? witness->site : CallSite{nullptr, 0};
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
  node.inputs[node.input_count++] = variable.id();
  node.watched = is_watched(variable);
  watched_leaves_ += node.watched;
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

Recorder::Recorder(const char* name, const Tensor& y, std::size_t edge_count)
    : list_(NodeList::current()),
      node_(list_.append(name, y.id(), edge_count)),
      next_input_(node_.inputs),
      witness_(list_.checks_numbers() ? &list_.make_witness(list_.size() - 1) : nullptr),
      y_(y) {}

void Recorder::add_witness(const Tensor& x) { witness_->inputs.push_back(x); }

void Recorder::check_numbers(const Tensor& y) const { check_result(list_, list_.size() - 1, y); }

void throw_too_many_arguments(std::size_t count) {
  throw ValueError(
      "wrt: one rule must have at most {} arguments; got {}; give each a rule of its own, or use "
      "wrt_each",
      int{Gradients::max_count}, count);
}

// The usual case is short and calls nothing; any other is that of a joint rule.
void* Recorder::claim(const Tensor& x, const ClosureType& type) {
  const std::size_t bytes = type.bytes + sizeof(Argument);
  if (x.defined() && !witness_ && list_.arena().has(bytes)) {
    const std::uint32_t slot = list_.slot_at_hand(x.id());
    if (slot != NodeList::none && list_[slot].watched && is_like_y(x)) {
      *next_input_++ = x.id();
      auto* memory = static_cast<char*>(list_.arena().take_at_hand(bytes));
      new (memory + type.bytes) Argument{slot, -1, x.dtype()};
      return memory;
    }
  }
  return claim_joint(&x, type);
}

[[gnu::noinline]] void* Recorder::claim_joint(const Tensor* arguments, const ClosureType& type) {
  std::array<Argument, Gradients::max_count> described;
  std::size_t extents = 0;
  bool any_watched = false;
  for (std::uint32_t i = 0; i < type.count; ++i) {
    edge(arguments[i]);
    described[i] = describe(arguments[i]);
    any_watched |= described[i].slot != NodeList::none;
    extents += static_cast<std::size_t>(std::max<int>(described[i].rank, 0));
  }
  if (!any_watched) return nullptr;
  auto* memory = static_cast<char*>(
      list_.arena().take(type.bytes + sizeof(Argument) * type.count + sizeof(Index) * extents));
  auto* described_there = reinterpret_cast<Argument*>(memory + type.bytes);
  auto* extents_there = reinterpret_cast<Index*>(described_there + type.count);
  for (std::uint32_t i = 0; i < type.count; ++i) {
    new (described_there + i) Argument(described[i]);
    if (described[i].rank > 0)
      extents_there = std::copy_n(arguments[i].shape().begin(), described[i].rank, extents_there);
  }
  return memory;
}

// Which node made x, if a tape watches it, and what its gradient must be.
Argument Recorder::describe(const Tensor& x) const {
  constexpr Argument nobody{NodeList::none, -1, float32};
  if (!x.defined()) return nobody;
  const std::uint32_t slot = list_.slot_of(x.id());
  if (slot == NodeList::none || !list_[slot].watched) return nobody;
  return {slot, static_cast<std::int16_t>(is_like_y(x) ? -1 : x.rank()), x.dtype()};
}

Tensor record_read(const Variable& variable, const Tensor& value) {
  return NodeList::current().append_read(variable, value, false);
}

}  // namespace reel::detail
