#include <doctest/doctest.h>

#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <string>
#include <vector>

#include <reel/core/error.h>
#include <reel/optim/run/json_lines.h>

#include "temporary_folder.h"

using namespace reel;

TEST_CASE("each line is one JSON object with its fields in order") {
  const TemporaryFolder folder;
  JsonLines lines(folder / "metrics.jsonl");
  lines.write(std::vector<JsonField>{{"epoch", Index{1}}, {"loss", 0.25}, {"seconds", 2.0}});
  lines.write(std::vector<JsonField>{{"event", "a \"quoted\"\nword"}});
  CHECK(read_bytes(folder / "metrics.jsonl") ==
        "{\"epoch\":1,\"loss\":0.25,\"seconds\":2.0}\n"
        "{\"event\":\"a \\\"quoted\\\"\\nword\"}\n");
}

TEST_CASE("a line is in the file as soon as it is written, and numbers keep their digits") {
  const TemporaryFolder folder;
  JsonLines lines(folder / "metrics.jsonl");
  lines.write(std::vector<JsonField>{{"loss", 0.1 + 0.2}});
  CHECK(read_bytes(folder / "metrics.jsonl") == "{\"loss\":0.30000000000000004}\n");
}

TEST_CASE("what JSON cannot say is null") {
  const TemporaryFolder folder;
  JsonLines lines(folder / "metrics.jsonl");
  lines.write(std::vector<JsonField>{{"loss", std::nan("")}, {"rate", INFINITY}});
  CHECK(read_bytes(folder / "metrics.jsonl") == "{\"loss\":null,\"rate\":null}\n");
}

TEST_CASE("a file that cannot be opened is named") {
  CHECK_THROWS_WITH_AS(
      JsonLines("/no/such/folder/m.jsonl"),
      "/no/such/folder/m.jsonl: the file must be writable; No such file or directory", IoError);
}

TEST_CASE("a full disk is an error that names the file") {
  JsonLines lines("/dev/full");
  CHECK_THROWS_WITH_AS(lines.write(std::vector<JsonField>{{"epoch", Index{1}}}),
                       "/dev/full: a line must be written whole; No space left on device", IoError);
}

namespace {

// Files cannot grow beyond this while it is in scope, as on a full disk.
class LargestFile {
 public:
  explicit LargestFile(rlim_t bytes) : signal_before_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~LargestFile() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_before_);
  }

 private:
  void (*signal_before_)(int);
  rlimit before_;
};

}  // namespace

TEST_CASE("of a line that does not fit nothing stays") {
  const TemporaryFolder folder;
  JsonLines lines(folder / "metrics.jsonl");
  std::string message;
  {
    const LargestFile limit(20);
    lines.write(std::vector<JsonField>{{"epoch", Index{1}}});
    try {
      lines.write(std::vector<JsonField>{{"epoch", Index{2}}});
    } catch (const IoError& error) {
      message = error.what();
    }
  }
  CHECK(message ==
        (folder / "metrics.jsonl").string() + ": a line must be written whole; the disk is full");
  CHECK(read_bytes(folder / "metrics.jsonl") == "{\"epoch\":1}\n");
  lines.write(std::vector<JsonField>{{"epoch", Index{3}}});
  CHECK(read_bytes(folder / "metrics.jsonl") == "{\"epoch\":1}\n{\"epoch\":3}\n");
}
