// How an op puts itself on the tape: its name, its result and one gradient rule per argument.
//
//   return record("mul", y, wrt(a, [b](const Tensor& dy) { return dy * b; }),
//                           wrt(b, [a](const Tensor& dy) { return dy * a; }));
//
// A rule (a pullback) maps the gradient of y to that of its argument. It runs only if that is
// needed, and its capture list *is* the memory kept for the backward pass; the closure of an
// argument that no tape watches is dropped at once. It calls ops that record themselves, so it is
// differentiable too, may capture y itself, and leaves un-broadcasting to the backward pass.
// Closures sit in the tape's arena behind one table of functions a rule: a std::function would cost
// more than many of the ops. Read before: recording.h, arithmetic.cpp. Read next: node_list.h.
#pragma once

#include <array>
#include <initializer_list>
#include <new>
#include <type_traits>
#include <utility>

#include <reel/core/node_list.h>
#include <reel/core/observer.h>
#include <reel/core/recording.h>

namespace reel {

/// Which of a joint rule's arguments need a gradient.
struct NeedsGradient {
  std::uint32_t mask;
  bool operator[](int argument) const { return (mask >> argument) & 1u; }
};

/// What a joint rule returns: a gradient for each argument, undefined where none is needed.
struct Gradients {
  static constexpr int max_count = detail::max_arguments;
  Tensor of[max_count];
  Tensor& operator[](int argument) { return of[argument]; }
};

/// The rule of an argument whose gradient is that of y: `wrt(a, pass_on)`. No copy is made.
inline constexpr auto pass_on = [](const Tensor& dy) { return dy; };

namespace detail {

template <class F>
struct RuleClosure : Closure {
  static constexpr bool is_joint = !std::is_invocable_v<const F&, const Tensor&>;
  F rule;

