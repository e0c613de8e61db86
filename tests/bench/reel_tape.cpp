// Contestant: a graph of small ops, its gradient and the tape's end (tape_graph.h).
#include <fmt/core.h>

#include <vector>

#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "contestant.h"
#include "tape_graph.h"

int main(int argc, char** argv) {
  return contestant_main(argv[0], [&] {
    const TapeGraph graph(argc, argv);
    const reel::Tensor x = reel::full({graph.elements}, 1.0001);
    const reel::Tensor w = reel::full({graph.elements}, 0.99999);
    return [graph, x, w] {
      reel::Tape tape;
      tape.watch(x);
      tape.watch(w);
      reel::Tensor y = x;
      for (int i = 0; i < graph.nodes; ++i) y = graph.adds(i) ? y + w : y * w;
      tape.gradient(y, std::vector{x, w});
    };
  });
}
