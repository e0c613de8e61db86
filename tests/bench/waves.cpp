#include "waves.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <stdexcept>

#include <reel/core/runtime/blas.h>
#include <reel/core/runtime/isa.h>

namespace {

constexpr double patience = 8;       // times as long as reel: hopeless
constexpr double row_seconds = 8.5;  // the rest is for processes that start and end

/// The same number of threads for all, for libtorch the BLAS kernels that reel found, and for all
/// that can be told the instruction set that REEL_ISA allows.
std::map<std::string, std::string> environment_for(int threads) {
  std::map<std::string, std::string> environment{{"OMP_NUM_THREADS", std::to_string(threads)}};
  if (!std::getenv("OPENBLAS_CORETYPE") && !reel::blas::info().core.empty())
    environment["OPENBLAS_CORETYPE"] = reel::blas::info().core;
  if (has_older_kernels()) {
    const bool avx2 = reel::kernels::isa() == reel::kernels::Isa::avx2;
    environment["DNNL_MAX_CPU_ISA"] = avx2 ? "AVX2" : "SSE41";
    environment["ATEN_CPU_CAPABILITY"] = avx2 ? "avx2" : "default";
  }
  return environment;
}

void drop_hopeless(std::vector<Contestant>& all) {
  double fastest = 0;
  for (const auto& [name, p5] : fastest_forms(all, true))
    if (fastest == 0 || p5 < fastest) fastest = p5;
  for (Contestant& one : all)
    one.waits = one.is_peer && (!one.best.valid() || !one.decides || one.best.p5 > 3 * fastest);
}

}  // namespace

bool has_older_kernels() {
  const char* const allowed = std::getenv("REEL_ISA");
  return allowed && *allowed && std::string(allowed) != "avx512";
}

int race_in_waves(std::vector<Contestant>& all, int threads, const Effort& effort,
                  const std::function<void(Runner&)>& after_first) {
  const auto start = std::chrono::steady_clock::now();
  const auto left = [&] {
    const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - start;
    return row_seconds - gone.count();
  };
  // OpenMP's threads spin for some milliseconds after their work, on processors that are the next
  // contestant's by then.
  const int pause = threads > 1 ? 20 : 0;
  const std::map<std::string, std::string> environment = environment_for(threads);
  int waves = 0;
  for (double longest = 0; waves < effort.processes && left() > longest; ++waves) {
    const double left_before = left();
    std::vector<std::unique_ptr<Runner>> runners;
    std::vector<Runner*> asked;
    std::vector<Contestant*> running;
    for (Contestant& one : all) {
      if (one.waits) continue;
      runners.push_back(std::make_unique<Runner>(one.program, one.arguments, environment));
      asked.push_back(runners.back().get());
      running.push_back(&one);
    }
    const std::vector<Times> times =
        race(asked, {effort.seconds / effort.processes, 1, left(), patience}, pause);
    if (left() <= 0 && waves > 0) break;  // some had no turn
    for (std::size_t i = 0; i < times.size(); ++i) {
      Times& best = running[i]->best;
      if (times[i].valid() && (!best.valid() || times[i].p5 < best.p5)) best = times[i];
    }
    longest = left_before - left();
    if (waves > 0) continue;
    if (!all[0].best.valid()) throw std::runtime_error(all[0].program + " gave no times");
    if (after_first) after_first(*asked[0]);
    drop_hopeless(all);
  }
  return waves;
}

std::map<std::string, double> fastest_forms(const std::vector<Contestant>& all, bool decides) {
  std::map<std::string, double> fastest;
  for (const Contestant& one : all) {
    if (!one.is_peer || one.decides != decides || !one.best.valid()) continue;
    const auto [entry, is_new] = fastest.try_emplace(one.name, one.best.p5);
    if (!is_new) entry->second = std::min(entry->second, one.best.p5);
  }
  return fastest;
}

double ratio_to(const std::map<std::string, double>& peers, double ours) {
  double best = 0;
  for (const auto& [name, milliseconds] : peers)
    if (best == 0 || milliseconds < best) best = milliseconds;
  return best / ours;
}

std::optional<std::string> beside_this(const std::string& program) {
  const auto path = std::filesystem::canonical("/proc/self/exe").parent_path() / program;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path.string();
}
