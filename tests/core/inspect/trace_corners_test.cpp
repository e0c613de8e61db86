// What is rare in a computation, as a trace tells it: lists that begin anew, passes that fail,
// recomputed reads, numbers at the ends of the range.
//
// Read before: trace_test.cpp. Read next: trace_texts_test.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include <reel/reel.h>

using namespace reel;
using Kind = TraceEvent::Kind;

namespace {

const TraceNode& node(const Trace& trace, int i) {
  return trace.nodes()[static_cast<std::size_t>(i)];
}
double number(const Trace& trace, int value) {
  return trace.values()[static_cast<std::size_t>(value)].whole.item();
}

std::vector<TraceEvent> events(const Trace& trace, Kind kind) {
  std::vector<TraceEvent> found;
  for (const TraceEvent& event : trace.events())
    if (event.kind == kind) found.push_back(event);
  return found;
}

const TraceNode& last_of(const Trace& trace, std::string_view op) {
  const auto found = std::find_if(trace.nodes().rbegin(), trace.nodes().rend(),
                                  [op](const TraceNode& each) { return each.op == op; });
  REQUIRE(found != trace.nodes().rend());
  return *found;
}

}  // namespace

TEST_CASE("a tensor that is watched after a reset is no node from before") {
  const Variable w(Tensor(2.0));
  const Tensor x(5.0);
  Trace trace;
  Tape tape({.trace = &trace});
  w * 3;
  tape.reset();
  tape.watch(x);
  const Tensor gradient = tape.gradient(x * x, x);
  CHECK(gradient.item() == 10);
  CHECK(node(trace, last_of(trace, "mul").inputs[0]).op == "watch");
  const auto totals = events(trace, Kind::total);
  REQUIRE(totals.size() == 1);
  CHECK(node(trace, totals[0].node).op == "watch");
}

TEST_CASE("each seed of a target that is named many times is added in its turn") {
  const Variable w(Tensor(2.0));
  Trace trace;
  Tape tape({.trace = &trace});
  const Tensor a = w * 3, b = w * 4;
  CHECK(tape.gradient({a, b, a, a}, w).item() == 13);
  const auto seeds = events(trace, Kind::seed);
  REQUIRE(seeds.size() == 4);
  CHECK(seeds[0].had == -1);
  CHECK(seeds[1].had == -1);
  CHECK(seeds[2].had == seeds[0].now);
  CHECK(number(trace, seeds[2].now) == 2);
  CHECK(seeds[3].had == seeds[2].now);
  CHECK(number(trace, seeds[3].now) == 3);
  CHECK(listing(trace).find("2 + 1 = 3") != std::string::npos);
}

TEST_CASE("seeds of a target that no tape watches are the parts of its own gradient") {
  Trace trace;
  Tape tape({.trace = &trace});
  const Tensor y = Tensor(2.0) * 3;
  const Tensor gradient = tape.gradient({y, y}, y);
  CHECK(gradient.item() == 2);
  const TraceEvent total = events(trace, Kind::total)[0];
  REQUIRE(total.parts.size() == 2);
  CHECK(total.nodes.size() == 2);
  CHECK(number(trace, total.parts[0]) + number(trace, total.parts[1]) == gradient.item());
}

TEST_CASE("a constant that is asked for is known as the node that it is") {
  const Variable w(Tensor(2.0));
  const Tensor c(3.0);
  Trace trace;
  Tape tape({.trace = &trace});
  tape.gradient(w * c, c, {.unconnected = Unconnected::zeros});
  const TraceEvent total = events(trace, Kind::total)[0];
  REQUIRE(total.node >= 0);
  CHECK(node(trace, total.node).op == "constant");
  CHECK(events(trace, Kind::pass)[0].tensors.size() == 1);
}

TEST_CASE("every node has a value, of a node from before the trace its shape") {
  const Variable w(ones({2, 3}));
  Trace trace;
  const Tape outer;
  const Tensor x = w * 2;
  const Tape inner({.trace = &trace});
  const Tensor y = x * 3;
  const std::vector<Tensor> gradients =
      outer.gradient(y, {x, Tensor(1.0)}, {.unconnected = Unconnected::zeros});
  outer.gradient(y, w);
  CHECK(gradients[0].shape() == Shape{2, 3});
  for (const TraceNode& each : trace.nodes()) {
    REQUIRE(each.value >= 0);
    if (each.bytes > 4)
      CHECK(trace.values()[static_cast<std::size_t>(each.value)].shape == Shape{2, 3});
  }
  CHECK(events(trace, Kind::total)[1].node == -1);
  const int before = events(trace, Kind::backward).back().to;  // the read of w
  CHECK_FALSE(trace.values()[static_cast<std::size_t>(node(trace, before).value)].whole.defined());
}

TEST_CASE("a recomputed read has the value that the rules saw, whatever was assigned since") {
  const Variable w(Tensor(2.0));
  Trace trace;
  Tape tape({.trace = &trace});
  const auto f = [&](const Tensor& x) { return exp(x * w); };
  const Tensor y = recompute([&](const Tensor& x) { return f(x) * recompute(f, x); }, Tensor(1.0));
  w.assign(Tensor(100.0));
  CHECK(tape.gradient(y, w).item() == doctest::Approx(2 * std::exp(4.0)));
  int reads = 0;
  for (const TraceNode& each : trace.nodes())
    if (each.op == "read") {
      ++reads;
      CHECK(number(trace, each.value) == 2);
    }
  CHECK(reads == 5);
}

