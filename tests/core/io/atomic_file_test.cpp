#include <doctest/doctest.h>

#include <algorithm>

#include <reel/core/error.h>
#include <reel/core/io/atomic_file.h>

#include "temporary_folder.h"

using namespace reel;
namespace fs = std::filesystem;

namespace {

std::ptrdiff_t files_in(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

}  // namespace

TEST_CASE("a committed file holds what was written and leaves nothing beside it") {
  const TemporaryFolder folder;
  AtomicFile file(folder / "a");
  file.write("one ", 4);
  file.write("two", 3);
  file.commit();
  CHECK(read_bytes(folder / "a") == "one two");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a file that is not committed leaves the old one as it was") {
  const TemporaryFolder folder;
  write_bytes(folder / "a", "old");
  {
    AtomicFile file(folder / "a");
    file.write("new", 3);
  }
  CHECK(read_bytes(folder / "a") == "old");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a link stays a link to the file that is replaced") {
  const TemporaryFolder folder;
  write_bytes(folder / "file", "old");
  fs::create_symlink("file", folder / "link");
  AtomicFile file(folder / "link");
  file.write("new", 3);
  file.commit();
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(read_bytes(folder / "file") == "new");
}

TEST_CASE("a file in a folder that does not exist is refused before anything is written") {
  const TemporaryFolder folder;
  const fs::path path = folder / "none" / "a";
  const std::string message =
      path.string() + ": the folder must exist and be writable; No such file or directory";
  CHECK_THROWS_WITH_AS(AtomicFile{path}, message.c_str(), IoError);
}

TEST_CASE("a folder is not replaced by a file") {
  const TemporaryFolder folder;
  const std::string message =
      folder.path().string() + ": the target must be a file; something else has this name";
  CHECK_THROWS_WITH_AS(AtomicFile{folder.path()}, message.c_str(), IoError);
}

TEST_CASE("links that lead in a circle are refused before anything is written") {
  const TemporaryFolder folder;
  fs::create_symlink("loop", folder / "loop");
  const std::string message =
      (folder / "loop").string() + ": the target must be a file; Too many levels of symbolic links";
  CHECK_THROWS_WITH_AS(AtomicFile{folder / "loop"}, message.c_str(), IoError);
  CHECK(files_in(folder.path()) == 1);
}
