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
//   wrt({x, d, p}, [=](const Tensor& dy, const Wanted& wanted) -> Gradients { ... })
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

#include <reel/core/place.h>
#include <reel/core/tape.h>

namespace reel {

/// Which of a joint rule's arguments need a gradient.
class Wanted {
 public:
  explicit Wanted(std::uint32_t mask) : mask_(mask) {}
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

namespace detail {

// One argument of a rule, as the sweep needs it.
struct Argument {
  std::uint32_t slot;  // the node that made it
  std::int32_t rank;   // of the shape to sum a gradient down to; -1 when it never differs
};

struct Closure;

// What can be done with a closure of one type.
struct ClosureType {
  std::size_t bytes;  // of the object
  void (*run)(const Closure& self, const Tensor& dy, Wanted wanted, Tensor* gradients);
  void (*destroy)(Closure& self) noexcept;
  void (*copy)(const Closure& self);  // and forget the copy: shows what it holds (tape_bytes.cpp)
};

// A closure in the arena. Its object is followed by its arguments, and these by the extents of
// those whose shape is not the result's, one after the other.
struct Closure {
  const ClosureType* type;
  Closure* next;
  std::uint32_t count;

  const Argument* arguments() const {
    return reinterpret_cast<const Argument*>(reinterpret_cast<const char*>(this) + type->bytes);
  }
  const Index* extents() const { return reinterpret_cast<const Index*>(arguments() + count); }
};

template <class F>
struct RuleClosure : Closure {
  template <class G>
  explicit RuleClosure(G&& f) : rule(std::forward<G>(f)) {}
  F rule;
};

struct Witness;

struct Recorder {
  Recorder(const char* name, Tensor& y, std::size_t edge_count);
  void edge(const Tensor& x);
  // Throws when a checking tape finds that the op made NaN or infinity out of finite inputs.
  void check(const Tensor& y) const;
  // The closure's memory, or null when no tape watches any of these arguments.
  void* claim(const Tensor* arguments, std::size_t count, std::size_t bytes);
  void add(Closure* closure);
  Argument describe(const Tensor& x) const;

  NodeList& list;
  struct Node& node;
  Witness* witness;  // null while no tape that records checks numbers
  const Shape& y_shape;
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
  static void run(const Closure& self, const Tensor& dy, [[maybe_unused]] Wanted wanted,
                  Tensor* gradients) {
    if constexpr (is_joint) {
      Gradients result = rule(self)(dy, wanted);
      for (std::uint32_t i = 0; i < self.count; ++i)
        gradients[i] = std::move(result[static_cast<int>(i)]);
    } else {
      gradients[0] = rule(self)(dy);
    }
  }
  static void destroy(Closure& self) noexcept {
    static_cast<RuleClosure<F>&>(self).~RuleClosure<F>();
  }
  static void copy([[maybe_unused]] const Closure& self) {
    if constexpr (std::is_copy_constructible_v<F>) {
      [[maybe_unused]] const F copied = rule(self);
    }
  }
  static constexpr ClosureType type{sizeof(RuleClosure<F>), run, destroy, copy};
};

inline void append(Recorder&, Edge&) {}

template <class R>
void append(Recorder& recorder, R& r) {
  using F = std::decay_t<decltype(r.f)>;
  static_assert(alignof(RuleClosure<F>) <= 16);
  void* memory = recorder.claim(r.arguments(), r.size(), sizeof(RuleClosure<F>));
  if (!memory) return;
  auto* closure = new (memory) RuleClosure<F>(std::forward<decltype(r.f)>(r.f));
  closure->type = &ClosureFunctions<F, R::is_joint>::type;
  closure->count = static_cast<std::uint32_t>(r.size());
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

/// One rule for several arguments: `f(dy, wanted)` gives their gradients. An undefined tensor among
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
  OpName(const char* name, Place place = {}) : text(name) { detail::note(place); }
  const char* text;
};

/// Puts the op `name` with the result `y` on the tapes that record; returns `y`. ValueError when
/// one of them checks numbers and y has a NaN or infinity though no argument has.
template <class... Rules>
Tensor record(const OpName& name, Tensor y, Rules... rules) {
  if (!detail::recording()) return y;
  detail::Recorder recorder(name.text, y, (std::size_t{0} + ... + rules.size()));
  const auto add_edges = [&](const auto& r) {
    for (std::size_t i = 0; i < r.size(); ++i) recorder.edge(r.arguments()[i]);
  };
  (add_edges(rules), ...);
  if (recorder.witness) recorder.check(y);
  (detail::append(recorder, rules), ...);
  return y;
}

}  // namespace reel
