// reel's side of the race of networks. Read before: reel_training.h, contestant.h.
#include "contestant.h"
#include "reel_training.h"

int main(int argc, char** argv) {
  return contestant_main(argv[0],
                         [&] { return reel_network_work(network_from_arguments(argc, argv)); });
}
