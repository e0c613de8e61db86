// The NaN check: what a tape with `check_numerics` does at each op and at each rule.
//
// An op that makes a NaN or an infinity is at fault only if all it was given was finite; one that
// passes on what was bad before is not, so the first that is named is where the trouble began. On
// the way back the same is asked of each rule, whose op is named with the call site of the way
// forward. Inputs are kept with the node (its witness) and looked at only when a result is bad: the
// price of a check is one pass over each result. It hangs on the list as an observer; without one
// nobody pays. Read before: call_site.h, node_list.h, tape.h.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <reel/core/inspect/error_path.h>
#include <reel/core/observer.h>
#include <reel/core/runtime/environment.h>
#include <reel/core/tape.h>

namespace reel::detail {
namespace {

bool all_finite(const Tensor& x) {
  return dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* values = x.data<T>();
    bool finite = true;
    for (Index i = 0; i < x.size(); ++i)
      finite &= std::abs(values[i]) <= std::numeric_limits<T>::max();
    return finite;
  });
}

// "shape (2, 3), from -1 to 4"; "shape (), 0" for a single element.
std::string describe(const Tensor& x) {
  const std::vector<double> values = x.to_vector();
  if (values.empty()) return fmt::format("shape {}, empty", x.shape());
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low == *high) return fmt::format("shape {}, {:.6g}", x.shape(), *low);
  return fmt::format("shape {}, from {:.6g} to {:.6g}", x.shape(), *low, *high);
}

// "2 of 6 elements are not, the first, nan, at (0, 1)"
std::string describe_bad(const Tensor& x) {
  const std::vector<double> values = x.to_vector();
  const auto is_bad = [](double value) { return !std::isfinite(value); };
  const auto first = std::find_if(values.begin(), values.end(), is_bad);
  const auto count = std::count_if(values.begin(), values.end(), is_bad);
  Index rest = first - values.begin();
  Shape position = x.shape();
  for (int axis = x.rank(); axis-- > 0;) {
    const Index extent = x.shape()[axis];
    position[axis] = rest % extent;
    rest /= extent;
  }
  return fmt::format("{} of {} elements {} not, the first, {}, at {}", count, values.size(),
                     count == 1 ? "is" : "are",
                     std::isnan(*first) ? "nan"
                     : *first > 0       ? "inf"
                                        : "-inf",
                     position);
}

std::string at(const CallSite& site) {
  return site.file ? fmt::format(" at {}:{}", site.file, site.line) : std::string();
}
std::string called(const CallSite& site) {
  return site.file ? fmt::format("\n  called{}", at(site)) : std::string();
}

// What is remembered of a node.
struct Witness {
  CallSite site;
  std::string scope;
  std::vector<Tensor> inputs;

  bool inputs_are_finite() const { return std::all_of(inputs.begin(), inputs.end(), all_finite); }
};

class NanCheck final : public Observer {
 public:
  explicit NanCheck(std::uint32_t tape) : tape_(tape) {}

  void recorded(NodeIndex node, const Tensor& y, Arguments arguments, const Attributes&) override;
  void read(const Variable& variable, Tensor& value, std::uint32_t& tapes) override;
  void contributed(const Contribution& c) override;
  void summed(std::uint32_t tape, NodeIndex node, const Tensor& a, const Tensor& b,
              const Tensor& sum) override;
  void forgotten(NodeIndex first) override {
    witnesses_.erase(witnesses_.lower_bound(first), witnesses_.end());
  }
  void copy(NodeIndex first) const override {
    for (auto witness = witnesses_.lower_bound(first); witness != witnesses_.end(); ++witness)
      [[maybe_unused]] const std::vector<Tensor> copied = witness->second.inputs;
  }

 private:
  bool records() const { return (recording_tapes() & tape_) != 0; }
  const Witness* witness_of(NodeIndex node) const;
  CallSite site_of(NodeIndex node) const;
  std::string origin(NodeIndex node) const;
  std::string describe_inputs(NodeIndex node) const;

  const CallSiteReader reads_call_sites_;
  std::uint32_t tape_;
  NodeList& list_ = NodeList::current();
  std::map<NodeIndex, Witness> witnesses_;
};

const Witness* NanCheck::witness_of(NodeIndex node) const {
  const auto found = witnesses_.find(node);
  return found == witnesses_.end() ? nullptr : &found->second;
}

