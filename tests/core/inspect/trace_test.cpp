// Trace: what is written down of a computation, checked against the computation.
//
// Read before: trace.h. Read next: trace_readers_test.cpp, replay_test.cpp.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <thread>

#include <reel/reel.h>

using namespace reel;
using Kind = TraceEvent::Kind;

namespace {

const TraceNode& node(const Trace& trace, int i) {
  return trace.nodes()[static_cast<std::size_t>(i)];
}
const Tensor& value(const Trace& trace, int i) {
  return trace.values()[static_cast<std::size_t>(i)].whole;
}

std::vector<TraceEvent> events(const Trace& trace, Kind kind) {
  std::vector<TraceEvent> found;
  for (const TraceEvent& event : trace.events())
    if (event.kind == kind) found.push_back(event);
  return found;
}

std::vector<std::string> ops(const Trace& trace) {
  std::vector<std::string> names;
  for (const TraceNode& each : trace.nodes()) names.push_back(each.op);
  return names;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  return dispatch(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto x = a.span<const T>(), y = b.span<const T>();
    return std::equal(x.begin(), x.end(), y.begin(),
                      [](T p, T q) { return p == q || (p != p && q != q); });
  });
}

}  // namespace

TEST_CASE("a trace holds the ops in their order, with inputs, values and places") {
  const Variable w(Tensor(2.0), {.name = "w"});
  const Tensor x(3.0);
  Trace trace;
  Tape tape({.trace = &trace});
  const Tensor h = w * x;
  const int line = __LINE__ - 1;
  const Tensor y = h * (h + 1);
  CHECK(ops(trace) ==
        std::vector<std::string>{"read", "constant", "mul", "constant", "add", "mul"});
  CHECK(node(trace, 2).inputs == std::vector{0, 1});
  CHECK(node(trace, 5).inputs == std::vector{2, 4});
  CHECK(value(trace, node(trace, 5).value).item() == 42);
  CHECK(node(trace, 2).watched);
  CHECK_FALSE(node(trace, 1).watched);
  CHECK(node(trace, 2).place.line == line);
  CHECK(trace.sources()[0].ends_with("trace_test.cpp"));
  CHECK(trace.variables()[0].name == "w");
  CHECK(trace.variables()[0].reads == std::vector{0});
  CHECK(node(trace, 2).bytes == 4);
  CHECK(y.item() == 42);
}

TEST_CASE("contributions arise edge by edge, and what was there before adds up with them") {
  const Variable w(Tensor(2.0), {.name = "w"}), b(Tensor(1.0), {.name = "b"});
  Trace trace;
  Tape tape({.trace = &trace});
  const Tensor h = w * 3;
  const Tensor y = h * (h + b);
  const auto gradients = tape.gradient(y, {w, b});
  const auto back = events(trace, Kind::backward);
  std::vector<double> contributions;
  for (const TraceEvent& event : back)
    contributions.push_back(value(trace, event.contribution).item());
  // y = h z, z = h + b, h = 3 w: newest rule first, so z's before h's.
  CHECK(contributions == std::vector<double>{6, 7, 6, 6, 39});
  const TraceEvent& second = back[3];
  CHECK(value(trace, second.had).item() == 7);
  CHECK(value(trace, second.now).item() == 13);
  const auto totals = events(trace, Kind::total);
  REQUIRE(totals.size() == 2);
  CHECK(same_bits(value(trace, totals[0].gradient), gradients[0].gradient));
  CHECK(trace.variables()[static_cast<std::size_t>(totals[1].variable)].name == "b");
  CHECK(events(trace, Kind::seed).size() == 1);
  CHECK(events(trace, Kind::pass_end).size() == 1);
}

TEST_CASE("which input of z * z a contribution is for") {
  const Variable z(Tensor(7.0));
  Trace trace;
  Tape tape({.trace = &trace});
  const Tensor x = z.value();
  const auto gradient = tape.gradient(x * x, z);
  const auto back = events(trace, Kind::backward);
  REQUIRE(back.size() == 2);
  CHECK(back[0].input == 1);
  CHECK(back[1].input == 0);
  CHECK(gradient.item() == 14);
}

