// How an op puts itself on the tape: its name, its result and one gradient rule per argument.
//
//   return record("mul", y, wrt(a, [b](const Tensor& dy) { return dy * b; }),
//                           wrt(b, [a](const Tensor& dy) { return dy * a; }));
//
// A rule maps the gradient of y to the gradient of its argument. It runs only if that is wanted,
// and its capture list *is* the memory kept for the backward pass; the closure of an argument that
// no tape watches is dropped at once. A rule may give a gradient of the broadcast shape: the sweep
// sums it down to the argument's. Rules call ops that record themselves, so they are differentiable
// too; a rule may capture the result y itself. Where one pass yields several gradients:
//
//   wrt({x, d, p}, [=](const Tensor& dy, const NeedsGradient& needs) -> Gradients { ... })
//
// Closures sit in the tape's arena behind one table of functions a rule: a std::function would cost
// more than many of the ops. Read before: tape.h. Read next: ops.h.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include <reel/core/call_site.h>
#include <reel/core/closure.h>
#include <reel/core/tape.h>

namespace reel {

/// Which of a joint rule's arguments need a gradient.
class NeedsGradient {
 public:
  explicit NeedsGradient(std::uint32_t mask) : mask_(mask) {}
  bool operator[](int argument) const { return (mask_ >> argument) & 1u; }

 private:
  std::uint32_t mask_;
};

/// What a joint rule returns: a gradient per argument, in their order; undefined where not wanted.
class Gradients {
 public:
  static constexpr int max_count = 8;
  Gradients() = default;
  Gradients(std::initializer_list<Tensor> gradients) {
    int i = 0;
    for (const Tensor& gradient : gradients) gradients_.at(i++) = gradient;
  }
  Tensor& operator[](int argument) { return gradients_[argument]; }

 private:
  std::array<Tensor, max_count> gradients_;
};

/// The rule of an argument whose gradient is that of y: `wrt(a, pass_on)`. The sweep makes no copy.
struct PassOn {
  Tensor operator()(const Tensor& dy) const { return dy; }
};
inline constexpr PassOn pass_on;

namespace detail {

template <class F>
struct RuleClosure : Closure {
  template <class G>
  explicit RuleClosure(G&& f) : rule(std::forward<G>(f)) {}
  F rule;
};

struct Witness;

// Puts one op on the list of this thread.
class Recorder {
 public:
  Recorder(const char* name, const Tensor& y, std::size_t edge_count);
  ~Recorder() { node_.input_count = static_cast<std::uint32_t>(next_input_ - node_.inputs); }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Notes that y depends on x.
  void edge(const Tensor& x) {
    if (!x.defined()) return;
    *next_input_++ = x.id();
    if (witness_) add_witness(x);
  }
  // The same, and gives the memory for the closure of a rule for x; null when no tape watches x.
  void* claim(const Tensor& x, const ClosureType& type);
  // For a joint rule: null when no tape watches any of these arguments.
  void* claim_joint(const Tensor* arguments, const ClosureType& type);
  void add(Closure* closure) {
    closure->next = node_.closures;
    node_.closures = closure;
    node_.watched = true;
  }
  // Throws when a checking tape finds that the op made NaN or infinity out of finite inputs.
  void check(const Tensor& y) const {
    if (witness_) check_numbers(y);
  }

 private:
  void add_witness(const Tensor& x);
  void check_numbers(const Tensor& y) const;
  bool is_like_y(const Tensor& x) const {
    return x.shape() == y_.shape() && x.dtype() == y_.dtype();
  }
  Argument describe(const Tensor& x) const;

