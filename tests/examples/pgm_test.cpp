#include <doctest/doctest.h>

#include <pgm.h>

#include <reel/core/error.h>

#include "temporary_folder.h"

using namespace reel;

namespace {

// Reads a picture of 3 x 2 pixels with these bytes.
Tensor read(const std::string& bytes) {
  const TemporaryFolder folder;
  write_bytes(folder / "x.pgm", bytes);
  return read_pgm(folder / "x.pgm", 2, 3);
}

// The message of the error, without the folder.
std::string error_of(const std::string& bytes) {
  try {
    read(bytes);
  } catch (const IoError& error) {
    const std::string message = error.what();
    return message.substr(message.find("x.pgm"));
  }
  return "no error";
}

}  // namespace

TEST_CASE("a picture's rows come from the top, black is 0 and white 1") {
  const Tensor x = read(std::string("P5 3 2 255\n\x00\xff\x33\x00\x00\xff", 17));
  CHECK(x.shape() == Shape{1, 2, 3, 1});
  CHECK(x.to_vector() == std::vector<double>{0, 1, 0.2f, 0, 0, 1});
}

TEST_CASE("a picture's header may hold comments, any white space and another white") {
  const Tensor x = read("P5\n# made by hand\n3\t2 # size\n100\n" + std::string(6, '\x32'));
  CHECK(x.at(0, 1, 2, 0) == 0.5);
}

TEST_CASE("what is no binary PGM picture is refused") {
  CHECK(error_of("") == "x.pgm: the file must be a binary PGM picture, which begins with P5");
  CHECK(error_of("P2 3 2 255\n0 0 0 0 0 0") ==
        "x.pgm: the file must be a binary PGM picture, which begins with P5");
  CHECK_THROWS_WITH_AS(read_pgm("/no/such.pgm", 2, 3),
                       "/no/such.pgm: the file must exist and be readable", IoError);
  CHECK_THROWS_WITH_AS(read_pgm("/tmp", 2, 3), "/tmp: the file must exist and be readable",
                       IoError);
}

TEST_CASE("a picture whose header lies is refused") {
  CHECK(error_of("P5 4 2 255\n12345678") == "x.pgm: the picture must have 3 x 2 pixels; got 4 x 2");
  CHECK(error_of("P5 3 2 65535\n123456123456") ==
        "x.pgm: the value of white must be in [1, 255]; got 65535");
  CHECK(error_of("P5 3 2 0\n123456") == "x.pgm: the value of white must be in [1, 255]; got 0");
  CHECK(error_of("P5 3 2 255\n12345") == "x.pgm: there must be 6 pixels; got 5");
  CHECK(error_of("P5 3 2 50\n123456") == "x.pgm: no pixel may be brighter than white, 50; got 51");
  for (const char* header : {"P5 -3 2 255\n", "P5 3", "P5 3 99999999 255\n", "P5 3 2 255x", "P5 #"})
    CHECK(error_of(header).find("must stand in the header as a number") != std::string::npos);
}
