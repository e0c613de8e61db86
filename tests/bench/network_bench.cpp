// How long whole networks take, a call or a training step, beside the peers that were built.
//
// A convolution that is fast alone may wait for its neighbours in a network: for batch
// normalization, additions, pooling, small products, threads that wake. `--profile` says where
// reel's time goes. libtorch races in both of its layouts, ONNX Runtime in inference.
// Read before: waves.h, network_plans.h. Read next: reel_network.cpp, peers/torch_network.cpp.
#include <fmt/core.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

#include "network_plans.h"
#include "reel_training.h"
#include "waves.h"

namespace {

struct Row {
  NetworkWorkload workload;
  Times ours;
  int processes = 0;
  std::map<std::string, double> peers;  // fastest form of each, p5 in milliseconds

  double ratio() const { return ratio_to(peers, ours.p5); }
  /// Less than 30 microseconds: what is measured is how a library is called.
  bool excused() const { return ours.p5 < 0.03; }
};

const char* pass_of(const NetworkWorkload& w) { return w.training ? "train" : "forward"; }

Row measured(const NetworkWorkload& w, const Effort& effort) {
  std::vector<Contestant> all;
  const auto add = [&](const char* name, const std::string& program, const char* format,
                       bool is_peer) {
    NetworkWorkload form = w;
    form.format = format;
    if (const auto found = beside_this(program))
      all.push_back({name, *found, to_arguments(form), is_peer});
  };
  add("reel", "reel_network", "plain", false);
  add("libtorch", "peers/torch_network", "plain", true);
  if (w.input.size() == 3) add("libtorch", "peers/torch_network", "last", true);
  if (!w.training && !has_older_kernels())
    add("onnxruntime", "peers/onnxruntime_network.js", "plain", true);
  Row row;
  row.workload = w;
  row.processes = race_in_waves(all, w.threads, effort);
  row.ours = all[0].best;
  row.peers = fastest_forms(all, true);
  return row;
}

void print_json(const Row& row) {
  const NetworkWorkload& w = row.workload;
  nlohmann::ordered_json line{{"network", w.name},
                              {"batch", w.batch},
                              {"pass", pass_of(w)},
                              {"threads", w.threads},
                              {"layout", "nhwc"},
                              {"dtype", "f32"},
                              {"median_ms", row.ours.median},
                              {"p5_ms", row.ours.p5},
                              {"processes", row.processes},
                              {"peers", row.peers}};
  line["ratio"] =
      row.peers.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(row.ratio());
  line["excused"] = row.excused();
  fmt::print("{}\n", line.dump());
}

void print_text(const Row& row) {
  const NetworkWorkload& w = row.workload;
  std::string peers;
  for (const auto& [name, p5] : row.peers) peers += fmt::format("{} {:.3f}  ", name, p5);
  fmt::print("{:<12} {:>5} {:<7} {:>2} {:>9.3f} {:>9.3f} {:>6}  {}\n", w.name, w.batch, pass_of(w),
             w.threads, row.ours.median, row.ours.p5,
             row.peers.empty() ? "-" : fmt::format("{:.2f}", row.ratio()), peers);
}

/// For each pass and number of threads: the geometric mean and the worst, without exclusive or.
void print_summary(const std::vector<Row>& rows) {
  std::map<std::pair<std::string, int>, std::vector<const Row*>> groups;
  for (const Row& row : rows)
    if (!row.peers.empty() && row.workload.name != "xor")
      groups[{pass_of(row.workload), row.workload.threads}].push_back(&row);
  for (const auto& [key, group] : groups) {
    double sum = 0;
    std::size_t below = 0;
    for (const Row* row : group) sum += std::log(row->ratio());
    for (const Row* row : group) below += row->ratio() < 0.95 && !row->excused();
    const Row& worst =
        **std::min_element(group.begin(), group.end(),
                           [](const Row* a, const Row* b) { return a->ratio() < b->ratio(); });
    fmt::print(
        "{}, {} thread{}, without xor: {} rows, geometric mean {:.2f}, worst {:.2f} ({}, "
        "batch {}), {} below 0.95 without excuse\n",
        key.first, key.second, key.second == 1 ? "" : "s", group.size(),
        std::exp(sum / static_cast<double>(group.size())), worst.ratio(), worst.workload.name,
        worst.workload.batch, below);
  }
}

struct Choices {
  std::vector<std::string> networks, passes{"forward", "train"};
  std::vector<std::int64_t> batches{1, 8, 32};
  std::vector<int> threads{1};
  Effort effort;
  bool json = false, list = false, profile = false;
};

Choices parse(int argc, char** argv) {
  Choices choices;
  std::vector<std::string> names;
  for (const NetworkWorkload& plan : network_plans()) names.push_back(plan.name);
  CLI::App app{"Times whole networks, a call or a training step, beside their peers."};
  app.add_option("--network", choices.networks, "names of networks (default: all)")
      ->check(CLI::IsMember(names));
  app.add_option("--pass", choices.passes, "forward, train (default: both)")
      ->check(CLI::IsMember({"forward", "train"}));
  app.add_option("--batch", choices.batches, "images a call (default: 1 8 32)")
      ->check(CLI::Range(1, 65536));
  app.add_option("--threads", choices.threads, "numbers of threads (default: 1)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--seconds", choices.effort.seconds,
                 "of turns for each contestant of a row, which ends after ten (default: 0.5)")
      ->check(CLI::Range(0.001, 3600.0));
  app.add_option("--processes", choices.effort.processes,
                 "of each contestant, the fastest of which counts (default: 3)")
      ->check(CLI::Range(1, 100));
  app.add_flag("--json", choices.json, "one JSON object a line");
  app.add_flag("--list", choices.list, "say which rows there are, and time nothing");
  app.add_flag("--profile", choices.profile,
               "say instead where the time of reel's calls and steps goes");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e) == 0 ? 0 : 2);
  }
  if (choices.networks.empty()) choices.networks = names;
  return choices;
}

