// The bytes that a fuzzer made up, as a file in memory, and what a loader may say to them.
//
// A loader takes a path, since that is what users have; Linux gives an anonymous file one. An
// IoError is the right answer to rubbish, a value too; all else (another exception, a crash, what
// the sanitizers find, more memory than the limit) ends the process, and that is the finding.
// Read next: fuzz_csv.cpp, fuzz_test.sh.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <reel/core/error.h>

class FuzzFile {
 public:
  FuzzFile(const std::uint8_t* bytes, std::size_t size) : descriptor_(memfd_create("fuzz", 0)) {
    if (descriptor_ < 0 || ::write(descriptor_, bytes, size) != static_cast<ssize_t>(size))
      std::abort();
  }
  ~FuzzFile() { ::close(descriptor_); }
  FuzzFile(const FuzzFile&) = delete;
  FuzzFile& operator=(const FuzzFile&) = delete;

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// Calls `load` with the path of such a file.
template <class Load>
int fuzz(const std::uint8_t* bytes, std::size_t size, const Load& load) {
  const FuzzFile file(bytes, size);
  try {
    load(file.path());
  } catch (const reel::IoError&) {
  }
  return 0;
}
