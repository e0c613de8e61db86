// Each tape watches for itself: what another does, inside or outside of it, changes no answer.
//
// The law is tried on random programs. A program is a list of steps over some values; it runs once
// with all of its tapes and once with each alone, and every question to a tape must be answered the
// same, bit by bit: which gradients there are and what they are, and what it has watched.
#include <doctest/doctest.h>

#include <optional>
#include <random>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/derivatives/hessian.h>
#include <reel/core/inspect/tape_nodes.h>
#include <reel/core/ops.h>
#include <reel/optim/sgd.h>

using namespace reel;

namespace {

constexpr int tape_count = 3;

struct Step {
  enum Kind {
    begin,
    end,
    reset,
    watch_value,
    watch_variable,
    read,
    multiply,
    paused_multiply,
    ask
  };
  Kind kind;
  int tape;  // -1: of the computation itself
  std::size_t a, b;
};

// Tapes begin and end in any order; each is asked before it ends.
std::vector<Step> random_program(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return std::size_t{random() % n}; };
  std::vector<Step> steps;
  bool active[tape_count] = {};
  for (int i = 0; i < 40; ++i) {
    const int tape = static_cast<int>(below(tape_count));
    const std::size_t a = random(), b = random();
    switch (below(9)) {
      case 0:
      case 1:
        if (!active[tape])
          steps.push_back({Step::begin, tape, a, b});
        else if (below(3) == 0)
          steps.push_back({below(4) == 0 ? Step::reset : Step::end, tape, a, b});
        if (steps.empty() || steps.back().kind == Step::reset) break;
        if (steps.back().kind == Step::begin) active[tape] = true;
        if (steps.back().kind == Step::end) active[tape] = false;
        break;
      case 2:
        if (active[tape]) steps.push_back({Step::watch_value, tape, a, b});
        break;
      case 3:
        if (active[tape]) steps.push_back({Step::watch_variable, tape, a, b});
        break;
      case 4:
      case 5:
        steps.push_back({Step::read, -1, a, b});
        break;
      case 6:
        if (active[tape]) steps.push_back({Step::paused_multiply, tape, a, b});
        break;
      case 7:
        if (active[tape]) steps.push_back({Step::ask, tape, a, b});
        break;
      default:
        steps.push_back({Step::multiply, -1, a, b});
    }
  }
  for (int tape = 0; tape < tape_count; ++tape)
    if (active[tape]) steps.push_back({Step::ask, tape, random(), random()});
  return steps;
}

std::string text_of(const Tensor& x) { return x.defined() ? fmt::format("{}", x.item()) : "none"; }

// The answers of tape `of` when the tapes in `present` take part.
std::string answers(const std::vector<Step>& steps, int of, const std::vector<int>& present) {
  const std::vector<Variable> variables = {
      Variable(Tensor(2.0, float64), {.name = "a"}), Variable(Tensor(0.5, float64), {.name = "b"}),
      Variable(Tensor(-1.5, float64), {.name = "fixed", .trainable = false})};
  std::vector<Tensor> values = {Tensor(3.0, float64), Tensor(-2.0, float64)};
  std::optional<Tape> tapes[tape_count];
  std::string text;
  const auto value = [&](std::size_t i) {
    return values[values.size() - 1 - i % std::min<std::size_t>(values.size(), 6)];
  };
  for (const Step& step : steps) {
    const bool takes_part =
        step.tape < 0 || std::find(present.begin(), present.end(), step.tape) != present.end();
    std::optional<Tape>* const tape = step.tape < 0 ? nullptr : &tapes[step.tape];
    const Variable& variable = variables[step.a % variables.size()];
    // Outside of all tapes two reads are one tensor, which is not what this is about.
    if (step.kind == Step::read)
      values.push_back(recording() ? variable.value() : variable.stored().share({}));
    if (step.kind == Step::paused_multiply && takes_part) {
      const auto pause = (*tape)->pause();
      values.push_back(value(step.a) * value(step.b));
    } else if (step.kind == Step::multiply || step.kind == Step::paused_multiply) {
      values.push_back(value(step.a) * value(step.b));
    }
    if (!takes_part || !tape) continue;
    if (step.kind == Step::begin && step.a % 3 == 0)
      tape->emplace(TapeOptions{.watch = {variable}});
    else if (step.kind == Step::begin)
      tape->emplace(TapeOptions{.watch_accessed_variables = step.a % 3 == 1});
    if (step.kind == Step::end) tape->reset();
    if (step.kind == Step::reset) (*tape)->reset();
    if (step.kind == Step::watch_value) (*tape)->watch(value(step.a));
    if (step.kind == Step::watch_variable) (*tape)->watch(variable);
    if (step.kind != Step::ask) continue;
    const Tensor target = value(step.a);
    const GradientOptions none{.unconnected = Unconnected::none};
    std::string answer;
    for (const Tensor& of_value : (*tape)->gradient(target, values, none))
      answer += text_of(of_value) + " ";
    for (const VariableGradient& of_variable : (*tape)->gradient(target, variables, none))
      answer += text_of(of_variable.gradient) + " ";
    for (const Variable& watched : (*tape)->watched_variables()) answer += watched.name() + " ";
    for (const Tensor& source : values) try {
        answer += text_of((*tape)->gradient(target, source)) + " ";
      } catch (const ValueError& error) {
        answer += std::string(error.what()).substr(0, 40) + " ";
      }
    if (step.tape == of) text += answer + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a tape answers as if no other tape were there, whatever is watched where and when") {
  int questions = 0;
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    const std::vector<Step> steps = random_program(seed);
    for (int tape = 0; tape < tape_count; ++tape) {
      const std::string alone = answers(steps, tape, {tape});
      const std::string among_others = answers(steps, tape, {0, 1, 2});
      questions += alone.empty() ? 0 : 1;
      CAPTURE(seed);
      CAPTURE(tape);
      REQUIRE(among_others == alone);
    }
  }
  CHECK(questions > 500);
}

