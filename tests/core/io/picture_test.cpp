// Pictures in each format, and every way to be wrong that a reader must not fall for.
#include <doctest/doctest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/picture.h>

#include "refusal.h"

using namespace reel;

namespace {

using Bytes = std::vector<std::uint8_t>;

Picture load(const std::string& bytes) {
  const TemporaryFolder folder;
  write_bytes(folder / "p", bytes);
  return load_picture(folder / "p");
}

std::string refusal(const std::string& bytes) {
  return test::refusal_of(bytes, [](const auto& path) { load_picture(path); });
}

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(value >> shift & 0xff));
  return bytes;
}

std::string chunk(const std::string& name, const std::string& data) {
  const std::string checked = name + data;
  const auto* const bytes = reinterpret_cast<const Bytef*>(checked.data());
  const auto sum = static_cast<std::uint32_t>(crc32(0, bytes, static_cast<uInt>(checked.size())));
  return big_endian(static_cast<std::uint32_t>(data.size())) + checked + big_endian(sum);
}

std::string deflated(const std::string& data) {
  std::string bytes(compressBound(data.size()), '\0');
  uLongf size = bytes.size();
  compress(reinterpret_cast<Bytef*>(bytes.data()), &size,
           reinterpret_cast<const Bytef*>(data.data()), data.size());
  return bytes.substr(0, size);
}

// `rows` are those of the picture, each with a filter byte in front.
std::string png(std::uint32_t width, std::uint32_t height, int depth, int colour_type,
                const std::string& rows, const std::string& more = "") {
  return "\x89PNG\r\n\x1a\n" +
         chunk("IHDR", big_endian(width) + big_endian(height) + static_cast<char>(depth) +
                           static_cast<char>(colour_type) + std::string(3, '\0')) +
         more + chunk("IDAT", deflated(rows)) + chunk("IEND", "");
}

}  // namespace

TEST_CASE("PGM and PPM are read, as text and as bytes, with comments") {
  CHECK(load("P2\n# grey\n2 1\n255\n7 # seven\n255\n").pixels == Bytes{7, 255});
  CHECK(load("P2\n2 1\n255\n7 255").shape == Shape{1, 2, 1});
  const Picture colours = load("P3 1 2 255 1 2 3 4 5 6\n");
  CHECK(colours.shape == Shape{2, 1, 3});
  CHECK(colours.pixels == Bytes{1, 2, 3, 4, 5, 6});
  CHECK(load("P5 3 1 255\nabc").pixels == Bytes{'a', 'b', 'c'});
  CHECK(load("P6 1 1 255\n\n\n\n").pixels == Bytes{'\n', '\n', '\n'});
}

TEST_CASE("values of another range than bytes are rounded to bytes") {
  CHECK(load("P2 4 1 3 0 1 2 3").pixels == Bytes{0, 85, 170, 255});
  CHECK(load("P2 3 1 65535 0 32768 65535").pixels == Bytes{0, 128, 255});
  CHECK(load("P5 2 1 1000\n" + std::string("\x01\xf4\x03\xe8", 4)).pixels == Bytes{128, 255});
}

TEST_CASE("a file that is no picture is refused") {
  CHECK(refusal("") ==
        "FILE: the file must be a picture, PGM, PPM, PNG or JPEG; its 0 bytes begin as none of "
        "them does");
  CHECK(refusal("GIF89a") ==
        "FILE: the file must be a picture, PGM, PPM, PNG or JPEG; its 6 bytes begin as none of "
        "them does");
  CHECK(refusal("\x1f\x8b\x08") == "FILE: the file must be a picture; got gzip; unpack it first");
}

TEST_CASE("a PGM or PPM that contradicts itself is refused") {
  CHECK(refusal("P4 1 1\n1") ==
        "FILE: of the formats P1 to P7, P2, P3, P5 and P6 can be read; got P4");
  CHECK(refusal("P5 x") == "FILE: the width must be a number of at most nine digits at offset 3");
  CHECK(refusal("P5 1 1234567890 255\n") ==
        "FILE: the height must be a number of at most nine digits at offset 5");
  CHECK(refusal("P5 1 -1 255\n") ==
        "FILE: the height must be a number of at most nine digits at offset 5");
  CHECK(refusal("P5 1 1 #") ==
        "FILE: the largest value must be a number of at most nine digits at offset 8; the file "
        "ends there");
  CHECK(refusal("P5 0 1 255\n") == "FILE: height and width must be in [1, 2^31); got 1 x 0");
  CHECK(refusal("P5 1 1 0\na") == "FILE: the largest value must be in [1, 65535]; got 0");
  CHECK(refusal("P5 1 1 65536\na") == "FILE: the largest value must be in [1, 65535]; got 65536");
  CHECK(refusal("P5 999999999 999999999 255\nabc") ==
        "FILE: the header promises 999999999 x 999999999 pixels; the file holds at most 4");
  CHECK(refusal("P2 3 1 255\n1 2") ==
        "FILE: the header promises 1 x 3 pixels; the file holds at most 2");
  CHECK(refusal("P2 2 1 255\n100 ") ==
        "FILE: a value must be a number of at most nine digits at offset 15; the file ends there");
  CHECK(refusal("P5 2 2 255\nabcde") ==
        "FILE: 4 values of 1 bytes must follow the header; got 5 bytes");
  CHECK(refusal("P5 2 2 255\nabc") ==
        "FILE: 4 values of 1 bytes must follow the header; got 3 bytes");
  CHECK(refusal("P2 2 1 9\n3 10 ") == "FILE: no value may be above 9; got 10 as value 1");
  CHECK(refusal("P2 2 1 9\n3 1 1") == "FILE: the file must end after its 2 values; it goes on");
}