TEST_CASE("what a pass makes after one inside of it has failed is its own") {
  const Variable w(Tensor(2.0));
  Trace trace;
  const Tape recorder({.trace = &trace});
  Tape tape;
  const Tensor x = w * 3;
  const auto fails = [](const Tensor&) -> Tensor { throw ValueError("on purpose"); };
  const auto rule = [&](const Tensor& dy) {
    Tape inner;
    inner.watch(dy);
    const Tensor once = dy * 2;
    CHECK_THROWS_AS(inner.gradient(record("failing", once * 1, wrt(once, fails)), dy), ValueError);
    return dy * 5;
  };
  tape.gradient(record("outer", x * 1, wrt(x, rule)), w);
  CHECK(events(trace, Kind::pass).size() == 2);
  CHECK(last_of(trace, "mul").pass == events(trace, Kind::pass)[0].pass);
}

TEST_CASE("a value beyond the budget is known when it comes again") {
  const Variable w(ones({10}), {.constraint = max_norm(100.0)});
  for (const Index budget : {Index{0}, Index{8}, Index{1} << 20}) {
    Trace trace({.budget = budget});
    Tape tape({.trace = &trace});
    const Tensor y = sum(w * w);
    SGD({.learning_rate = 1e-3}).apply_gradients({{w, tape.gradient(y, w)}});
    const TraceEvent projection = events(trace, Kind::project)[0];
    CHECK(projection.before == projection.after);
    CHECK(listing(trace).find("as it was: inside") != std::string::npos);
  }
}

TEST_CASE("but not in the next computation, since its elements may have changed") {
  Trace trace({.budget = 8});
  Tensor x = ones({10});
  for (const float element : {1.0f, 5.0f}) {
    writable<float>(x)[0] = element;
    Tape tape({.trace = &trace});
    square(x);
    const int value = trace.nodes()[trace.nodes().size() - 2].value;
    CHECK(trace.values()[static_cast<std::size_t>(value)].greatest == element);
  }
}

TEST_CASE("mean and histogram of numbers whose sum or range is infinite") {
  const double most = std::numeric_limits<double>::max();
  const auto described = [](const std::vector<double>& numbers) {
    Trace trace({.budget = 8});
    Tape tape({.trace = &trace});
    square(Tensor(numbers, {static_cast<Index>(numbers.size())}));
    return trace.values()[0];
  };
  const TraceValue ends = described({-most, -most / 2, most / 2, most});
  CHECK(std::abs(ends.mean) < 1e300);
  CHECK(ends.histogram[0] == 1);
  CHECK(ends.histogram[4] == 1);
  CHECK(ends.histogram[12] == 1);
  CHECK(ends.histogram[15] == 1);
  CHECK(described({most, most, most}).mean == most);
}

TEST_CASE("a tape's bytes count what a trace holds of its own nodes only") {
  const Variable w(ones({100}));
  Trace trace;
  Index first = 0;
  for (int i = 0; i < 3; ++i) {
    Tape tape({.trace = &trace});
    const Tensor y = exp(w) * w;
    if (i == 0) first = tape.bytes().tensors;
    CHECK(tape.bytes().tensors == first);
  }
}

TEST_CASE("a user's op may have the name of another and shapes of its own") {
  for (const char* name : {"matmul", "conv2d", "conv2d_filter_gradient", "conv2d_input_gradient",
                           "depthwise_conv2d", "separable_conv2d"}) {
    const Variable a(ones({2})), b(ones({3})), c(Tensor(1.0));
    Trace trace;
    Tape tape({.trace = &trace});
    record(name, ones({5}), wrt(a.value(), pass_on), no_gradient(b.value()));
    CHECK(trace.nodes().back().flops == 5);
    record(name, ones({5}), wrt(a.value(), pass_on), no_gradient(b.value()),
           no_gradient(c.value()));
    CHECK(trace.nodes().back().flops == 5);
  }
}

namespace {

struct Counting : SGD {
  mutable int configs = 0;
  Config get_config() const override {
    ++configs;
    return SGD::get_config();
  }
};

}  // namespace

TEST_CASE("a traced step is done even if the optimizer cannot say what it is") {
  struct Silent : SGD {
    Config get_config() const override { throw RuntimeError("Silent: it has no config"); }
  };
  const Variable w(Tensor(2.0));
  Silent sgd;
  Trace trace;
  Tape tape({.trace = &trace});
  const Tensor y = w * w;
  CHECK(sgd.apply_gradients({{w, tape.gradient(y, w)}}) == 1);
  CHECK(events(trace, Kind::step).size() == 1);
}

TEST_CASE("a traced step asks an optimizer for its config once") {
  const Variable a(Tensor(1.0)), b(Tensor(2.0));
  Counting sgd;
  Trace trace;
  Tape tape({.trace = &trace});
  const Tensor y = a * b;
  sgd.apply_gradients(tape.gradient(y, std::vector{a, b}));
  CHECK(sgd.configs == 1);
  const auto steps = events(trace, Kind::step);
  REQUIRE(steps.size() == 2);
  CHECK(steps[1].attributes == steps[0].attributes);
  CHECK(steps[0].attributes.contains("learning_rate"));
}