  static void run(const Closure& self, Tensor& dy, BackwardPass& pass) {
    const F& rule = static_cast<const RuleClosure&>(self).rule;
    if constexpr (is_joint) {
      NeedsGradient needs{0};
      for (std::uint32_t i = 0; i < self.type->count; ++i)
        needs.mask |= std::uint32_t{pass.needs(self.arguments()[i].node)} << i;
      if (!needs.mask) return;
      Gradients gradients = rule(dy, needs);
      for (std::uint32_t i = 0; i < self.type->count; ++i)
        if (needs[i]) pass.accumulate(self, i, dy, std::move(gradients.of[i]));
    } else if (pass.needs(self.arguments()->node)) {
      constexpr bool passes_on = std::is_same_v<const F, decltype(pass_on)>;
      if (passes_on && !self.next)  // nobody asks for dy any more
        pass.accumulate(self, 0, dy, std::move(dy));
      else
        pass.accumulate(self, 0, dy, rule(dy));
    }
  }
  static void destroy(Closure& self) noexcept { static_cast<RuleClosure&>(self).~RuleClosure(); }
  static void copy([[maybe_unused]] const Closure& self) {
    if constexpr (std::is_copy_constructible_v<F>) {
      [[maybe_unused]] const F copied = static_cast<const RuleClosure&>(self).rule;
    }
  }
};

// By the number of its arguments, which is 1 unless the rule is joint.
template <class C>
constexpr auto closure_types = [] {
  std::array<ClosureType, C::is_joint ? max_arguments + 1 : 2> types{};
  const auto destroy = std::is_trivially_destructible_v<C> ? nullptr : C::destroy;
  for (std::uint32_t count = 0; count < types.size(); ++count)
    types[count] = {sizeof(C), count, C::run, destroy, C::copy};
  return types;
}();

// Refers to the function that the rule is made of until it moves into the arena: moving it about
// may copy what it captured.
template <class F>
struct Rule {
  std::span<const Tensor> xs;
  F&& f;
  void append_to(NodeList& list, Node& node, const Tensor& y) {
    using Kept = RuleClosure<std::decay_t<F>>;
    static_assert(alignof(Kept) <= 8, "the tape's memory is aligned to 8 bytes");
    const ClosureType& type = closure_types<Kept>[xs.size()];
    if (void* memory = list.claim(node, y, xs.data(), type))
      list.add(node, new (memory) Kept{{}, std::forward<F>(f)}, type);
  }
};

// One rule for each tensor of a list whose length is only known at run time.
template <class Make>
struct RuleForEach {
  std::span<const Tensor> xs;
  Make make;
  void append_to(NodeList& list, Node& node, const Tensor& y) {
    for (std::size_t i = 0; i < xs.size(); ++i) {
      auto f = make(i);
      Rule<decltype(f)>{xs.subspan(i, 1), std::move(f)}.append_to(list, node, y);
    }
  }
};

struct Edge {
  std::span<const Tensor> xs;
  void append_to(NodeList&, Node& node, const Tensor&) {
    if (xs[0].defined()) node.inputs[node.input_count++] = xs[0].id();
  }
};

// What an op was given besides tensors. It stands among the rules and keeps nothing.
template <class F>
struct AttributesOf {
  std::span<const Tensor> xs;
  F f;
  void append_to(NodeList&, Node&, const Tensor&) {}
};

inline void note(const auto&, Attributes&) {}
template <class F>
void note(const AttributesOf<F>& given, Attributes& attributes) {
  attributes = attributes_by(given.f);
}

// Apart from `record`, so that an op that is not recorded does not pay for it.
template <class... Rules>
[[gnu::noinline]] void record_now(const char* name, const Tensor& y, Rules&... rules) {
  NodeList& list = NodeList::current();
  Node& node = list.append(name, y.id(), (std::size_t{0} + ... + rules.xs.size()));
  (rules.append_to(list, node, y), ...);
  if (list.observers.empty()) return;
  const std::array<std::span<const Tensor>, sizeof...(Rules)> arguments{rules.xs...};
  Attributes attributes;
  (note(rules, attributes), ...);
  for (Observer* o : list.observers) o->recorded(list.size() - 1, y, arguments, attributes);
}

// The derivative of dy along y, for limits of dy / y, if dy comes from y (backward_pass.cpp).
inline Tensor (*derivative_along)(const Tensor& y, const Tensor& dy) = nullptr;

}  // namespace detail

/// The gradient rule of one argument: `f(dy)` gives the gradient of `x`. What any `wrt` returns
/// refers to its tensors: write it only as an argument of `record`, never into a variable.
template <class F>
detail::Rule<F> wrt(const Tensor& x, F&& f) {
  return {{&x, 1}, std::forward<F>(f)};
}

/// One rule for several arguments whose gradients one pass over the data gives:
///   wrt({x, w, b}, [=](const Tensor& dy, const NeedsGradient& needs) -> Gradients { ... })
/// An undefined tensor is an absent optional argument. ValueError when there are more than eight.
template <class F>
detail::Rule<F> wrt(std::initializer_list<Tensor> xs, F&& f) {
  if (xs.size() > Gradients::max_count)
    throw ValueError(
        "wrt: one rule must have at most {} arguments; got {}; give each a rule of its own, or use "
        "wrt_each",
        int{Gradients::max_count}, xs.size());
  return {{xs.begin(), xs.size()}, std::forward<F>(f)};
}

/// A rule for each tensor of a list, however long: `make(i)` gives the rule of `xs[i]`.
template <class Make>
detail::RuleForEach<Make> wrt_each(ListOf<Tensor> xs, Make make) {
  return {xs, std::move(make)};
}

/// An argument that y depends on but has no gradient with respect to.
inline detail::Edge no_gradient(const Tensor& x) { return {{&x, 1}}; }

/// The op's own arguments as a Config, so that it can be run again; f runs only for who observes.
///   attributes([&] { return Config{{"axis", axis}}; })
template <class F>
detail::AttributesOf<F> attributes(F f) {
  return {{}, std::move(f)};
}

/// The name of an op: a string that outlives the tape. An op of your own says with it where it is.
struct OpName {
  OpName(const char* name, CallSite site = {}) : text(name) { detail::note(site); }
  const char* text;
};

/// Puts the op `name` with the result `y` on the tapes that record; returns that very `y`, to be
/// returned or copied. ValueError when a tape checks numbers and y alone has a NaN or infinity.
template <class... Rules>
const Tensor& record(const OpName& name, const Tensor& y, Rules... rules) {
  if (recording()) detail::record_now(name.text, y, rules...);
  return y;
}

}  // namespace reel