TEST_CASE("channels are repeated, weighed or left out") {
  const Picture grey{{1, 1, 1}, {9}}, colours{{1, 2, 3}, {255, 0, 0, 10, 20, 30}};
  CHECK(with_channels(grey, 3).pixels == Bytes{9, 9, 9});
  CHECK(with_channels(colours, 1).pixels == Bytes{76, 18});
  CHECK(with_channels({{1, 1, 2}, {5, 1}}, 3).pixels == Bytes{5, 5, 5});
  CHECK(with_channels({{1, 1, 4}, {1, 2, 3, 9}}, 3).pixels == Bytes{1, 2, 3});
  CHECK(with_channels({{1, 1, 2}, {5, 1}}, 1).shape == Shape{1, 1, 1});
  CHECK_THROWS_WITH_AS(with_channels(grey, 2), "with_channels: channels must be 1 or 3; got 2",
                       ValueError);
}

TEST_CASE("PNG is read, grey, coloured, with transparency, with a palette and of other depths" *
          doctest::skip(!reads_png())) {
  using namespace std::string_literals;
  CHECK(load(png(2, 2, 8, 0, "\0\x05\xff\0\x07\x08"s)).pixels == Bytes{5, 255, 7, 8});
  const Picture colours = load(png(2, 1, 8, 2, "\0\1\2\3\4\5\6"s));
  CHECK(colours.shape == Shape{1, 2, 3});
  CHECK(colours.pixels == Bytes{1, 2, 3, 4, 5, 6});
  CHECK(load(png(1, 1, 8, 4, "\0\x50\x80"s)).shape == Shape{1, 1, 2});
  CHECK(load(png(1, 1, 8, 6, "\0\1\2\3\xff"s)).pixels == Bytes{1, 2, 3, 255});
  CHECK(load(png(2, 1, 16, 0, "\0\x80\x80\xff\xff"s)).pixels == Bytes{128, 255});
  CHECK(load(png(8, 1, 1, 0, "\0\xa0"s)).pixels == Bytes{255, 0, 255, 0, 0, 0, 0, 0});
  CHECK(load(png(2, 1, 8, 3, "\0\1\0"s, chunk("PLTE", "\1\2\3\4\5\6"))).pixels ==
        Bytes{4, 5, 6, 1, 2, 3});
}

TEST_CASE("a PNG that is damaged, breaks off or promises too much is refused" *
          doctest::skip(!reads_png())) {
  using namespace std::string_literals;
  const std::string whole = png(2, 2, 8, 0, "\0\x05\xff\0\x07\x08"s);
  const auto refused = [](const std::string& bytes) {
    return refusal(bytes).substr(0, std::string("FILE: the PNG data must be sound; ").size());
  };
  for (std::size_t size = 8; size < whole.size() - 12; ++size)  // without IEND it is whole
    CHECK(refused(whole.substr(0, size)) == "FILE: the PNG data must be sound; ");
  std::string damaged = whole;
  damaged[20] ^= 1;
  CHECK(refusal(damaged) == "FILE: the PNG data must be sound; IHDR: CRC error");
  CHECK(refused(png(2, 2, 8, 0, "\0\x05\xff"s)) == "FILE: the PNG data must be sound; ");
  CHECK(refused(png(0, 2, 8, 0, ""s)) == "FILE: the PNG data must be sound; ");
  const std::string large = png(60000, 60000, 8, 0, "\0"s);
  CHECK(refusal(large) ==
        fmt::format("FILE: the header promises 60000 x 60000 pixels; the file holds at most {}",
                    large.size() * 1032));
}

TEST_CASE("a reader without a format's library says so") {
  if (!reads_png())
    CHECK(refusal("\x89PNG\r\n\x1a\n") ==
          "FILE: to read PNG, reel must be built with libpng; it was not");
  if (!reads_jpeg())
    CHECK(refusal("\xff\xd8\xff") ==
          "FILE: to read JPEG, reel must be built with libjpeg; it was not");
  CHECK(refusal("\x89PNG\r\n\x1a\n") != "loaded");
  CHECK(refusal("\xff\xd8\xff") != "loaded");
}
