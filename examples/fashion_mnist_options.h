// What the user of examples/fashion_mnist may choose, and what happens without a choice.
#pragma once

#include <cstdint>
#include <filesystem>

#include <reel/core/dtype.h>

struct FashionMnistChoices {
  std::filesystem::path data;  // folder of the four IDX files; empty: the library finds some
  int epochs = 10;
  int batch = 64;
  double learning_rate = 0.1;
  double momentum = 0.9;
  std::uint64_t seed = 1;
  int threads = 0;        // 0: as many as there are processors
  reel::Index limit = 0;  // 0: all images
  std::filesystem::path metrics, save, predict;
};

/// Reads the command line. For --help and --version it prints and ends the program with 0; for a
/// mistake it names the argument on stderr and ends the program with 2.
FashionMnistChoices parse_choices(int argc, char** argv);