TEST_CASE("a broadcast shows what its rule gave before it was summed") {
  const Variable bias(Tensor({1, 2}, {2}));
  Trace trace;
  Tape tape({.trace = &trace});
  const Tensor y = sum(ones({3, 2}) + bias);
  const Tensor gradient = tape.gradient(y, bias);
  const auto back = events(trace, Kind::backward);
  const TraceEvent& last = back.back();
  CHECK(value(trace, last.before_sum).shape() == Shape{3, 2});
  CHECK(same_bits(value(trace, last.contribution), gradient));
}

TEST_CASE("two reads of a variable are two parts of its gradient") {
  const Variable w(Tensor(2.0), {.name = "w"});
  Trace trace;
  Tape tape({.trace = &trace});
  const Tensor y = w * 3 + w * 4;
  const Tensor gradient = tape.gradient(y, w);
  const auto totals = events(trace, Kind::total);
  REQUIRE(totals.size() == 1);
  CHECK(totals[0].nodes.size() == 2);
  double parts = 0;
  for (const int part : totals[0].parts) parts += value(trace, part).item();
  CHECK(parts == 7);
  CHECK(gradient.item() == 7);
}

TEST_CASE("layers and named functions are nested intervals") {
  set_seed(1);
  Sequential net("seen");
  net.add<Dense>({.units = 2, .activation = "relu"});
  net.add<Dense>({.units = 1});
  const Tensor x = ones({3, 4});
  net(x);
  Trace trace;
  Tape tape({.trace = &trace});
  {
    const NamedScope scope("my part");
    net(x);
  }
  std::vector<std::string> paths;
  for (const TraceInterval& interval : trace.intervals()) paths.push_back(interval.path);
  CHECK(paths == std::vector<std::string>{"my part", "seen", "seen/dense", "seen/dense/relu",
                                          "seen/dense_1"});
  CHECK(trace.intervals()[3].outer == 2);
  CHECK(trace.intervals()[3].kind == "function");
  for (const TraceInterval& interval : trace.intervals())
    if (interval.outer >= 0) {
      const TraceInterval& outer = trace.intervals()[static_cast<std::size_t>(interval.outer)];
      CHECK(outer.first <= interval.first);
      CHECK(interval.last <= outer.last);
    }
}

TEST_CASE("a training step shows losses, updates, the step and the projection apart") {
  set_seed(1);
  Sequential net("moved");
  net.add<Dense>({.units = 2,
                  .kernel_regularizer = l2(0.1),
                  .kernel_constraint = max_norm(0.5, per_filter())});
  net.add<BatchNormalization>();
  const Tensor x = randn({8, 4});
  SGD sgd({.learning_rate = 0.5});
  Trace trace;
  std::vector<VariableGradient> gradients;
  {
    Tape tape({.trace = &trace});
    const Tensor y = net(x, {.training = true});
    const Tensor loss = mean(square(y)) + net.total_loss();
    gradients = tape.gradient(loss, net.trainable_variables());
    net.apply_updates();
  }
  sgd.apply_gradients(gradients);  // after the tape, and still heard
  const auto updates = events(trace, Kind::update);
  CHECK(updates.size() == 2);
  CHECK(updates[0].owner == "moved/batch_normalization");
  CHECK(events(trace, Kind::loss).size() == 1);
  CHECK(events(trace, Kind::loss)[0].name == "penalty");
  CHECK(events(trace, Kind::loss)[0].owner == "moved/dense");
  const auto steps = events(trace, Kind::step);
  CHECK(steps.size() == 4);
  for (const TraceEvent& step : steps) {
    const Tensor moved = value(trace, step.before) - 0.5 * value(trace, step.gradient);
    CHECK(same_bits(moved, value(trace, step.after)));
  }
  const auto projections = events(trace, Kind::project);
  REQUIRE(projections.size() == 1);
  CHECK(projections[0].name == "max_norm");
  CHECK(value(trace, projections[0].norms_after).shape() == Shape{2});
  for (const double norm : value(trace, projections[0].norms_after).to_vector())
    CHECK(norm <= doctest::Approx(0.5));
  CHECK(same_bits(value(trace, projections[0].after), net.trainable_variables()[0].value()));
  CHECK(events(trace, Kind::step_end).size() == 1);
  CHECK(trace.steps() == 1);
}

