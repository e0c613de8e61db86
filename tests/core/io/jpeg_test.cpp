// JPEG pictures, and every way to be wrong that a reader must not fall for.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include <reel/core/error.h>
#include <reel/core/io/picture.h>

#include "refusal.h"

using namespace reel;

namespace {

// 16 x 16 pixels, made by libjpeg-turbo 2.1.5 at quality 90: the left half 200, the right 40; in
// the coloured one that is red, green is 180 above and 60 below, blue is 100.
constexpr const char* grey =
    "ffd8ffdb0043000302020302020303030304030304050805050404050a070706080c0a0c0c0b0a0b0b0d0e12"
    "100d0e110e0b0b1016101113141515150c0f171816141812141514ffc0000b080010001001011100ffc40015"
    "00010100000000000000000000000000000908ffc40014100100000000000000000000000000000000ffda00"
    "08010100003f00b002a1ab0a8fffd9";
constexpr const char* coloured =
    "ffd8ffdb0043000302020302020303030304030304050805050404050a070706080c0a0c0c0b0a0b0b0d0e12"
    "100d0e110e0b0b1016101113141515150c0f171816141812141514ffdb00430103040405040509050509140d"
    "0b0d141414141414141414141414141414141414141414141414141414141414141414141414141414141414"
    "1414141414141414ffc00011080010001003012200021101031101ffc4001600010101000000000000000000"
    "00000000080607ffc40014100100000000000000000000000000000000ffc400150101010000000000000000"
    "0000000000000305ffc4002111000004050500000000000000000000000006234205073334515261627172ff"
    "da000c03010002110311003f00418fe8160489072e545b0def70b324a568beb6f8e43fffd9";
constexpr const char* progressive =
    "ffd8ffdb0043000302020302020303030304030304050805050404050a070706080c0a0c0c0b0a0b0b0d0e12"
    "100d0e110e0b0b1016101113141515150c0f171816141812141514ffc2000b080010001001011100ffc40015"
    "00010100000000000000000000000000000807ffda0008010100000001b00a5ac29fffc40014100100000000"
    "000000000000000000000020ffda00080101000105021fffc400141001000000000000000000000000000000"
    "20ffda0008010100063f021fffc40014100100000000000000000000000000000020ffda0008010100013f21"
    "1fffda00080101000000105fffc40014100100000000000000000000000000000020ffda0008010100013f10"
    "1fffd9";

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::strtol(hex.substr(i, 2).c_str(), nullptr, 16)));
  return bytes;
}

Picture load(const std::string& bytes) {
  const TemporaryFolder folder;
  write_bytes(folder / "p", bytes);
  return load_picture(folder / "p");
}

std::string refusal(const std::string& bytes) {
  return test::refusal_of(bytes, [](const auto& path) { load_picture(path); });
}

// Whether a pixel is this, but for what the format loses.
bool is_near(const Picture& picture, Index row, Index column, std::vector<int> values) {
  bool near = true;
  for (std::size_t c = 0; c < values.size(); ++c)
    near =
        near &&
        std::abs(picture.pixels[static_cast<std::size_t>(row * 16 + column) * values.size() + c] -
                 values[c]) <= 12;
  return near;
}

// Where the frame's header begins, 0xff 0xc0; then its length, precision, height and width.
std::size_t frame(const std::string& bytes) { return bytes.find("\xff\xc0"); }

}  // namespace

TEST_CASE("JPEG is read, grey and coloured, sequential and progressive" *
          doctest::skip(!reads_jpeg())) {
  for (const char* hex : {grey, progressive}) {
    const Picture picture = load(bytes_of(hex));
    CHECK(picture.shape == Shape{16, 16, 1});
    CHECK(is_near(picture, 3, 3, {200}));
    CHECK(is_near(picture, 12, 12, {40}));
  }
  const Picture picture = load(bytes_of(coloured));
  CHECK(picture.shape == Shape{16, 16, 3});
  CHECK(is_near(picture, 3, 3, {200, 180, 100}));
  CHECK(is_near(picture, 3, 12, {40, 180, 100}));
  CHECK(is_near(picture, 12, 3, {200, 60, 100}));
}

TEST_CASE("a JPEG that breaks off anywhere is refused" * doctest::skip(!reads_jpeg())) {
  const std::string sound = "FILE: the JPEG data must be sound; ";
  for (const char* hex : {grey, coloured, progressive}) {
    const std::string whole = bytes_of(hex);
    for (std::size_t size = 3; size < whole.size(); ++size)
      CHECK(refusal(whole.substr(0, size)).substr(0, sound.size()) == sound);
  }
  const std::string whole = bytes_of(grey);
  CHECK(refusal(whole.substr(0, whole.size() - 2)) == sound + "Premature end of JPEG file");
}

TEST_CASE("a JPEG that promises too much, or in arithmetic code, is refused" *
          doctest::skip(!reads_jpeg())) {
  std::string large = bytes_of(grey);
  large.replace(frame(large) + 5, 4, "\x7f\x01\x7f\x02");
  CHECK(refusal(large) ==
        "FILE: the header promises 32513 x 32514 pixels; the file holds at most 150528");
  std::string arithmetic = bytes_of(grey);
  arithmetic[frame(arithmetic) + 1] = '\xc9';
  CHECK(refusal(arithmetic) == "FILE: the JPEG data must be in Huffman code; got arithmetic code");
}

TEST_CASE("a JPEG of more scans than a picture needs is refused" * doctest::skip(!reads_jpeg())) {
  const std::string whole = bytes_of(progressive);
  // The last scan, from its tables on, once more and again.
  const std::size_t last = whole.rfind("\xff\xc4");
  const std::string scan = whole.substr(last, whole.size() - 2 - last);
  std::string many = whole.substr(0, whole.size() - 2);
  for (int i = 0; i < 200; ++i) many += scan;
  const std::string message = refusal(many + "\xff\xd9");
  CHECK((message == "FILE: the JPEG data must be sound; more than 100 scans" ||
         message.starts_with("FILE: the JPEG data must be sound; Inconsistent progression")));
}
