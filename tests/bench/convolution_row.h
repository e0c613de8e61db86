// One row of convolution_bench: its work, its times beside all peers that were built.
// Read before: workload.h, waves.h. Read next: convolution_row.cpp, convolution_report.h.
#pragma once

#include "waves.h"
#include "workload.h"

struct Row {
  Workload workload;
  std::string network;  // from which its shape was drawn, or nothing
  std::string part;     // "tuned" or "kept" where it was drawn
  std::string kernel;   // what the library chose
  Times ours;
  double gflops = 0, peak_share = 0, blas_share = 0;
  int processes = 0;
  std::map<std::string, double> peers, preferred;  // fastest form of each, p5 in milliseconds

  /// The fastest peer's time over ours; 0 without peers.
  double ratio() const { return ratio_to(peers, ours.p5); }
  double ratio_preferred() const { return ratio_to(preferred, ours.p5); }
  /// Whether it may be slower than a peer: 85 % of its time is bare products, or it takes less
  /// than 30 microseconds.
  bool excused() const { return blas_share >= 0.85 || ours.p5 < 0.03; }
};

/// Races the row's contestants, for ten seconds at most. RuntimeError when reel gives no times.
Row measured(const Row& row, const Effort& effort);