CallSite NanCheck::site_of(NodeIndex node) const {
  const Witness* witness = witness_of(node);
  return witness ? witness->site : CallSite{nullptr, 0};
}

// ", the result of sub at model.cpp:12", or where else a tensor on the tape comes from.
std::string NanCheck::origin(NodeIndex node) const {
  if (node == no_node) return {};
  const std::string_view name = list_[node].name;
  if (name == "watch") return ", watched";
  if (name == "read") {
    for (const Read& read : list_.reads())
      if (read.node == node) return fmt::format(", variable {}", read.variable.name());
  }
  return fmt::format(", the result of {}{}", name, at(site_of(node)));
}

std::string NanCheck::describe_inputs(NodeIndex node) const {
  std::string text;
  const Witness* witness = witness_of(node);
  for (std::size_t i = 0; witness && i < witness->inputs.size(); ++i) {
    const Tensor& x = witness->inputs[i];
    text += fmt::format("\n  input {}: {}{}", i, describe(x), origin(list_.find(x.id())));
  }
  return text;
}

[[noreturn]] void throw_in_scope(const Witness* witness, const std::string& text) {
  if (!witness || witness->scope.empty()) throw ValueError("{}", text);
  throw_at<ValueError>(witness->scope, "{}", text);
}

// --- the checks ------------------------------------------------------------------------------

void NanCheck::read(const Variable& variable, Tensor& value, std::uint32_t&) {
  if (records() && variable.trainable() && !all_finite(value))
    throw ValueError("read: variable {} of shape {} must be finite; {}; look at its last update",
                     variable.name(), value.shape(), describe_bad(value));
}

// What a rule calls counts as called where its op was.
void NanCheck::recorded(NodeIndex node, const Tensor& y, Arguments arguments, const Attributes&) {
  if (!records()) return;
  const NodeIndex behind = list_.running_node;
  Witness& witness = witnesses_[node];
  witness = {behind == no_node ? last_call_site() : site_of(behind),
             present_scope_path ? present_scope_path() : std::string(),
             {}};
  for (const std::span<const Tensor> some : arguments)
    for (const Tensor& x : some)
      if (x.defined()) witness.inputs.push_back(x);
  if (all_finite(y) || !witness.inputs_are_finite()) return;
  throw_in_scope(&witness, fmt::format("{}: the result of shape {} must be finite; {}{}{}",
                                       list_[node].name, y.shape(), describe_bad(y),
                                       called(witness.site), describe_inputs(node)));
}

void NanCheck::contributed(const Contribution& c) {
  if (c.tape != tape_) return;
  const auto& [tape, node, to, place, dy, given, gradient] = c;
  const Witness* witness = witness_of(node);
  if (all_finite(gradient) || !all_finite(dy) || (witness && !witness->inputs_are_finite())) return;
  const Node& op = list_[node];
  std::string which;
  for (std::uint32_t i = 0; i < op.input_count; ++i)
    if (list_.find(op.inputs[i]) == to && which.empty()) which = fmt::format(" {}", i);
  throw_in_scope(
      witness,
      fmt::format("gradient of {}: the gradient of input{} of shape {} must be finite; {}{}\n"
                  "  dy: {}{}",
                  op.name, which, gradient.shape(), describe_bad(gradient), called(site_of(node)),
                  describe(dy), describe_inputs(node)));
}

void NanCheck::summed(std::uint32_t tape, NodeIndex node, const Tensor& a, const Tensor& b,
                      const Tensor& sum) {
  if (tape != tape_ || !all_finite(a) || !all_finite(b) || all_finite(sum)) return;
  throw_in_scope(
      witness_of(node),
      fmt::format("gradient of {}: the sum of its result's gradients, of shape {}, must "
                  "be finite; {}{}",
                  list_[node].name, sum.shape(), describe_bad(sum), called(site_of(node))));
}

bool environment_asks() {
  static const bool asked = environment_flag("REEL_CHECK_NUMERICS", false);
  return asked;
}

}  // namespace

std::unique_ptr<Observer> make_nan_check(std::uint32_t tape, bool asked) {
  return asked || environment_asks() ? std::make_unique<NanCheck>(tape) : nullptr;
}

}  // namespace reel::detail
