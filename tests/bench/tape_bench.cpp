// What a node of the tape costs, forward, backward and the tape's end, beside libtorch's.
//
// One row a graph: nanoseconds a node (5th percentile and median) of each, and libtorch's 5th
// percentile over ours. Both are asked in turns, each in a process of its own (race.h).
#include <fmt/core.h>

#include <cstdio>
#include <filesystem>
#include <optional>

#include "race.h"

int main(int argc, char** argv) {
  if (argc > 1) {
    fmt::print("usage: {}\nPrices a node of the tape, beside libtorch where that was built.\n",
               argv[0]);
    return std::string_view(argv[1]) == "--help" ? 0 : 2;
  }
  const std::filesystem::path folder = std::filesystem::path(argv[0]).parent_path();
  const std::string torch = folder / "peers" / "torch_tape";
  fmt::print("{:<8} {:>8} {:>8}  {:>14}  {:>20}  {:>6}\n", "graph", "elements", "nodes",
             "ns p5 (median)", "libtorch", "ratio");
  for (const char* graph : {"mul", "mul,add"})
    for (int elements : {1, 16})
      for (int nodes : {2000, 100000}) {
        const std::vector<std::string> row{graph, std::to_string(elements), std::to_string(nodes)};
        Runner reel(folder / "reel_tape", row);
        std::optional<Runner> peer;
        std::vector<Runner*> runners{&reel};
        if (std::filesystem::exists(torch)) runners.push_back(&peer.emplace(torch, row));
        const std::vector<Times> times = race(runners, {.seconds = 0.5}, 0);
        const auto text = [&](const Times& t) {
          return fmt::format("{:.0f} ({:.0f})", t.p5 / nodes * 1e6, t.median / nodes * 1e6);
        };
        fmt::print("{:<8} {:>8} {:>8}  {:>14}  {:>20}  {:>6}\n", graph, elements, nodes,
                   text(times[0]), peer ? text(times[1]) : "not built",
                   peer ? fmt::format("{:.1f}", times[1].p5 / times[0].p5) : "");
        std::fflush(stdout);
      }
}
