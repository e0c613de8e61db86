// The tape, node by node: what it writes down on the way forward, what it does on the way back.
//
// y = (w x + b)^2 is small enough for a pencil. The program prints the tape of that computation and
// then walks back over it itself, with the two rules that it needs, printing each step. At the end
// stands what the library's own backward pass says; it must be the same.
// Read before: core/tape.h. Read next: 2_check_a_gradient.cpp.
#include <fmt/core.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <reel/core/inspect/tape_nodes.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "small_example.h"

using namespace reel;

namespace {

constexpr const char* help =
    "tape_by_hand: prints the tape of y = (w x + b)^2 and walks back over it, step by step.\n"
    "Follow it with a pencil: x = 2, w = 3, b = 1.\n";

// A node of the tape with what the tape does not keep: a name for people, and its value.
struct Line {
  std::string name;
  double value;
  double gradient = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const SmallExample example(argc, argv, help);
  if (example.status) return *example.status;

  const Tensor x(2.0), w(3.0), b(1.0);
  Tape tape;
  tape.watch({x, w, b});
  const Tensor h = w * x;
  const Tensor z = h + b;
  const Tensor y = z * z;

  std::map<TensorId, Line> lines;  // a tensor's id is its name on the tape
  lines[x.id()] = {"x", x.item()};
  lines[w.id()] = {"w", w.item()};
  lines[b.id()] = {"b", b.item()};
  lines[h.id()] = {"h", h.item()};
  lines[z.id()] = {"z", z.item()};
  lines[y.id()] = {"y", y.item()};

  fmt::print("Forward: the tape writes down each op.\n\n");
  const std::vector<TapeNode> nodes = tape.nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    std::string inputs;
    for (const TensorId id : nodes[i].inputs) inputs += " " + lines[id].name;
    const Line& line = lines[nodes[i].output];
    fmt::print("  {}  {} = {:<10} {:>3}\n", i, line.name, nodes[i].name + inputs, line.value);
  }

  fmt::print("\nBack: from the last node to the first, each hands its gradient on.\n");
  fmt::print("A gradient is complete when its node is reached: all that used it came later.\n\n");
  lines[y.id()].gradient = 1;
  for (std::size_t i = nodes.size(); i-- > 0;) {
    const TapeNode& node = nodes[i];
    const Line& line = lines[node.output];
    fmt::print("  {}  dy/d{} = {}\n", i, line.name, line.gradient);
    if (node.name == "watch") continue;
    Line& first = lines[node.inputs[0]];
    Line& second = lines[node.inputs[1]];
    // The rules: a sum passes dy on to both; a product multiplies it by the other factor.
    const bool product = node.name == "mul";
    const double to_first = line.gradient * (product ? second.value : 1);
    const double to_second = line.gradient * (product ? first.value : 1);
    const auto show = [&](const Line& to, const Line& other, double share) {
      const std::string factor = product ? fmt::format(" * {}", other.value) : "";
      fmt::print("       {} gives {} {}{} = {}\n", node.name, to.name, line.gradient, factor,
                 share);
    };
    show(first, second, to_first);
    show(second, first, to_second);
    first.gradient += to_first;
    second.gradient += to_second;
  }

  fmt::print("\nThe library's sweep:");
  bool same = true;
  for (const Tensor& t : {x, w, b, h, z}) {
    const double gradient = tape.gradient(y, t).item();
    same &= gradient == lines[t.id()].gradient;
    fmt::print(" dy/d{} = {}{}", lines[t.id()].name, gradient, t.id() == z.id() ? ".\n" : ",");
  }
  fmt::print("{}\n", same ? "The same." : "Not the same!");
  return same ? EXIT_SUCCESS : EXIT_FAILURE;
}
