// CIFAR-100's test file, and its names of classes, beside a training set that is right.
#include <reel/core/io/cifar.h>

#include "fuzz_file.h"
#include "temporary_folder.h"

// The first byte says which of the two files the others are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  static const auto& folder = *new const TemporaryFolder;
  const bool names = bytes[0] == 'n';
  const std::string text(reinterpret_cast<const char*>(bytes + 1), size - 1);
  write_bytes(folder / "train.bin", std::string(3074, '\1'));
  write_bytes(folder / "test.bin", names ? std::string(3074, '\1') : text);
  write_bytes(folder / "fine_label_names.txt", names ? text : "");
  try {
    reel::cifar100({.directory = folder.path().string()});
  } catch (const reel::IoError&) {
  }
  return 0;
}