std::vector<NetworkWorkload> rows_of(const Choices& choices) {
  std::vector<NetworkWorkload> rows;
  for (int threads : choices.threads)
    for (const std::string& pass : choices.passes)
      for (const std::string& name : choices.networks)
        for (std::int64_t batch : choices.batches) {
          NetworkWorkload& row = rows.emplace_back(
              *std::find_if(network_plans().begin(), network_plans().end(),
                            [&](const NetworkWorkload& plan) { return plan.name == name; }));
          row.training = pass == "train";
          row.batch = batch;
          row.threads = threads;
        }
  return rows;
}

void print_profile(const NetworkWorkload& w) {
  fmt::print("{}, batch {}, {}, {} thread{}\n{}\n", w.name, w.batch, pass_of(w), w.threads,
             w.threads == 1 ? "" : "s", reel_network_profile(w));
}

}  // namespace

int main(int argc, char** argv) try {
  const Choices choices = parse(argc, argv);
  std::vector<Row> rows;
  int status = 0;
  if (!choices.json && !choices.list && !choices.profile)
    fmt::print("{:<12} {:>5} {:<7} {:>2} {:>9} {:>9} {:>6}  {}\n", "network", "batch", "pass", "T",
               "median", "p5 ms", "ratio", "peers' p5 ms");
  for (const NetworkWorkload& w : rows_of(choices)) {
    if (choices.list) {
      fmt::print("{} {} {} {}\n", w.name, w.batch, pass_of(w), w.threads);
    } else if (choices.profile) {
      print_profile(w);
    } else {
      try {
        rows.push_back(measured(w, choices.effort));
        choices.json ? print_json(rows.back()) : print_text(rows.back());
      } catch (const std::runtime_error& e) {  // the others may do
        fmt::print(stderr, "network_bench: {}: {}\n", w.name, e.what());
        status = 1;
      }
    }
    if (std::fflush(stdout) != 0)
      throw std::runtime_error("standard output: all of it must be written");
  }
  if (!choices.json) print_summary(rows);
  return status;
} catch (const std::exception& e) {
  fmt::print(stderr, "network_bench: {}\n", e.what());
  return 1;
}
