// Contestant: reel_tape.cpp in libtorch.
#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "../contestant.h"
#include "../tape_graph.h"

int main(int argc, char** argv) {
  return contestant_main(argv[0], [&] {
    const TapeGraph graph(argc, argv);
    at::set_num_threads(1);
    const auto x = torch::full({graph.elements}, 1.0001f).set_requires_grad(true);
    const auto w = torch::full({graph.elements}, 0.99999f).set_requires_grad(true);
    return [graph, x, w] {
      torch::Tensor y = x;
      for (int i = 0; i < graph.nodes; ++i) y = graph.adds(i) ? y + w : y * w;
      torch::autograd::grad({y.sum()}, {x, w});
    };
  });
}
