// A row of a table: contestants that take turns in waves of processes, within ten seconds.
//
// Pages lie differently in each process, and some lie badly, so each contestant has several
// processes, and the fastest of them counts. A wave is one process each; a wave that the row's time
// does not suffice for is left out for all alike. A peer's form that was three times slower than
// the fastest peer in the first wave is not started again: it cannot win.
// Read before: race.h. Read next: waves.cpp, convolution_row.h.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "race.h"

struct Contestant {
  std::string name, program;
  std::vector<std::string> arguments;
  bool is_peer = true;
  bool decides = true;  // else a column of its own: forms that the peer prefers
  Times best = {};      // of all its processes
  bool waits = false;   // takes no part in further waves
};

struct Effort {
  double seconds = 0.5;  // of turns for each contestant, all processes together
  int processes = 3;     // of each contestant
};

/// Fills in the best times of all and gives the number of processes of each. `after_first` is
/// called with the first contestant, which still runs, after the first wave. RuntimeError when the
/// first gives no times.
int race_in_waves(std::vector<Contestant>& all, int threads, const Effort& effort,
                  const std::function<void(Runner& first)>& after_first = {});

/// Whether REEL_ISA keeps reel from what AVX-512 offers: peers that cannot be told so stay away.
bool has_older_kernels();

/// The fastest form of each peer that gave times: p5 in milliseconds, of those that decide or not.
std::map<std::string, double> fastest_forms(const std::vector<Contestant>& all, bool decides);

/// The fastest time over ours; 0 without peers.
double ratio_to(const std::map<std::string, double>& peers, double ours);

/// `program`, which stands beside this one or in a folder there, unless it was not built.
std::optional<std::string> beside_this(const std::string& program);
