// reel's side of the race: one layer of convolution with bias and relu.
// Read before: reel_workload.h, contestant.h.
#include <reel/core/runtime/parallel.h>

#include "contestant.h"
#include "fma_peak.h"
#include "reel_workload.h"

int main(int argc, char** argv) {
  return contestant_main(
      argc, argv,
      [](const Workload& workload) {
        reel::set_num_threads(workload.threads);
        return reel_work(workload);
      },
      fma_peak);
}