  NodeList& list_;
  Node& node_;
  TensorId* next_input_;
  Witness* witness_;  // null while no tape that records checks numbers
  const Tensor& y_;
};

// Rules refer to the functions that they are made of until those move into the arena: moving one
// about may copy what it captured.
template <class F>
struct Rule {
  static constexpr bool is_joint = false;
  const Tensor& x;
  F&& f;
  std::size_t size() const { return 1; }
  const Tensor* arguments() const { return &x; }
};

template <class F>
struct JointRule {
  static constexpr bool is_joint = true;
  std::initializer_list<Tensor> xs;
  F&& f;
  std::size_t size() const { return xs.size(); }
  const Tensor* arguments() const { return xs.begin(); }
};

// One rule for each tensor of a list whose length is only known at run time.
template <class Make>
struct RuleForEach {
  std::span<const Tensor> xs;
  Make make;
  std::size_t size() const { return xs.size(); }
  const Tensor* arguments() const { return xs.data(); }
};

[[noreturn]] void throw_too_many_arguments(std::size_t count);  // of a joint rule

struct Edge {
  const Tensor& x;
  std::size_t size() const { return 1; }
  const Tensor* arguments() const { return &x; }
};

template <class F, bool is_joint>
struct ClosureFunctions {
  static const F& rule(const Closure& self) {
    return static_cast<const RuleClosure<F>&>(self).rule;
  }
  static Tensor run(const Closure& self, const Tensor& dy) { return rule(self)(dy); }
  static void run_joint(const Closure& self, const Tensor& dy, NeedsGradient needs,
                        Tensor* gradients) {
    Gradients result = rule(self)(dy, needs);
    for (std::uint32_t i = 0; i < self.type->count; ++i)
      gradients[i] = std::move(result[static_cast<int>(i)]);
  }
  static void destroy(Closure& self) noexcept {
    static_cast<RuleClosure<F>&>(self).~RuleClosure<F>();
  }
  static void copy([[maybe_unused]] const Closure& self) {
    if constexpr (std::is_copy_constructible_v<F>) {
      [[maybe_unused]] const F copied = rule(self);
    }
  }
  // By the number of arguments, which is 1 unless the rule is joint.
  static constexpr auto types = [] {
    std::array<ClosureType, is_joint ? Gradients::max_count + 1 : 2> result{};
    for (std::uint16_t count = 0; count < result.size(); ++count) {
      ClosureType& type = result[count];
      type.bytes = sizeof(RuleClosure<F>);
      type.count = count;
      type.passes_on = std::is_same_v<F, PassOn>;
      if constexpr (!std::is_trivially_destructible_v<F>) type.destroy = destroy;
      type.copy = copy;
      if constexpr (is_joint)
        type.run_joint = run_joint;
      else
        type.run = run;
    }
    return result;
  }();
};

inline void append(Recorder& recorder, Edge& e) { recorder.edge(e.x); }

template <class R>
void append(Recorder& recorder, R& r) {
  using F = std::decay_t<decltype(r.f)>;
  static_assert(alignof(RuleClosure<F>) <= 8, "the tape's memory is aligned to 8 bytes");
  const ClosureType& type = ClosureFunctions<F, R::is_joint>::types[r.size()];
  void* memory;
  if constexpr (R::is_joint)
    memory = recorder.claim_joint(r.arguments(), type);
  else
    memory = recorder.claim(r.x, type);
  if (!memory) return;
  auto* closure = new (memory) RuleClosure<F>(std::forward<decltype(r.f)>(r.f));
  closure->type = &type;
  recorder.add(closure);
}

template <class Make>
void append(Recorder& recorder, RuleForEach<Make>& rules) {
  for (std::size_t i = 0; i < rules.xs.size(); ++i) {
    auto f = rules.make(i);
    Rule<decltype(f)> rule{rules.xs[i], std::move(f)};
    append(recorder, rule);
  }
}

}  // namespace detail

/// The gradient rule of one argument: `f(dy)` gives the gradient of `x`. What any `wrt` returns
/// refers to its tensors: write it only as an argument of `record`, never into a variable.
template <class F>
detail::Rule<F> wrt(const Tensor& x, F&& f) {
  return {x, std::forward<F>(f)};
}

/// One rule for several arguments: `f(dy, needs)` gives their gradients. An undefined tensor among
/// them is an absent optional argument. ValueError when there are more than eight.
template <class F>
detail::JointRule<F> wrt(std::initializer_list<Tensor> xs, F&& f) {
  if (xs.size() > Gradients::max_count) detail::throw_too_many_arguments(xs.size());
  return {xs, std::forward<F>(f)};
}

/// A rule for each tensor of a list, however long: `make(i)` gives the rule of `xs[i]`.
template <class Make>
detail::RuleForEach<Make> wrt_each(std::span<const Tensor> xs, Make make) {
  return {xs, std::move(make)};
}

/// An argument that y depends on but has no gradient with respect to.
inline detail::Edge no_gradient(const Tensor& x) { return {x}; }

/// The name of an op: a string that outlives the tape. An op of your own says with it where it is.
struct OpName {
  OpName(const char* name, CallSite site = {}) : text(name) { detail::note(site); }
  const char* text;
};

namespace detail {

// Apart from `record`, so that an op that is not recorded does not pay for it.
template <class... Rules>
[[gnu::noinline]] void record_now(const char* name, const Tensor& y, Rules&... rules) {
  Recorder recorder(name, y, (std::size_t{0} + ... + rules.size()));
  (append(recorder, rules), ...);
  recorder.check(y);
}

}  // namespace detail

/// Puts the op `name` with the result `y` on the tapes that record; returns `y`. ValueError when
/// one of them checks numbers and y has a NaN or infinity though no argument has.
template <class... Rules>
Tensor record(const OpName& name, Tensor y, Rules... rules) {
  if (recording()) detail::record_now(name.text, y, rules...);
  return y;
}

}  // namespace reel
