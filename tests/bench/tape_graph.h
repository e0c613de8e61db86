// The graph whose nodes tape_bench prices: a chain y = y * w, or y * w and y + w in turns.
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>

struct TapeGraph {
  bool mixed;
  int elements, nodes;

  /// From the arguments GRAPH ELEMENTS NODES, where GRAPH is mul or mul,add.
  TapeGraph(int argc, char** argv) {
    const std::string graph = argc == 4 ? argv[1] : "";
    if (graph != "mul" && graph != "mul,add")
      throw std::invalid_argument("the arguments must be mul|mul,add ELEMENTS NODES");
    mixed = graph == "mul,add";
    elements = std::atoi(argv[2]);
    nodes = std::atoi(argv[3]);
  }

  /// Whether node i is a sum.
  bool adds(int i) const { return mixed && i % 2 == 1; }
};
