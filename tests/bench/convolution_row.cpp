// Who races in a row, and what comes of it. Read before: convolution_row.h.
#include "convolution_row.h"

#include <algorithm>

#include "reel_kernel.h"
#include "workload_text.h"

namespace {

/// What was built and can do the row: reel and its bare products first, last those that may be so
/// slow that the row's time ends with them.
std::vector<Contestant> contestants(const Workload& w) {
  std::vector<Contestant> all;
  const auto add = [&](const char* name, const std::string& program, const char* format,
                       bool is_peer, bool decides = true) {
    Workload form = w;
    form.format = format;
    if (const auto found = beside_this(is_peer ? "peers/" + program : program))
      all.push_back({name, *found, to_arguments(form), is_peer, decides});
  };
  add("reel", "reel_convolution", "plain", false);
  add("blas", "bare_gemm", "plain", false);
  if (!w.float64) {
    add("onednn", "onednn_convolution", "plain", true);
    add("onednn", "onednn_convolution", "pinned", true);
    add("onednn", "onednn_convolution", "preferred", true, false);
  }
  if (!w.float64 && !w.training && !has_older_kernels()) {
    if (!w.channels_first) {
      add("xnnpack", "xnnpack_convolution", "plain", true);
      add("onnxruntime", "onnxruntime_convolution.js", "preferred", true, false);
    }
    add("onnxruntime", "onnxruntime_convolution.js", "plain", true);
  }
  add("libtorch", "torch_convolution", "plain", true);
  add("libtorch", "torch_convolution", "other", true);
  return all;
}

}  // namespace

Row measured(const Row& given, const Effort& effort) {
  Row row = given;
  const Workload& w = row.workload;
  std::vector<Contestant> all = contestants(w);
  double peak = 0;
  row.processes = race_in_waves(all, w.threads, effort, [&](Runner& reel) {
    const std::vector<double> answer = reel.ask("peak");
    if (!answer.empty()) peak = answer[0];
  });
  row.kernel = chosen_kernel(w);
  row.ours = all[0].best;
  row.gflops = w.operations() / row.ours.p5 * 1e-6;
  // The peak is that of float32; a vector holds half as many doubles.
  if (peak > 0) row.peak_share = std::min(row.gflops / peak * (w.float64 ? 2 : 1), 1.0);
  row.blas_share = std::min(all[1].best.p5 / row.ours.p5, 1.0);
  row.peers = fastest_forms(all, true);
  row.preferred = fastest_forms(all, false);
  return row;
}
