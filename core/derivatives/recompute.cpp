#include <reel/core/derivatives/recompute.h>

#include <algorithm>
#include <span>
#include <string_view>

#include <reel/core/node_list.h>
#include <reel/core/observer.h>
#include <reel/core/ops/random.h>
#include <reel/core/runtime/named_scope.h>

namespace reel {
namespace detail {
namespace {

// On the list while it lives.
class ScopedObserver : public Observer {
 public:
  ScopedObserver(const ScopedObserver&) = delete;
  ScopedObserver& operator=(const ScopedObserver&) = delete;

 protected:
  ScopedObserver(NodeList& list, bool is_first) : list_(list) {
    list.observers.insert(is_first ? list.observers.begin() : list.observers.end(), this);
  }
  ~ScopedObserver() override { std::erase(list_.observers, this); }

 private:
  NodeList& list_;
};

struct KeptRead {
  Variable variable;
  Tensor value;
  std::uint32_t tapes;  // that watched it
};

// Keeps what each read gave.
class KeptReads final : public ScopedObserver {
 public:
  explicit KeptReads(NodeList& list) : ScopedObserver(list, false) {}
  void read(const Variable& variable, Tensor& value, std::uint32_t& tapes) override {
    reads.push_back({variable, value, tapes});
  }
  std::vector<KeptRead> reads;
};

// Gives each read the value that it had the first time, watched by the tapes that did so then, and
// before others hear of it.
class ReplayedReads final : public ScopedObserver {
 public:
  ReplayedReads(NodeList& list, std::span<const KeptRead> reads)
      : ScopedObserver(list, true), reads_(reads) {}
  void read(const Variable& variable, Tensor& value, std::uint32_t& tapes) override {
    if (next_ == reads_.size() || reads_[next_].variable != variable)
      throw RuntimeError(
          "checkpoint: the function must do the same each time; it did not read variable {} then",
          variable.name());
    const KeptRead& first = reads_[next_++];
    value = first.value;
    tapes &= first.tapes;
  }

 private:
  std::span<const KeptRead> reads_;
  std::size_t next_ = 0;
};

void check_same_ops(NodeList& list, NodeIndex first, NodeIndex copy, NodeIndex count) {
  const NodeIndex copied = list.size() - copy;
  for (NodeIndex i = 0; i < std::min(count, copied); ++i)
    if (std::string_view(list[first + i].name) != list[copy + i].name)
      throw RuntimeError("checkpoint: the function must do the same each time; op {} was {}, is {}",
                         i, list[first + i].name, list[copy + i].name);
  if (copied != count)
    throw RuntimeError(
        "checkpoint: the function must do the same each time; it ran {} ops, then {}", count,
        copied);
}

// The rule of the node behind a recomputed function's: it holds what running it again needs.
struct RecomputeRule : Closure {
  std::function<void()> run_again;
  NodeIndex first, count;
  std::vector<KeptRead> reads;

  // Records f's nodes once more, for the tapes that did so before, that of the pass too, has them
  // run, and forgets them, unless another tape has recorded them as well. To a tape that began
  // later they are constants, as they would be without the checkpoint.
  void expand(BackwardPass& pass) const {
    NodeList& list = NodeList::current();
    struct Forget {  // also by an error
      NodeList& list;
      std::size_t expansion;
      NodeIndex outer_copy = list.expansions[expansion].copy;
      NodeList::Position before = list.position();
      std::size_t callbacks = list.on_end.size();
      ~Forget() {
        list.expansions[expansion].copy = outer_copy;
        list.on_end.resize(callbacks);
        if (!recording()) list.roll_back(before);
      }
    };
    const auto expansion =
        std::ranges::lower_bound(list.expansions, list.running_node, {}, &Expansion::node);
    const Forget forget{list, static_cast<std::size_t>(expansion - list.expansions.begin())};
    const NodeIndex copy = forget.before.size;
    {
      const Rehearsal rehearsal(Rehearsal::Draws::go_on);  // puts the tape's pause back
      paused_tapes = (paused_tapes & ~pass.tape()) | ~list.expansions[forget.expansion].tapes;
      const ReplayedReads replayed(list, reads);
      const NodeIndex running = std::exchange(list.running_node, no_node);  // f's ops are no rule's
      const NamedScope scope("recompute", "recompute");
      run_again();
      list.running_node = running;
    }
    check_same_ops(list, first, copy, count);
    list.expansions[forget.expansion].copy = copy;
    pass.run_in_place_of(first, copy, count);
  }

  static void run(const Closure& self, Tensor&, BackwardPass& pass) {
    static_cast<const RecomputeRule&>(self).expand(pass);
  }
  static void destroy(Closure& self) noexcept {
    static_cast<RecomputeRule&>(self).~RecomputeRule();
  }
  static void copy(const Closure& self) {
    [[maybe_unused]] const RecomputeRule copied = static_cast<const RecomputeRule&>(self);
  }
};

constexpr ClosureType recompute_type{.bytes = sizeof(RecomputeRule),
                                     .count = 0,
                                     .run = RecomputeRule::run,
                                     .destroy = RecomputeRule::destroy,
                                     .copy = RecomputeRule::copy};

}  // namespace

}  // namespace detail

Tensor recompute(const FunctionOf<Tensor(const std::vector<Tensor>&)>& f, ListOf<Tensor> inputs) {
  if (!f) throw ValueError("recompute: a function is needed; got an empty one");
  const std::vector<Tensor> xs(inputs.begin(), inputs.end());
  if (!recording()) return f(xs);
  using namespace detail;
  NodeList& list = NodeList::current();
  for (const Tensor& x : xs)  // so that `watch` in f finds them the first time, too
    if (x.defined() && list.find(x.id()) == no_node) list.append("watch", x.id(), 0);
  const SetUpAgain set_up = keep_surroundings ? keep_surroundings() : SetUpAgain();
  std::function<void()> run_again = [f, xs, random = random_state(), set_up] {
    const RandomScope same_draws(random);
    const std::shared_ptr<void> same_surroundings = set_up ? set_up() : nullptr;
    f(xs);
  };
  KeptReads reads(list);
  const NodeIndex first = list.size();
  Tensor y = f(xs);
  const NodeIndex count = list.size() - first;
  if (count == 0) return y;
  Node& node = list.append("recompute", next_id(), 0);
  list.expansions.push_back({first, first + count, recording_tapes()});
  auto* rule = new (list.take(sizeof(RecomputeRule)))
      RecomputeRule{{}, std::move(run_again), first, count, std::move(reads.reads)};
  list.add(node, rule, recompute_type);
  for (NodeIndex i = first; i < first + count; ++i) list.destroy_closures(i);  // nothing fails now
  return y;
}

Tensor recompute(const FunctionOf<Tensor(const Tensor&)>& f, const Tensor& x) {
  if (!f) throw ValueError("recompute: a function is needed; got an empty one");
  return recompute([f](const std::vector<Tensor>& xs) { return f(xs[0]); }, std::vector{x});
}

}  // namespace reel
