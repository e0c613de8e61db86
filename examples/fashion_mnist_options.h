// What the user of examples/fashion_mnist may choose, and what happens without a choice.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include <reel/core/inspect/traced_step.h>
#include <reel/core/runtime/config.h>

struct FashionMnistChoices {
  std::filesystem::path data;  // folder of the four IDX files; empty: the library finds some
  reel::Index epochs = 10;
  reel::Index batch = 64;
  std::string optimizer = "sgd";
  double learning_rate = 0;  // 0: one that fits the optimizer
  double momentum = 0.9;     // of sgd
  std::string schedule = "cosine";
  reel::Index schedule_epochs = 0;  // 0: epochs
  bool augment = false;
  reel::Index validation = -1;  // images; -1: a tenth of those used
  reel::Index micro_batches = 1;
  std::uint64_t seed = 1;
  int threads = 0;        // 0: as many as there are processors
  reel::Index limit = 0;  // 0: all images
  reel::Index checkpoint_every = 0;
  std::filesystem::path metrics, save, resume, predict;
  reel::TracedStepOptions theatre;
  std::set<std::string> given;  // the options that the user named

  /// What makes two runs the same run: everything but files, threads and the number of epochs.
  reel::Config kept() const;
  /// Takes what the user did not name from a checkpoint. ValueError for what he named and is
  /// another there.
  void take(const reel::Config& from_checkpoint);
  /// Fills in what neither gave, for so many training images.
  void settle(reel::Index images);
};

/// Reads the command line. For --help and --version it prints and ends the program with 0; for a
/// mistake it names the argument on stderr and ends the program with 2.
FashionMnistChoices parse_choices(int argc, char** argv);
