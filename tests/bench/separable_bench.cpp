// How long a separable convolution takes, beside every peer that was built, in one run.
//
// Each library runs in a process of its own and all are asked in turns (race.h). A row's peers take
// and return plain tensors in its layout; what they reach in formats of their own choice is shown
// beside it and decides nothing. `blas_share` is the time of the bare matrix products over ours:
// near 1, BLAS is the limit. Read next: contestant.h, reel_separable.cpp, peers/.
#include <fmt/core.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <memory>

#include <reel/core/runtime/blas.h>

#include "race.h"
#include "workload.h"

namespace {

namespace fs = std::filesystem;

struct Choices {
  std::vector<std::string> shapes, passes{"forward", "train"}, layouts{"nhwc"}, dtypes{"f32"};
  std::vector<int> threads{1};
  double seconds = 0.3;
  bool json = false;
};

struct Row {
  Workload workload;
  Times ours;
  double gflops = 0, peak_share = 0, blas_share = 0;
  std::map<std::string, double> peers, preferred;  // fastest form of each, p5 in milliseconds

  static double ratio(const std::map<std::string, double>& peers, double p5) {
    double best = 0;
    for (const auto& [name, milliseconds] : peers)
      if (best == 0 || milliseconds < best) best = milliseconds;
    return best / p5;
  }
};

struct Contestant {
  std::string name, program, format;
};

/// What stands beside this program.
std::vector<Contestant> contestants(const fs::path& folder) {
  std::vector<Contestant> all{{"reel", "reel_separable", "plain"}, {"blas", "bare_gemm", "plain"}};
  const std::vector<Contestant> peers{{"libtorch", "torch_separable", "plain"},
                                      {"libtorch", "torch_separable", "preferred"},
                                      {"onednn", "onednn_separable", "plain"},
                                      {"onednn", "onednn_separable", "pinned"},
                                      {"onednn", "onednn_separable", "preferred"}};
  for (const Contestant& peer : peers)
    if (fs::exists(folder / "peers" / peer.program))
      all.push_back({peer.name, "peers/" + peer.program, peer.format});
  return all;
}

Row measure(Workload workload, const fs::path& folder, double seconds) {
  // The same number of threads for all, and for libtorch the BLAS kernels that reel found.
  std::map<std::string, std::string> environment{
      {"OMP_NUM_THREADS", std::to_string(workload.threads)}};
  if (!std::getenv("OPENBLAS_CORETYPE") && !reel::blas::info().core.empty())
    environment["OPENBLAS_CORETYPE"] = reel::blas::info().core;

  const std::vector<Contestant> all = contestants(folder);
  std::vector<std::unique_ptr<Runner>> runners;
  std::vector<Runner*> asked;
  for (const Contestant& contestant : all) {
    workload.format = contestant.format;
    runners.push_back(std::make_unique<Runner>(folder / contestant.program,
                                               to_arguments(workload, workload.name), environment));
    asked.push_back(runners.back().get());
  }
  // OpenMP's threads spin for some milliseconds after their work, on processors that are the next
  // contestant's by then.
  const int pause = workload.threads > 1 ? 20 : 0;
  const std::vector<Times> times = race(asked, seconds, pause);
  if (!times[0].valid()) throw std::runtime_error("reel_separable gave no times");

  Row row;
  row.workload = workload;
  row.ours = times[0];
  row.gflops = workload.operations() / times[0].p5 * 1e-6;
  // The peak is that of float32; a vector holds half as many doubles.
  row.peak_share = row.gflops / runners[0]->ask("peak").at(0) * (workload.float64 ? 2 : 1);
  row.blas_share = times[1].p5 / times[0].p5;
  for (std::size_t i = 2; i < all.size(); ++i) {
    if (!times[i].valid()) continue;
    auto& column = all[i].format == "preferred" ? row.preferred : row.peers;
    const auto [entry, is_new] = column.try_emplace(all[i].name, times[i].p5);
    if (!is_new) entry->second = std::min(entry->second, times[i].p5);
  }
  return row;
}

const char* pass_of(const Workload& w) { return w.training ? "train" : "forward"; }
const char* layout_of(const Workload& w) { return w.channels_first ? "nchw" : "nhwc"; }
const char* dtype_of(const Workload& w) { return w.float64 ? "f64" : "f32"; }

void print_json(const Row& row) {
  nlohmann::ordered_json line{{"shape", row.workload.name},
                              {"pass", pass_of(row.workload)},
                              {"threads", row.workload.threads},
                              {"layout", layout_of(row.workload)},
                              {"dtype", dtype_of(row.workload)},
                              {"median_ms", row.ours.median},
                              {"p5_ms", row.ours.p5},
                              {"gflops", row.gflops},
                              {"peak_share", std::min(row.peak_share, 1.0)},
                              {"blas_share", std::min(row.blas_share, 1.0)},
                              {"bytes", row.workload.bytes()},
                              {"peers", row.peers}};
  const auto ratio_of = [&](const auto& peers) -> nlohmann::ordered_json {
    if (peers.empty()) return nullptr;
    return Row::ratio(peers, row.ours.p5);
  };
  line["ratio"] = ratio_of(row.peers);
  line["peers_preferred"] = row.preferred;
  line["ratio_preferred"] = ratio_of(row.preferred);
  fmt::print("{}\n", line.dump());
}

void print_header() {
  fmt::print("{:<6} {:<7} {:>2} {:<4} {:<3} {:>9} {:>9} {:>8} {:>5} {:>5} {:>6}  {}\n", "shape",
             "pass", "T", "", "", "median", "p5 ms", "GFLOP/s", "peak", "blas", "ratio",
             "peers' p5 ms (in formats of their own)");
}

std::string text_of(double x, const char* format) { return fmt::format(fmt::runtime(format), x); }

void print_text(const Row& row) {
  std::string peers;
  for (const auto& [name, milliseconds] : row.peers) {
    peers += fmt::format("{} {:.3f}", name, milliseconds);
    const auto own = row.preferred.find(name);
    if (own != row.preferred.end()) peers += fmt::format(" ({:.3f})", own->second);
    peers += "  ";
  }
  const std::string ratio =
      row.peers.empty() ? "-" : text_of(Row::ratio(row.peers, row.ours.p5), "{:.2f}");
  fmt::print(
      "{:<6} {:<7} {:>2} {:<4} {:<3} {:>9.3f} {:>9.3f} {:>8.1f} {:>4.0f}% {:>4.0f}% {:>6}  {}\n",
      row.workload.name, pass_of(row.workload), row.workload.threads, layout_of(row.workload),
      dtype_of(row.workload), row.ours.median, row.ours.p5, row.gflops, 100 * row.peak_share,
      100 * row.blas_share, ratio, peers);
}

/// The geometric means of the peers' times over ours: each over the rows that only differ in shape.
void print_means(const std::vector<Row>& rows) {
  std::vector<std::string> kinds;  // in the order of the rows
  std::map<std::string, std::map<std::string, std::vector<double>>> ratios;
  for (const Row& row : rows) {
    const std::string kind = fmt::format("{}, {} thread{}, {}, {}", pass_of(row.workload),
                                         row.workload.threads, row.workload.threads == 1 ? "" : "s",
                                         layout_of(row.workload), dtype_of(row.workload));
    if (row.peers.empty()) continue;
    if (!ratios.contains(kind)) kinds.push_back(kind);
    ratios[kind]["the fastest"].push_back(Row::ratio(row.peers, row.ours.p5));
    for (const auto& [name, milliseconds] : row.peers)
      ratios[kind][name].push_back(milliseconds / row.ours.p5);
  }
  for (const std::string& kind : kinds)
    for (const auto& [name, values] : ratios[kind]) {
      double sum = 0;
      for (double value : values) sum += std::log(value);
      fmt::print("geometric mean against {}: {:.2f} ({}; {} rows)\n", name,
                 std::exp(sum / static_cast<double>(values.size())), kind, values.size());
    }
}

Choices parse(int argc, char** argv) {
  Choices choices;
  CLI::App app{"Times separable convolutions (bias, relu, \"same\" padding) beside their peers."};
  app.add_option("--shape", choices.shapes,
                 "S1 to S12, or N,H,W,C,F[,kernel[,stride[,dilation[,multiplier]]]]; several: with "
                 "semicolons between them (default: S1 to S12)")
      ->delimiter(';');
  app.add_option("--pass", choices.passes, "forward, train (default: both)")
      ->check(CLI::IsMember({"forward", "train"}));
  app.add_option("--threads", choices.threads, "numbers of threads (default: 1)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--layout", choices.layouts, "nhwc, nchw (default: nhwc)")
      ->check(CLI::IsMember({"nhwc", "nchw"}));
  app.add_option("--dtype", choices.dtypes, "f32, f64 (default: f32)")
      ->check(CLI::IsMember({"f32", "f64"}));
  app.add_option("--seconds", choices.seconds,
                 "time for each contestant of a row, five turns at least (default: 0.3)")
      ->check(CLI::Range(0.001, 3600.0));
  app.add_flag("--json", choices.json, "one JSON object a line");
  try {
    app.parse(argc, argv);
    for (const std::string& shape : choices.shapes) parse_shape(shape);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e) == 0 ? 0 : 2);
  } catch (const std::invalid_argument& e) {
    fmt::print(stderr, "{}\nRun with --help for more information.\n", e.what());
    std::exit(2);
  }
  if (choices.shapes.empty())
    for (const Workload& named : named_workloads()) choices.shapes.push_back(named.name);
  return choices;
}

}  // namespace

int main(int argc, char** argv) try {
  const Choices choices = parse(argc, argv);
  const fs::path folder = fs::canonical("/proc/self/exe").parent_path();
  std::vector<Row> rows;
  if (!choices.json) print_header();
  for (const std::string& dtype : choices.dtypes)
    for (const std::string& layout : choices.layouts)
      for (int threads : choices.threads)
        for (const std::string& pass : choices.passes)
          for (const std::string& shape : choices.shapes) {
            Workload workload = parse_shape(shape);
            workload.training = pass == "train";
            workload.channels_first = layout == "nchw";
            workload.float64 = dtype == "f64";
            workload.threads = threads;
            rows.push_back(measure(workload, folder, choices.seconds));
            choices.json ? print_json(rows.back()) : print_text(rows.back());
            if (std::fflush(stdout) != 0)
              throw std::runtime_error("standard output: all of it must be written");
          }
  if (!choices.json) print_means(rows);
} catch (const std::exception& e) {
  fmt::print(stderr, "separable_bench: {}\n", e.what());
  return 1;
}
