// Programs at random, with and without checkpoints.
#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include <reel/core/derivatives/recompute.h>
#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/core/tape.h>

using namespace reel;

namespace {

// A random program of small ops on a few values and variables, some of it in checkpoints, in which
// there are checkpoints. The numbers of `seed` decide all but whether checkpoints recompute.
class RandomProgram {
 public:
  std::vector<Variable> variables = {Variable(linspace(0.5, 1.5, 5)), Variable(Tensor(0.8))};

  RandomProgram(std::uint64_t seed, bool recompute) : state_(seed), recompute_(recompute) {}

  Tensor run(std::vector<Tensor> values, int depth = 0) {
    for (int i = 0; i < 6; ++i) {
      const Tensor a = values[pick(values.size())], b = values[pick(values.size())];
      switch (pick(depth < 3 ? 8 : 6)) {
        case 0:
          values.push_back(a * b);
          break;
        case 1:
          values.push_back(a + 0.7 * b);
          break;
        case 2:
          values.push_back(tanh(a - b));
          break;
        case 3:
          values.push_back(a / (1.5 + b * b));
          break;
        case 4:
          values.push_back(a * variables[pick(variables.size())]);
          break;
        case 5:
          values.push_back(dropout(a, 0.3) + sum(b, 0, true));
          break;
        default:
          values.push_back(inner({a, b}, depth));
          break;
      }
    }
    return values.back() + values[values.size() / 2];
  }

 private:
  // The same choices each time that f runs, and the same ones after it.
  Tensor inner(const std::vector<Tensor>& xs, int depth) {
    const std::uint64_t own = state_ * 31 + 7;
    const auto f = [this, own, depth](const std::vector<Tensor>& xs) {
      const std::uint64_t before = std::exchange(state_, own);
      const Tensor y = run(xs, depth + 1);
      state_ = before;
      return y;
    };
    return recompute_ ? checkpoint(f, xs) : f(xs);
  }

  std::size_t pick(std::size_t n) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state_ >> 33) % n;
  }

  std::uint64_t state_;
  bool recompute_;
};

}  // namespace

TEST_CASE("random programs with checkpoints in checkpoints give the gradients to the bit") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed ", seed);
    const auto bits = [&](bool recompute) {
      set_seed(seed);
      RandomProgram program(seed, recompute);
      const Tensor x = linspace(-1, 1, 5);
      Tape tape;
      tape.watch(x);
      const Tensor y = program.run({x, 2.0 * x});
      const Index nodes = tape.size();
      std::vector<std::vector<double>> all{y.to_vector(), tape.gradient(y, x).to_vector()};
      for (const auto& [variable, gradient] :
           tape.gradient(y, program.variables, {.unconnected = Unconnected::zeros}))
        all.push_back(gradient.to_vector());
      CHECK(tape.size() == nodes);  // what was recorded again is gone
      all.push_back({static_cast<double>(nodes)});
      return all;
    };
    CHECK(bits(true) == bits(false));
  }
}