TEST_CASE("a traced step has the bits of one that nobody watches") {
  for (const bool traced : {false, true}) {
    static std::vector<Tensor> first;
    set_seed(5);
    Sequential net(traced ? "traced" : "untraced");
    net.add<SeparableConv2D>({.filters = 3,
                              .kernel_size = 3,
                              .depth_multiplier = 2,
                              .activation = "relu",
                              .pointwise_constraint = max_norm(0.3, per_filter())});
    net.add<Flatten>();
    net.add<Dense>({.units = 2});
    const Tensor x = randn({2, 5, 5, 2}, float32, {.seed = 9});
    const std::vector<std::int32_t> labels{0, 1};
    Adam adam;
    Trace trace;
    for (int step = 0; step < 3; ++step) {
      Tape tape({.trace = traced ? &trace : nullptr});
      const Tensor loss = softmax_cross_entropy(net(x, {.training = true}), labels);
      adam.apply_gradients(tape.gradient(loss, net.trainable_variables()));
    }
    if (!traced) {
      first = net.get_weights();
    } else {
      CHECK(trace.computations() == 3);
      const auto second = net.get_weights();
      for (std::size_t i = 0; i < first.size(); ++i) CHECK(same_bits(first[i], second[i]));
    }
  }
}

TEST_CASE("values beyond the budget are shown by range and histogram") {
  Trace trace({.budget = 64});
  Tape tape({.trace = &trace});
  Tensor x = concat({arange(31), full({1}, std::numeric_limits<double>::quiet_NaN())}, 0);
  square(x);
  const TraceNode& last = trace.nodes().back();
  const TraceValue& y = trace.values()[static_cast<std::size_t>(last.value)];
  CHECK_FALSE(y.whole.defined());
  CHECK(y.least == 0);
  CHECK(y.greatest == 900);
  CHECK(y.nans == 1);
  Index counted = 0;
  for (const Index count : y.histogram) counted += count;
  CHECK(counted == 31);
}

TEST_CASE("without a budget a trace keeps shapes only") {
  Trace trace({.budget = 0});
  Tape tape({.trace = &trace});
  square(ones({2, 3}));
  const TraceValue& y = trace.values().back();
  CHECK(y.shape == Shape{2, 3});
  CHECK_FALSE(y.whole.defined());
  CHECK_FALSE(y.described);
}

TEST_CASE("a trace ends with the next outermost tape, and when it goes") {
  const Variable w(Tensor(2.0));
  auto trace = std::make_unique<Trace>();
  {
    Tape tape({.trace = trace.get()});
    w * 1;
  }
  CHECK(detail::observed());
  {
    Tape tape;
    CHECK_FALSE(detail::observed());
    w * 1;
  }
  CHECK(trace->computations() == 1);
  CHECK(trace->nodes().size() == 3);
  {
    Tape tape({.trace = trace.get()});
    trace.reset();
    CHECK_FALSE(detail::observed());
    w * 1;
  }
}

TEST_CASE("an inner pass is told, and recorded for the outer tape") {
  const Variable w(Tensor(2.0));
  Trace trace;
  Tape outer({.trace = &trace});
  Tensor first;
  {
    Tape inner;
    const Tensor y = w * w * w;
    first = inner.gradient(y, w);
  }
  const Tensor second = outer.gradient(first, w);
  CHECK(first.item() == 12);
  CHECK(second.item() == 12);
  const auto passes = events(trace, Kind::pass);
  CHECK(passes.size() == 2);
  CHECK(std::ranges::count(trace.nodes(), 0, &TraceNode::pass) > 0);
  CHECK(same_bits(value(trace, events(trace, Kind::total).back().gradient), second));
}

