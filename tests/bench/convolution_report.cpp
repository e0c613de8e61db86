// A row as a line of a table and as a line of JSON.
#include "convolution_report.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <stdexcept>

#include "workload_text.h"

namespace {

using Json = nlohmann::ordered_json;

/// Null where there is nothing to compare with.
Json ratio_in_json(double ratio) { return ratio > 0 ? Json(ratio) : Json(nullptr); }

}  // namespace

void print_json(const Row& row) {
  const Workload& w = row.workload;
  const Json line{{"kind", name_of(w.kind)},
                  {"shape", w.name},
                  {"network", row.network},
                  {"part", row.part},
                  {"pass", pass_of(w)},
                  {"threads", w.threads},
                  {"layout", layout_of(w)},
                  {"dtype", dtype_of(w)},
                  {"kernel", row.kernel},
                  {"median_ms", row.ours.median},
                  {"p5_ms", row.ours.p5},
                  {"gflops", row.gflops},
                  {"peak_share", row.peak_share},
                  {"blas_share", row.blas_share},
                  {"bytes", w.bytes()},
                  {"processes", row.processes},
                  {"peers", row.peers},
                  {"ratio", ratio_in_json(row.ratio())},
                  {"peers_preferred", row.preferred},
                  {"ratio_preferred", ratio_in_json(row.ratio_preferred())},
                  {"excused", row.excused()}};
  fmt::print("{}\n", line.dump());
}

Row row_from_json(const std::string& text) try {
  const Json line = Json::parse(text);
  Row row;
  const Kind kind = kind_of(line.at("kind").get<std::string>());
  row.workload = parse_shape(kind, line.at("shape").get<std::string>());
  row.workload.training = line.at("pass") == "train";
  row.workload.threads = line.at("threads").get<int>();
  row.workload.channels_first = line.at("layout") == "nchw";
  row.workload.float64 = line.at("dtype") == "f64";
  row.network = line.at("network").get<std::string>();
  row.part = line.at("part").get<std::string>();
  row.kernel = line.at("kernel").get<std::string>();
  row.ours = {line.at("median_ms").get<double>(), line.at("p5_ms").get<double>()};
  row.gflops = line.at("gflops").get<double>();
  row.peak_share = line.at("peak_share").get<double>();
  row.blas_share = line.at("blas_share").get<double>();
  row.processes = line.at("processes").get<int>();
  row.peers = line.at("peers").get<std::map<std::string, double>>();
  row.preferred = line.at("peers_preferred").get<std::map<std::string, double>>();
  return row;
} catch (const std::exception&) {
  throw std::runtime_error("must be a line that --json printed; got " + text);
}

void print_header() {
  fmt::print("{:<24} {:<9} {:<5} {:<7} {:>2} {:<4} {:<3} {:>9} {:>9} {:>8} {:>5} {:>5} {:>6}  {}\n",
             "shape", "kind", "", "pass", "T", "", "", "median", "p5 ms", "GFLOP/s", "peak", "blas",
             "ratio", "peers' p5 ms (in formats of their own); kernel");
}

void print_text(const Row& row) {
  const Workload& w = row.workload;
  std::string peers;
  for (const auto& [name, milliseconds] : row.peers) {
    peers += fmt::format("{} {:.3f}", name, milliseconds);
    const auto own = row.preferred.find(name);
    if (own != row.preferred.end()) peers += fmt::format(" ({:.3f})", own->second);
    peers += "  ";
  }
  const std::string ratio = row.peers.empty() ? "-" : fmt::format("{:.2f}", row.ratio());
  fmt::print(
      "{:<24} {:<9} {:<5} {:<7} {:>2} {:<4} {:<3} {:>9.3f} {:>9.3f} {:>8.1f} {:>4.0f}% "
      "{:>4.0f}% {:>6}  {}{}\n",
      w.name, name_of(w.kind), row.part, pass_of(w), w.threads, layout_of(w), dtype_of(w),
      row.ours.median, row.ours.p5, row.gflops, 100 * row.peak_share, 100 * row.blas_share, ratio,
      peers, row.kernel);
}
