#include <doctest/doctest.h>

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/atomic_file.h>
#include <reel/core/io/left_file.h>

#include "in_child.h"
#include "temporary_folder.h"

using namespace reel;
using namespace reel::test;
namespace fs = std::filesystem;

namespace {

std::ptrdiff_t files_in(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

void save(const fs::path& path, const std::string& bytes) {
  AtomicFile file(path);
  file.write(bytes.data(), bytes.size());
  file.commit();
}

// A process that is killed while it saves.
void be_killed_saving(const fs::path& path) {
  REQUIRE(status_of_child([&] {
            AtomicFile file(path);
            file.write("half", 4);
            return raise(SIGKILL);
          }) == -SIGKILL);
}

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
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

TEST_CASE("a link to a file that is not there yet stays one, and the file is made") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "there");
  fs::create_symlink("there/file", folder / "link");            // relative to the link's folder
  fs::create_symlink(folder / "link", folder / "there" / "2");  // a chain
  save(folder / "there" / "2", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(fs::is_symlink(folder / "there" / "2"));
  CHECK(read_bytes(folder / "there" / "file") == "new");
  save(folder / "link", "newer");
  CHECK(read_bytes(folder / "there" / "file") == "newer");
  CHECK(files_in(folder / "there") == 2);

  fs::create_symlink("none/file", folder / "astray");
  const std::string message = (folder / "astray").string() +
                              ": the folder must exist and be writable; No such file or directory";
  CHECK_THROWS_WITH_AS(AtomicFile{folder / "astray"}, message.c_str(), IoError);
}

TEST_CASE("a file keeps its mode when it is replaced, and a new one has that of any new file") {
  const TemporaryFolder folder;
  const mode_t before = ::umask(027);
  save(folder / "a", "new");
  CHECK(mode_of(folder / "a") == 0640);
  ::umask(before);
  for (const mode_t mode : {0600, 0644, 0640, 0666, 0400, 0755, 02755}) {
    REQUIRE(::chmod((folder / "a").c_str(), mode) == 0);
    save(folder / "a", "newer");
    CHECK(mode_of(folder / "a") == mode);
  }
}

TEST_CASE("what replaces a private file is never open to others") {
  const TemporaryFolder folder;
  save(folder / "a", "secret");
  REQUIRE(::chmod((folder / "a").c_str(), 0600) == 0);
  AtomicFile file(folder / "a");
  for (const auto& entry : fs::directory_iterator(folder.path()))
    CHECK(mode_of(entry.path()) == 0600);
}

TEST_CASE("a file keeps its owner and group when it is replaced") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: only root may give files away");
    return;
  }
  const TemporaryFolder folder;
  save(folder / "a", "old");
  REQUIRE(::chown((folder / "a").c_str(), 1234, 4321) == 0);
  REQUIRE(::chmod((folder / "a").c_str(), 06755) == 0);
  save(folder / "a", "new");
  struct stat status {};
  REQUIRE(::stat((folder / "a").c_str(), &status) == 0);
  CHECK(status.st_uid == 1234);
  CHECK(status.st_gid == 4321);
  CHECK(mode_of(folder / "a") == 06755);
}

TEST_CASE("a file may have any name that the system allows") {
  const TemporaryFolder folder;
  for (const std::size_t length : {1, 100, 245, 246, 250, 255}) {
    const fs::path path = folder / std::string(length, 'n');
    save(path, "old");
    save(path, "new");
    CHECK(read_bytes(path) == "new");
  }
  CHECK(files_in(folder.path()) == 6);
  for (const std::string& name : {std::string(256, 'n'), std::string(300, 'n')}) {
    const std::string message =
        (folder / name).string() + ": the target must be a file; File name too long";
    CHECK_THROWS_WITH_AS(AtomicFile{folder / name}, message.c_str(), IoError);
  }
  CHECK(files_in(folder.path()) == 6);
}

