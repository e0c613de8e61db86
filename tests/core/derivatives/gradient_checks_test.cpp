// What a tape says to a question that it cannot answer.
#include <doctest/doctest.h>

#include <functional>
#include <thread>

#include <reel/core/ops.h>
#include <reel/core/tape.h>

using namespace reel;

namespace {

const char* const not_this_tapes =
    "gradient: a target must be computed under this tape; target 0 of shape () was computed before "
    "the tape began or outside of it; compute it inside the tape's block";
const char* const not_recorded =
    "gradient: a target must be computed under this tape; target 0 of shape () is a constant, or "
    "was computed while the tape was paused";

struct Case {
  std::string name;
  const char* message;
  std::function<Tensor(Tape&, const Variable&)> target;  // under the tape
};

}  // namespace

TEST_CASE("a target that is not the tape's is an error of its own, whatever the source") {
  const Variable w(Tensor(3.0), {.name = "w"});
  const Tensor before = w * w;
  const std::vector<Case> cases = {
      {"before", not_this_tapes, [&](Tape&, const Variable&) { return before; }},
      {"on another thread", not_this_tapes,
       [](Tape&, const Variable& v) {
         Tensor y;
         std::thread([&] { y = v * v; }).join();
         return y;
       }},
      {"before a reset", not_this_tapes,
       [](Tape& tape, const Variable& v) {
         const Tensor y = v * v;
         tape.reset();
         return y;
       }},
      {"paused", not_recorded,
       [](Tape& tape, const Variable& v) {
         const auto pause = tape.pause();
         return v * v;
       }},
      {"all paused", not_recorded,
       [](Tape&, const Variable& v) {
         const PauseRecording pause;
         return v * v;
       }},
      {"a number", not_recorded, [](Tape&, const Variable& v) { return Tensor((v * v).item()); }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    for (bool is_inner : {false, true}) {
      std::optional<Tape> outer;
      if (is_inner) outer.emplace();
      Tape tape;
      const Tensor y = c.target(tape, w), x = w.value();
      CHECK_THROWS_WITH_AS(tape.gradient(y, w), c.message, ValueError);
      CHECK_THROWS_WITH_AS(tape.gradient(y, std::vector{w}), c.message, ValueError);
      CHECK_THROWS_WITH_AS(tape.gradient(y, x), c.message, ValueError);
      CHECK_THROWS_WITH_AS(tape.jacobian(y, w), c.message, ValueError);
      CHECK(tape.gradient(y, w, {.unconnected = Unconnected::zeros}).item() == 0);
      CHECK_FALSE(tape.gradient(y, w, {.unconnected = Unconnected::none}).defined());
      CHECK_THROWS_WITH_AS(std::move(tape).gradient(y, w), c.message, ValueError);
    }
  }
}

TEST_CASE("a target from before the tape is refused among others, too; a constant is not") {
  const Variable w(Tensor(3.0));
  const Tensor before = w * w;
  const Tape tape;
  const Tensor y = w * w;
  CHECK_THROWS_WITH_AS(tape.gradient({y, before}, w),
                       "gradient: a target must be computed under this tape; target 1 of shape () "
                       "was computed before the tape began or outside of it; compute it inside the "
                       "tape's block",
                       ValueError);
  CHECK(tape.gradient({y, Tensor(1.0)}, w).item() == 6);
}

TEST_CASE("an inner tape does not know what ran before it began, unless it watches that") {
  const Tensor x(3.0);
  Tape outer;
  outer.watch(x);
  const Tensor y = x * x;
  Tape inner;
  CHECK_THROWS_WITH_AS(inner.gradient(y, x), not_this_tapes, ValueError);
  inner.watch(y);
  CHECK(inner.gradient(y, y).item() == 1);
  CHECK(inner.gradient(y * 5.0, y).item() == 5);
  CHECK_THROWS_WITH_AS(
      inner.gradient(y * 5.0, x),
      "gradient: the target must depend on every source; it does not depend on source 0 of shape "
      "(); watch it before it is used, or pass {.unconnected = Unconnected::zeros}",
      ValueError);
}

TEST_CASE("a target is its own source, whoever watches it") {
  const Tensor x(3.0);
  Tape outer;
  CHECK(outer.gradient(x, x).item() == 1);
  outer.watch(x);
  const Tape inner;
  CHECK(inner.gradient(x, x).item() == 1);
  CHECK(outer.gradient(x, x).item() == 1);
}

TEST_CASE("there is an output gradient for each target, or none at all") {
  const Tensor x(3.0), one(1.0);
  Tape tape;
  tape.watch(x);
  const Tensor y = x * x;
  for (std::size_t targets : {1u, 2u, 3u})
    for (std::size_t given : {0u, 1u, 2u, 3u, 4u}) {
      const std::vector<Tensor> ys(targets, y);
      const GradientOptions options{.output_gradients = std::vector<Tensor>(given, one)};
      if (given == 0 || given == targets) {
        CHECK(tape.gradient(ys, x, options).item() == 6.0 * static_cast<double>(targets));
        continue;
      }
      const std::string message = fmt::format(
          "gradient: there must be an output gradient for each target, or none; got {} for {}",
          given, targets);
      CHECK_THROWS_WITH_AS(tape.gradient(ys, x, options), message.c_str(), ValueError);
      CHECK_THROWS_WITH_AS(tape.gradient(ys, std::vector{x}, options), message.c_str(), ValueError);
    }
  CHECK(tape.gradient({y, y}, x, {.output_gradients = {Tensor(), one}}).item() == 12);
}

TEST_CASE("no variables are an error where the target depends on some, and only there") {
  const Variable a(Tensor(3.0), {.name = "a"}), b(Tensor(2.0), {.name = "b"});
  const std::vector<Variable> nothing;
  Tape tape;
  const Tensor constant = stop_gradient(a * b), y = a * b, other = a * 2.0;
  CHECK(tape.gradient(constant, nothing).empty());
  CHECK(tape.gradient(Tensor(1.0), nothing).empty());
  CHECK(tape.gradient(y, std::vector<Tensor>()).empty());
  CHECK_THROWS_WITH_AS(tape.gradient(y, nothing),
                       "gradient: there must be variables; got an empty list for a target that "
                       "depends on a, b; name those to train",
                       ValueError);
  CHECK_THROWS_WITH_AS(
      tape.gradient({constant, other}, nothing, {.unconnected = Unconnected::none}),
      "gradient: there must be variables; got an empty list for a target that "
      "depends on a; name those to train",
      ValueError);
  CHECK_THROWS_AS(std::move(tape).gradient(y, nothing), ValueError);
}

TEST_CASE("a long list of variables that nobody named is shortened") {
  std::vector<Variable> variables;
  for (int i = 0; i < 5; ++i)
    variables.push_back(Variable(Tensor(1.0), {.name = fmt::format("v{}", i)}));
  const Tape tape;
  Tensor y(0.0);
  for (const Variable& v : variables) y = y + v;
  CHECK_THROWS_WITH_AS(tape.gradient(y, std::vector<Variable>()),
                       "gradient: there must be variables; got an empty list for a target that "
                       "depends on v0, v1, v2 and 2 more; name those to train",
                       ValueError);
}
