// How long a convolution takes, beside every peer that was built, in one run.
//
// Each library runs in processes of its own and all are asked in turns (race.h). A row's peers take
// and return plain tensors in its layout, libtorch also in its other one; what they reach in
// formats of their own choice is shown beside it and decides nothing. `blas_share` is the time of
// the bare matrix products over ours: near 1, BLAS is the limit. Shapes are named, given, or drawn
// from the layers of public networks by a seed: what is tuned on a list becomes fast on that list.
// Read next: drawn_workloads.h, convolution_row.h, contestant.h, reel_convolution.cpp, peers/.
#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <fstream>
#include <iostream>

#include "convolution_report.h"
#include "drawn_workloads.h"
#include "workload_text.h"

namespace {

struct Choices {
  std::vector<std::string> kinds{"separable"}, shapes, passes{"forward", "train"}, layouts;
  std::vector<std::string> dtypes{"f32"}, summaries;
  std::vector<int> threads{1};
  std::uint64_t seed = 0;
  int count = 60;
  std::string part = "all";
  Effort effort;
  bool draw = false, json = false, list = false;
};

/// The rows of one kind and layout ("" as drawn), without pass, number of threads and dtype.
std::vector<Row> rows_of(const Choices& choices, Kind kind, const std::string& layout) {
  std::vector<Row> rows;
  const auto add = [&](const Workload& workload, const char* network, const char* part) {
    Row& row = rows.emplace_back();
    row.workload = workload;
    row.network = network;
    row.part = part;
    if (!layout.empty()) row.workload.channels_first = layout == "nchw";
  };
  if (choices.draw)
    for (const DrawnWorkload& drawn : drawn_workloads(kind, choices.seed, choices.count)) {
      const char* const part = drawn.kept ? "kept" : "tuned";
      if (choices.part == "all" || choices.part == part) add(drawn.workload, drawn.network, part);
    }
  else if (choices.shapes.empty())
    for (const NamedShape& named : named_shapes(kind)) add(parse_shape(kind, named.name), "", "");
  for (const std::string& shape : choices.shapes) add(parse_shape(kind, shape), "", "");
  return rows;
}

std::vector<Row> rows_of(const Choices& choices) {
  std::vector<Row> rows;
  for (const std::string& dtype : choices.dtypes)
    for (const std::string& layout : choices.layouts)
      for (int threads : choices.threads)
        for (const std::string& pass : choices.passes)
          for (const std::string& kind : choices.kinds)
            for (Row row : rows_of(choices, kind_of(kind), layout)) {
              row.workload.training = pass == "train";
              row.workload.float64 = dtype == "f64";
              row.workload.threads = threads;
              rows.push_back(row);
            }
  return rows;
}

std::vector<Row> rows_in(const std::vector<std::string>& files) {
  std::vector<Row> rows;
  for (const std::string& file : files) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error(file + ": cannot be read");
    for (std::string line; std::getline(in, line);) rows.push_back(row_from_json(line));
  }
  return rows;
}

Choices parse(int argc, char** argv) {
  Choices choices;
  CLI::App app{"Times convolutions (bias, relu, \"same\" padding) beside their peers."};
  app.add_option("--kind", choices.kinds, "separable, dense, depthwise (default: separable)")
      ->check(CLI::IsMember({"separable", "dense", "depthwise"}));
  CLI::Option* const shape =
      app.add_option("--shape", choices.shapes,
                     "a name, or N,H,W,C,F[,kernel[,stride[,dilation[,...]]]], "
                     "where a kernel may be 3x5 and the last number is the "
                     "multiplier of a separable and the groups of a dense "
                     "one; several: with semicolons between them (default: "
                     "all that have names)");
  shape->delimiter(';');
  CLI::Option* const draw =
      app.add_option("--draw", choices.seed, "draw shapes from public networks by this seed")
          ->excludes(shape);
  app.add_option("--count", choices.count, "how many to draw of each kind (default: 60)")
      ->check(CLI::Range(1, 100000))
      ->needs(draw);
  app.add_option("--part", choices.part,
                 "tuned, kept (every third, not looked at while tuning), all (default: all)")
      ->check(CLI::IsMember({"tuned", "kept", "all"}))
      ->needs(draw);
  app.add_option("--pass", choices.passes, "forward, train (default: both)")
      ->check(CLI::IsMember({"forward", "train"}));
  app.add_option("--threads", choices.threads, "numbers of threads (default: 1)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--layout", choices.layouts, "nhwc, nchw (default: nhwc, or as drawn)")
      ->check(CLI::IsMember({"nhwc", "nchw"}));
  app.add_option("--dtype", choices.dtypes, "f32, f64 (default: f32)")
      ->check(CLI::IsMember({"f32", "f64"}));
  app.add_option("--seconds", choices.effort.seconds,
                 "of turns for each contestant of a row, which ends after ten (default: 0.5)")
      ->check(CLI::Range(0.001, 3600.0));
  app.add_option("--processes", choices.effort.processes,
                 "of each contestant, the fastest of which counts (default: 3)")
      ->check(CLI::Range(1, 100));
  app.add_flag("--json", choices.json, "one JSON object a line");
  app.add_flag("--list", choices.list, "say which rows there are, and time nothing");
  app.add_option("--summary", choices.summaries,
                 "time nothing: sum up files of lines that --json printed");
  try {
    app.parse(argc, argv);
    choices.draw = draw->count() > 0;
    if (choices.layouts.empty()) choices.layouts = {choices.draw ? "" : "nhwc"};
    for (const std::string& kind : choices.kinds)
      for (const std::string& text : choices.shapes) parse_shape(kind_of(kind), text);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e) == 0 ? 0 : 2);
  } catch (const std::invalid_argument& e) {
    fmt::print(stderr, "{}\nRun with --help for more information.\n", e.what());
    std::exit(2);
  }
  return choices;
}

void print_listed(const Row& row) {
  const Workload& w = row.workload;
  fmt::print("{} {} {} {} {} {} {} {}\n", name_of(w.kind), w.name, pass_of(w), w.threads,
             layout_of(w), dtype_of(w), row.part.empty() ? "-" : row.part,
             row.network.empty() ? "-" : row.network);
}

}  // namespace

int main(int argc, char** argv) try {
  const Choices choices = parse(argc, argv);
  const bool times = !choices.list && choices.summaries.empty();
  std::vector<Row> rows = times || choices.list ? rows_of(choices) : rows_in(choices.summaries);
  std::vector<Row> measured_rows;
  int status = 0;
  if (times && !choices.json) print_header();
  for (const Row& row : rows) {
    if (choices.list) print_listed(row);
    if (times) try {
        measured_rows.push_back(measured(row, choices.effort));
        choices.json ? print_json(measured_rows.back()) : print_text(measured_rows.back());
      } catch (const std::runtime_error& e) {  // the others may do
        fmt::print(stderr, "convolution_bench: {}: {}\n", row.workload.name, e.what());
        status = 1;
      }
    if (std::fflush(stdout) != 0)
      throw std::runtime_error("standard output: all of it must be written");
  }
  if (!choices.json && !choices.list) print_summary(times ? measured_rows : rows);
  return status;
} catch (const std::exception& e) {
  fmt::print(stderr, "convolution_bench: {}\n", e.what());
  return 1;
}