TEST_CASE("a path that no file can have is refused before anything is written") {
  const TemporaryFolder folder;
  for (const fs::path& path :
       {fs::path(""), folder / "", folder / "none/", fs::path("/dev/null")}) {
    const std::string message =
        path.string() + ": the target must be a file; something else has this name";
    CHECK_THROWS_WITH_AS(AtomicFile{path}, message.c_str(), IoError);
  }
  CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("what killed processes leave is removed by the next one that saves, and stops nobody") {
  const TemporaryFolder folder;
  save(folder / "a", "old");
  for (int i = 0; i < 25; ++i) {
    be_killed_saving(folder / "a");
    CHECK(files_in(folder.path()) == 2);
    CHECK(read_bytes(folder / "a") == "old");
  }
  // As many as are killed at the same time.
  CHECK(status_of_child([&] {
          std::vector<std::unique_ptr<AtomicFile>> files;
          for (int i = 0; i < 25; ++i) files.push_back(std::make_unique<AtomicFile>(folder / "b"));
          return raise(SIGKILL);
        }) == -SIGKILL);
  CHECK(files_in(folder.path()) == 26);
  save(folder / "c", "new");
  CHECK(files_in(folder.path()) == 2);
}

TEST_CASE("writers in one folder, in one process and in several, leave one another's files alone") {
  const TemporaryFolder folder;
  AtomicFile a(folder / "a"), b(folder / "b"), again(folder / "a");
  CHECK(status_of_child([&] {
          save(folder / "c", "c");
          return 0;
        }) == 0);
  for (AtomicFile* file : {&a, &b, &again}) file->write("12", file == &again ? 1 : 2);
  again.commit();
  a.commit();
  b.commit();
  CHECK(read_bytes(folder / "a") == "12");
  CHECK(read_bytes(folder / "b") == "12");
  CHECK(read_bytes(folder / "c") == "c");
  CHECK(files_in(folder.path()) == 3);
}

TEST_CASE("several processes that save one file at once leave one whole file") {
  const TemporaryFolder folder;
  CHECK(status_of_child([&] {
          std::vector<pid_t> others;
          for (int i = 0; i < 4; ++i) {
            const pid_t other = fork();
            if (other == 0) {
              for (int n = 0; n < 100; ++n)
                save(folder / "a", std::string(5000, static_cast<char>('a' + i)));
              _exit(0);
            }
            others.push_back(other);
          }
          int failed = 0;
          for (const pid_t other : others) {
            int status = 1;
            waitpid(other, &status, 0);
            failed += status != 0;
          }
          return failed;
        }) == 0);
  const std::string bytes = read_bytes(folder / "a");
  REQUIRE(bytes.size() == 5000);
  CHECK(bytes == std::string(5000, bytes[0]));
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE(
    "a process that is killed at any moment leaves a whole file, the old one or the new one") {
  const TemporaryFolder folder;
  save(folder / "a", std::string(200'000, 'z'));
  for (int i = 0; i < 25; ++i) {
    const pid_t child = fork();
    if (child == 0)
      for (int n = 0;; ++n)
        save(folder / "a", std::string(200'000, static_cast<char>('a' + n % 26)));
    ::usleep(static_cast<useconds_t>(1000 + 397 * i));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::string bytes = read_bytes(folder / "a");
    REQUIRE(bytes.size() == 200'000);
    CHECK(bytes == std::string(200'000, bytes[0]));
    CHECK(files_in(folder.path()) <= 2);
  }
  save(folder / "b", "new");
  CHECK(files_in(folder.path()) == 2);
}

TEST_CASE("a lock is believed where all writers are on one machine; elsewhere a file must rest") {
  constexpr std::uint32_t ext4 = 0xEF53, tmpfs = 0x01021994, nfs = 0x6969, smb2 = 0xFE534D42,
                          fuse = 0x65735546;
  for (const std::uint32_t local : {ext4, tmpfs})
    for (const std::int64_t rest : {-3600, 0, 3600}) CHECK(detail::was_left(local, rest));
  for (const std::uint32_t shared : {nfs, smb2, fuse}) {
    for (const std::int64_t rest : {-3600, 0, 60, 599}) CHECK(!detail::was_left(shared, rest));
    CHECK(detail::was_left(shared, 600));
  }
}

// An exclusive lock on NFS needs a file that is open for writing; who may not write leaves it.
TEST_CASE("a temporary file that this user may not write is left alone") {
  if (::geteuid() == 0) return;
  const TemporaryFolder folder;
  be_killed_saving(folder / "a");
  REQUIRE(::chmod((folder / ".reel-0.tmp").c_str(), 0444) == 0);
  save(folder / "a", "whole");
  CHECK(read_bytes(folder / "a") == "whole");
  CHECK(fs::exists(folder / ".reel-0.tmp"));
}
