// Files that are terabytes long without lying on any disk: refused before memory is taken.
#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <string>

#include <reel/core/error.h>
#include <reel/core/io/cifar.h>
#include <reel/core/io/npy.h>
#include <reel/core/io/picture.h>

#include "temporary_folder.h"

using namespace reel;

namespace {

constexpr std::uintmax_t length = std::uintmax_t{1} << 42;

// The message that a file of this beginning and of `length` bytes is refused with, after its path.
std::string refusal(const std::string& name, const std::string& start,
                    const std::function<void(const std::filesystem::path&)>& load) {
  const TemporaryFolder folder;
  write_bytes(folder / "train.bin", std::string(3074, '\1'));
  write_bytes(folder / name, start);
  std::error_code error;
  std::filesystem::resize_file(folder / name, length, error);
  if (error) return "no sparse files of terabytes here";
  try {
    load(folder / name);
  } catch (const IoError& refused) {
    return std::string(refused.what()).substr((folder / name).string().size());
  }
  return "loaded";
}

bool is_refused(const std::string& message) {
  return message.starts_with(": the values must fit into memory, ") ||
         message.starts_with("no sparse files");
}

}  // namespace

TEST_CASE("a file of terabytes is refused before memory is taken, whatever it is read as") {
  const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (" +
                             std::to_string(length - 138) + ",), }" + std::string(59, ' ');
  REQUIRE(header.size() == 128);
  CHECK(is_refused(refusal("a.npy", std::string("\x93NUMPY\1\0\x80\0", 10) + header,
                           [](const auto& path) { load_npy(path); })));
  CHECK(is_refused(
      refusal("a.pgm", "P5 2097152 2097152 255\n", [](const auto& path) { load_picture(path); })));
  CHECK(is_refused(refusal("test.bin", "", [](const auto& path) {
    cifar100({.directory = path.parent_path().string()});
  })));
}