TEST_CASE("a recomputed part is there twice, the second time in the pass") {
  const Variable w(Tensor(2.0));
  Trace trace;
  Tape tape({.trace = &trace});
  const Tensor y = recompute([&](const Tensor& x) { return exp(x * w); }, Tensor(1.0));
  const Tensor gradient = tape.gradient(y, w);
  CHECK(gradient.item() == doctest::Approx(std::exp(2.0)));
  CHECK(std::ranges::count(trace.nodes(), "exp", &TraceNode::op) == 2);
  CHECK(std::ranges::count(trace.intervals(), "recompute", &TraceInterval::kind) == 1);
}

TEST_CASE("a user's op says a sentence and an expression") {
  const auto doubled = [](const Tensor& x) {
    Tensor y;
    {
      const PauseRecording pause;
      y = 2 * x;
    }
    return record(
        "doubled", y, wrt(x, [](const Tensor& dy) { return 2 * dy; }), attributes([&] {
          return Config{{"factor", 2}, {"sentence", "x is doubled"}, {"expression", "2 x"}};
        }));
  };
  const Variable w(Tensor(3.0));
  Trace trace;
  Tape tape({.trace = &trace});
  doubled(w);
  const TraceNode& last = trace.nodes().back();
  CHECK(last.sentence == "x is doubled");
  CHECK(last.expression == "2 x");
  CHECK(last.attributes == Config{{"factor", 2}});
}

namespace {

struct Doubling : Layer {
  using Layer::Layer;
  Tensor call(const Tensor& x, const Call&) override { return x + x; }
};

struct Halving : Optimizer {
  Halving() : Optimizer({.name = "Halving"}) {}
  void update(const Variable& w, const Tensor&, double) override { w.assign(w.stored() / 2); }
};

}  // namespace

TEST_CASE("a user's own layer, optimizer and constraint are there without a word from them") {
  Doubling layer("own");
  Halving halving;
  const Constraint below_1 = [](const Variable& w) { return minimum(w.stored(), 1); };
  const Variable w(Tensor(8.0), {.name = "w", .constraint = below_1});
  Trace trace;
  Tape tape({.trace = &trace});
  const Tensor y = layer(w.value());
  halving.apply_gradients({{w, tape.gradient(y, w)}});
  CHECK(trace.intervals()[0].path == "own");
  const auto step = events(trace, Kind::step)[0];
  CHECK(step.owner == "Halving");
  CHECK(value(trace, step.after).item() == 4);
  const auto projection = events(trace, Kind::project)[0];
  CHECK(projection.name == "a function");
  CHECK(value(trace, projection.before).item() == 4);
  CHECK(value(trace, projection.after).item() == 1);
}

TEST_CASE("several targets have a seed each; one that is named twice has two that add up") {
  const Variable w(Tensor(2.0));
  Trace trace;
  Tape tape({.trace = &trace});
  const Tensor a = w * 3, b = w * 4;
  const Tensor gradient = tape.gradient({a, b, a}, w);
  CHECK(gradient.item() == 10);
  const auto seeds = events(trace, Kind::seed);
  REQUIRE(seeds.size() == 3);
  CHECK(seeds[1].had == -1);
  CHECK(value(trace, seeds[2].now).item() == 2);
}

TEST_CASE("a tape that starts afresh goes on in its trace") {
  const Variable w(Tensor(2.0));
  Trace trace;
  Tape tape({.trace = &trace});
  w * 3;
  tape.reset();
  const Tensor y = w * 4;
  CHECK(tape.gradient(y, w).item() == 4);
  CHECK(node(trace, events(trace, Kind::backward)[0].node).op == "mul");
  CHECK(trace.nodes().size() == 6);
}

TEST_CASE("errors of a trace") {
  CHECK_THROWS_WITH_AS(Trace({.budget = -1}),
                       "Trace: budget must be a number of bytes >= 0; got -1", ValueError);
}