TEST_CASE(
    "an inner tape that watches nothing by itself has no gradient of what an outer one watches") {
  const Variable v(Tensor(3.0), {.name = "v"});
  const Tape outer;
  const Tape inner({.watch_accessed_variables = false});
  const Tensor y = v * v;
  CHECK(inner.watched_variables().empty());
  CHECK_THROWS_WITH_AS(inner.gradient(y, v),
                       "gradient: the target must depend on every source; it does not depend on "
                       "variable v as far as this tape knows, which did not watch it; name it in "
                       ".watch, or call tape.watch, before it is read",
                       ValueError);
  CHECK(outer.gradient(y, v).item() == 6);
}

TEST_CASE("an outer tape that watches nothing by itself learns nothing from an inner one") {
  const Variable v(Tensor(3.0)), fixed(Tensor(2.0), {.trainable = false});
  const Tensor x(5.0);
  const Tape outer({.watch_accessed_variables = false});
  Tensor y;
  {
    Tape inner;
    inner.watch(fixed);
    inner.watch(x);
    y = v * fixed * x;
    CHECK(inner.watched_variables() == std::vector{fixed, v});
    CHECK(inner.gradient(y, x).item() == 6);
  }
  CHECK(outer.watched_variables().empty());
  const GradientOptions none{.unconnected = Unconnected::none};
  CHECK_FALSE(outer.gradient(y, v, none).defined());
  CHECK_FALSE(outer.gradient(y, fixed, none).defined());
  CHECK_FALSE(outer.gradient(y, x, none).defined());
}

TEST_CASE("what the library's own tapes watch stays theirs") {
  const Variable v(Tensor(3.0, float64)), fixed(Tensor(2.0, float64), {.trainable = false});
  const auto loss = [&] { return sum(square(v * fixed)); };
  const Tape outer({.watch_accessed_variables = false});
  SGD sgd({.learning_rate = 0});
  sgd.minimize(loss, {v, fixed});
  hessian_vector_product(loss, std::vector{v, fixed}, {Tensor(1.0, float64), Tensor(1.0, float64)});
  CHECK(check_gradients([&](const Tensor& x) { return x * v * fixed; }, Tensor(1.0, float64),
                        {.variables = {v, fixed}}));
  CHECK(outer.watched_variables().empty());
}

TEST_CASE("a Hessian product is right for a variable that is not trainable, too") {
  const Variable fixed(Tensor(2.0), {.trainable = false});
  CHECK(hessian_vector_product([&] { return fixed * fixed * fixed; }, std::vector{fixed},
                               {Tensor(1.0)})[0]
            .item() == 12);
}

TEST_CASE("a node says whether its own tape watches it") {
  const Tensor x(3.0);
  Tape outer;
  outer.watch(x);
  const Tape inner;
  const Tensor y = x * x;
  REQUIRE(inner.nodes().size() == 1);
  CHECK_FALSE(inner.nodes()[0].watched);
  CHECK(outer.nodes()[1].watched);
}

TEST_CASE("a tape of named variables watches these, trainable or not, and no others") {
  const Variable a(Tensor(2.0)), b(Tensor(3.0), {.trainable = false}), c(Tensor(5.0));
  Tape tape({.watch = {a, b}});
  const Tensor y = a * b * c;
  CHECK(tape.watched_variables().size() == 2);
  CHECK(tape.gradient(y, a).item() == 15);
  CHECK(tape.gradient(y, b).item() == 10);
  CHECK_FALSE(tape.gradient(y, c, {.unconnected = Unconnected::none}).defined());
  tape.watch(c);
  CHECK(tape.gradient(c * b, c).item() == 3);
  tape.reset();
  const Tensor z = a * c;
  CHECK(tape.watched_variables() == std::vector{a});
  CHECK(tape.gradient(z, a).item() == 5);
}

TEST_CASE("what a tape of named variables does not watch is not kept") {
  const Variable frozen(zeros({1000})), head(zeros({1000}));
  const auto kept = [&](const TapeOptions& options) {
    const Tape tape(options);
    Tensor y = zeros({1000});
    for (int i = 0; i < 5; ++i) y = tanh(y * frozen);
    const Tensor last = y * head;
    return tape.bytes().tensors;
  };
  CHECK(kept({.watch = {head}}) < 3 * 4200);  // y, and two reads of head at most
  CHECK(kept({}) > 25000);
}

TEST_CASE("no variables cannot be named") {
  CHECK_THROWS_WITH_AS(Tape({.watch = std::vector<Variable>()}),
                       "Tape: watch must name variables; got an empty list; a layer has its "
                       "variables after its first call",
                       ValueError);
  CHECK_THROWS_WITH_AS(Tape({.watch = {Variable()}}), "Tape: watch needs a variable; got none",
                       ValueError);
  CHECK_FALSE(recording());
}
