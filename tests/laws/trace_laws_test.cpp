// Laws of a trace, in every row of the op table: what it says of gradients adds up, to the bit.
//
// What was there plus a contribution is what is there after it; a contribution is what was given,
// or that summed down to its shape; the dy that a rule gets is the last sum at its node; the parts
// of an answer add up to it, and it is what `gradient` returns. In float64, and by casting in
// float32. Read before: op_table.h, trace_test.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include <reel/core/inspect/trace.h>
#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/core/tape.h>

#include "op_table.h"

using namespace reel;
using Kind = TraceEvent::Kind;

namespace {

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  return dispatch(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return std::ranges::equal(a.span<const T>(), b.span<const T>());
  });
}

struct Ledger {
  const Trace& trace;
  std::map<std::pair<int, int>, int> last = {};  // of pass and node: the value of the sum
  int sums = 0;

  const Tensor& value(int i) const { return trace.values().at(static_cast<std::size_t>(i)).whole; }

  bool adds_up(const TraceEvent& event) {
    if (event.kind != Kind::seed && event.kind != Kind::backward) return true;
    const int contribution = event.kind == Kind::seed ? event.gradient : event.contribution;
    if (event.kind == Kind::backward) {
      const auto dy = last.find({event.pass, event.node});
      if (dy == last.end() || !same_bits(value(dy->second), value(event.gradient))) return false;
      const TraceNode& node = trace.nodes()[static_cast<std::size_t>(event.node)];
      if (event.input < 0 || node.inputs[static_cast<std::size_t>(event.input)] != event.to)
        return false;
      if (event.before_sum >= 0 &&
          !same_bits(sum_to(value(event.before_sum), value(contribution).shape()),
                     value(contribution)))
        return false;
    }
    const bool fits = event.had < 0
                          ? event.now == contribution
                          : same_bits(value(event.had) + value(contribution), value(event.now));
    sums += event.had >= 0;
    last[{event.pass, event.to}] = event.now;
    return fits;
  }

  bool is_whole(const TraceEvent& total) const {
    Tensor parts;
    for (const int part : total.parts) parts = parts.defined() ? parts + value(part) : value(part);
    return total.gradient < 0 ? !parts.defined() : same_bits(parts, value(total.gradient));
  }

  bool is_answer(const TraceEvent& total, const Tensor& gradient) const {
    return total.gradient < 0 ? !gradient.defined() : same_bits(value(total.gradient), gradient);
  }
};

}  // namespace

TEST_CASE("in every row of the op table what a trace says of gradients adds up to the bit") {
  int sums = 0;
  for (const DType dtype : {float64, float32})
    for (const op_table::Row& row : op_table::rows()) {
      INFO(row.name);
      std::vector<Tensor> inputs;
      for (const Tensor& x : row.inputs) inputs.push_back(cast(x, dtype));
      const RandomScope same_draws;
      Trace trace({.budget = Index{1} << 26});
      Tape tape({.trace = &trace});
      for (const Tensor& x : inputs) tape.watch(x);
      Tensor y;
      try {
        y = row.f(inputs) * 1;
      } catch (const TypeError&) {
        REQUIRE(dtype == float32);  // a row that has a float64 of its own
        continue;
      }
      // Twice each input, so that there is something to add.
      for (const Tensor& x : inputs) y = y + 0 * cast(sum(x) + sum(x * x), y.dtype());
      const std::vector<Tensor> gradients =
          tape.gradient(y, inputs, {.unconnected = Unconnected::none});
      const PauseRecording pause;  // or the sums below would be in the trace
      Ledger ledger{trace};
      std::size_t answers = 0;
      const int last_pass = trace.events().back().pass;  // rows of gradients make some before
      for (const TraceEvent& event : trace.events()) {
        CHECK(ledger.adds_up(event));
        if (event.kind != Kind::total) continue;
        CHECK(ledger.is_whole(event));
        if (event.pass == last_pass) CHECK(ledger.is_answer(event, gradients[answers++]));
      }
      CHECK(answers == inputs.size());
      sums += ledger.sums;
    }
  CHECK(sums > 200);
}
