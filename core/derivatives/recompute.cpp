#include <reel/core/derivatives/recompute.h>

#include <reel/core/node_list.h>
#include <reel/core/ops/random.h>
#include <reel/layers/scope/scope.h>

namespace reel {

Tensor checkpoint(const std::function<Tensor(const std::vector<Tensor>&)>& f,
                  const std::vector<Tensor>& xs) {
  if (!recording()) return f(xs);
  detail::NodeList& list = detail::NodeList::current();
  for (const Tensor& x : xs)  // so that `watch` in f finds them the first time, too
    if (x.defined() && list.slot_of(x.id()) == detail::NodeList::none)
      list.append("watch", x.id(), 0);
  return list.record_segment([&] { return f(xs); },
                             [f, xs, random = random_state(), scope = detail::present_scope()] {
                               const RandomScope same_draws(random);
                               // Variables that f makes by name are there by now.
                               const detail::OpenScope same_names(scope, Reuse::automatic);
                               f(xs);
                             });
}

Tensor checkpoint(const std::function<Tensor(const Tensor&)>& f, const Tensor& x) {
  return checkpoint([f](const std::vector<Tensor>& xs) { return f(xs[0]); }, std::vector{x});
}

namespace detail {

Tensor NodeList::record_segment(const std::function<Tensor()>& f, std::function<void()> run_again) {
  struct Open {
    int& count;
    explicit Open(int& open) : count(open) { ++count; }
    ~Open() { --count; }
  };
  Segment segment{size_, size_, static_cast<std::uint32_t>(reads_.size()), std::move(run_again)};
  Tensor y;
  {
    const Open open(open_segments_);
    y = f();
  }
  segment.end = size_;
  for (std::uint32_t slot = segment.begin; slot < segment.end; ++slot) destroy_closures(slot);
  if (segment.end > segment.begin) segments.push_back(std::move(segment));
  return y;
}

void NodeList::record_again(const Segment& segment, std::uint32_t bit) {
  struct Replay {
    NodeList& list;
    std::uint32_t read_before = list.next_replayed_;
    std::uint32_t paused_before = paused_tapes;
    std::size_t callbacks_before = list.on_end.size();
    ~Replay() {
      list.next_replayed_ = read_before;
      paused_tapes = paused_before;
      list.on_end.resize(callbacks_before);
    }
  };
  const std::uint32_t first = size_;
  {
    const Replay replay{*this};
    next_replayed_ = segment.first_read;
    paused_tapes &= ~bit;
    segment.run_again();
  }
  const std::uint32_t count = segment.end - segment.begin;
  for (std::uint32_t i = 0; i < std::min(count, size_ - first); ++i)
    if (std::string_view((*this)[segment.begin + i].name) != (*this)[first + i].name)
      throw RuntimeError("checkpoint: the function must do the same each time; op {} was {}, is {}",
                         i, (*this)[segment.begin + i].name, (*this)[first + i].name);
  if (size_ - first != count)
    throw RuntimeError(
        "checkpoint: the function must do the same each time; it ran {} ops, then {}", count,
        size_ - first);
}

// The value that the next read of a segment had the first time.
Tensor NodeList::replayed(const Variable& variable) {
  if (next_replayed_ >= reads_.size() || reads_[next_replayed_].variable != variable ||
      !reads_[next_replayed_].value.defined())
    throw RuntimeError(
        "checkpoint: the function must do the same each time; it did not read variable {} then",
        variable.name());
  return reads_[next_replayed_++].value;
}

void NodeList::release(Segment& segment) {
  segment.run_again = nullptr;
  for (std::size_t i = segment.first_read; i < reads_.size() && reads_[i].slot < segment.end; ++i)
    reads_[i].value = Tensor();
}

NodeList::Position NodeList::position() const {
  return {size_, slots_.size(), reads_.size(), segments.size(), arena_.position()};
}

void NodeList::roll_back(const Position& to) {
  for (std::uint32_t slot = to.size; slot < size_; ++slot) {
    destroy_closures(slot);
    const TensorId output = (*this)[slot].output;
    if (output - base_ < slots_.size() && slots_[output - base_] == slot)
      slots_[output - base_] = none;
    else if (const auto found = foreign_.find(output);
             found != foreign_.end() && found->second == slot)
      foreign_.erase(found);
    witnesses_.erase(slot);
  }
  last_foreign_ = {};
  slots_.resize(to.slots);
  for (; reads_.size() > to.reads; reads_.pop_back()) {
    const Read& read = reads_.back();
    if (read.previous == none)
      last_reads_.erase(read.variable.id());
    else
      last_reads_[read.variable.id()] = read.previous;
  }
  segments.resize(to.segments);
  arena_.roll_back(to.arena);
  size_ = to.size;
}

}  // namespace detail
}  // namespace reel
