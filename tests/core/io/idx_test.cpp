// IDX files that are right, and every way to be wrong that a reader must not fall for.
#include <doctest/doctest.h>
#include <zlib.h>

#include <numeric>
#include <string>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/idx.h>

#include "temporary_folder.h"

using namespace reel;

namespace {

std::string idx_header(std::initializer_list<std::uint32_t> extents, int type = 0x08) {
  std::string bytes{'\0', '\0', static_cast<char>(type), static_cast<char>(extents.size())};
  for (std::uint32_t extent : extents)
    for (int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(extent >> shift & 0xff));
  return bytes;
}

std::string counting(std::size_t size) {
  std::string bytes(size, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  return bytes;
}

std::string gzip(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = (folder / "a.gz").string();
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  return read_bytes(path);
}

IdxArray load(const std::string& bytes) {
  const TemporaryFolder folder;
  write_bytes(folder / "a", bytes);
  return load_idx(folder / "a");
}

// What loading these bytes is refused with, without the path.
std::string refusal(const std::string& bytes) {
  const TemporaryFolder folder;
  const auto path = folder / "a";
  write_bytes(path, bytes);
  try {
    load_idx(path);
  } catch (const IoError& error) {
    const std::string message = error.what();
    REQUIRE(message.rfind(path.string() + ": ", 0) == 0);
    return message.substr(path.string().size() + 2);
  }
  return "loaded";
}

}  // namespace

TEST_CASE("an IDX file gives its shape and its bytes") {
  const IdxArray array = load(idx_header({2, 3, 4}) + counting(24));
  CHECK(array.shape == Shape{2, 3, 4});
  CHECK(std::string(array.values.begin(), array.values.end()) == counting(24));
}

TEST_CASE("a gzip file is read as what it holds") {
  const std::string bytes = idx_header({1500, 2, 1000}) + std::string(3000000, '\x7f');
  const IdxArray array = load(gzip(bytes));
  CHECK(array.shape == Shape{1500, 2, 1000});
  CHECK(array.values == std::vector<std::uint8_t>(3000000, 0x7f));
}

TEST_CASE("several gzip members in a row are one file") {
  const IdxArray array = load(gzip(idx_header({6}) + "abc") + gzip("def"));
  CHECK(std::string(array.values.begin(), array.values.end()) == "abcdef");
}

TEST_CASE("an extent of zero is an empty array") {
  CHECK(load(idx_header({0, 28, 28})).values.empty());
  CHECK(load(idx_header({4294967295u, 4294967295u, 4294967295u, 0})).values.empty());
}

TEST_CASE("a file that is not IDX is refused") {
  CHECK(refusal("") == "the header takes 4 bytes; the file holds 0");
  CHECK(refusal(std::string("\0\0\x08", 3)) == "the header takes 4 bytes; the file holds 3");
  CHECK(refusal("\x89PNG and so on") ==
        "an IDX file must begin with two zero bytes; got 0x89 0x50");
  CHECK(refusal(idx_header({2}, 0x0d) + "12345678") ==
        "the element type must be 0x08 (unsigned byte); got 0x0d (float) at offset 2");
  CHECK(refusal(idx_header({2}, 0x55) + "12") ==
        "the element type must be 0x08 (unsigned byte); got 0x55 (unknown) at offset 2");
  CHECK(refusal(idx_header({})) == "the rank must be 1 to 8; got 0 at offset 3");
  CHECK(refusal(std::string("\0\0\x08\xff", 4) + counting(2000)) ==
        "the rank must be 1 to 8; got 255 at offset 3");
  CHECK(refusal(idx_header({2, 3, 4}).substr(0, 9)) ==
        "the header takes 16 bytes; the file holds 9");
}

TEST_CASE("a length that the file does not have is refused") {
  CHECK(refusal(idx_header({60000, 28, 28}) + counting(16)) ==
        "the header promises 60000 x 28 x 28 = 47040000 bytes; the file holds 16");
  CHECK(refusal(idx_header({2, 3}) + counting(5)) ==
        "the header promises 2 x 3 = 6 bytes; the file holds 5");
  CHECK(refusal(idx_header({2, 3}) + counting(7)) ==
        "the header promises 2 x 3 = 6 bytes; the file holds 7");
  CHECK(refusal(idx_header({4294967295u, 4294967295u}) + counting(7)) ==
        "the header promises 4294967295 x 4294967295 = 18446744065119617025 bytes; the file "
        "holds 7");
  CHECK(refusal(idx_header({4294967295u, 4294967295u, 2}) + counting(7)) ==
        "the header promises 4294967295 x 4294967295 x 2 bytes, which is more than 2^64; the file "
        "holds 7");
}

TEST_CASE("a length that the compressed file does not have is refused") {
  CHECK(refusal(gzip(idx_header({2, 3}) + counting(5))) ==
        "the header promises 2 x 3 = 6 bytes; the file holds 5");
  CHECK(refusal(gzip(idx_header({2, 3}) + counting(7))) ==
        "the header promises 2 x 3 = 6 bytes; the file holds more");
  const std::string small = gzip(idx_header({60000, 28, 28}) + counting(16));
  CHECK(refusal(small) ==
        fmt::format("the header promises 60000 x 28 x 28 = 47040000 bytes; the file holds at most "
                    "{}",
                    small.size() * 1032 - 16));
}

TEST_CASE("gzip data that break off, are damaged or go on as rubbish are refused") {
  const std::string whole = gzip(idx_header({3000}) + std::string(3000, 'x'));
  CHECK(refusal(whole.substr(0, 10)) == "the gzip data must be whole; it breaks off after 0 bytes");
  CHECK(refusal(whole.substr(0, whole.size() - 1)) ==
        "the gzip data must be whole; it breaks off after 3008 bytes");
  std::string damaged = whole;
  damaged[damaged.size() - 6] ^= 1;  // in the checksum
  CHECK(refusal(damaged) == "the gzip data must be sound; incorrect data check after 3008 bytes");
  CHECK(refusal(whole + "rubbish") ==
        "the gzip data must be sound; incorrect header check after 3008 bytes");
  CHECK(refusal(whole + std::string(100, '\0')) ==
        "the gzip data must be sound; incorrect header check after 3008 bytes");
}

TEST_CASE("what is not a file cannot be read") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(
      load_idx(folder.path()),
      (folder.path().string() + ": a file must be there to be read; something else has this name")
          .c_str(),
      IoError);
  CHECK_THROWS_WITH_AS(
      load_idx(folder / "none"),
      ((folder / "none").string() + ": a file must be there to be read; No such file or directory")
          .c_str(),
      IoError);
}

TEST_CASE(
    "a file of terabytes is refused before memory is taken, though it is as long as it says") {
  const TemporaryFolder folder;
  const auto path = folder / "a";
  write_bytes(path, idx_header({1u << 31, 1u << 11}));
  std::error_code error;
  std::filesystem::resize_file(path, std::filesystem::file_size(path) + (std::uintmax_t{1} << 42),
                               error);
  if (error) {
    MESSAGE("skipped: no sparse files of terabytes here");
    return;
  }
  std::string message;
  try {
    load_idx(path);
  } catch (const IoError& e) {
    message = e.what();
  }
  CHECK(message.starts_with(path.string() + ": the values must fit into memory, "));
  CHECK(message.ends_with(" bytes; they take 4398046511104"));
}
