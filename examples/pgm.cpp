#include "pgm.h"

#include <cctype>
#include <fstream>
#include <string>
#include <vector>

#include <reel/core/error.h>

namespace {

using reel::IoError;

// The next number of the header; none of a sound picture has more than six digits.
int read_number(std::istream& file, const std::string& name, const char* what) {
  int c = file.get();
  while (std::isspace(c) || c == '#') {
    if (c == '#')
      while (c != '\n' && c != std::char_traits<char>::eof()) c = file.get();
    c = file.get();
  }
  std::string digits;
  while (std::isdigit(c) && digits.size() <= 6) {
    digits += static_cast<char>(c);
    c = file.get();
  }
  if (digits.empty() || digits.size() > 6 || !std::isspace(c))
    throw IoError("{}: {} must stand in the header as a number of at most six digits", name, what);
  return std::stoi(digits);
}

}  // namespace

reel::Tensor read_pgm(const std::filesystem::path& path, reel::Index height, reel::Index width) {
  const std::string name = path.string();
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    throw IoError("{}: the file must exist and be readable", name);
  char magic[2] = {};
  file.read(magic, 2);
  if (magic[0] != 'P' || magic[1] != '5')
    throw IoError("{}: the file must be a binary PGM picture, which begins with P5", name);
  const int columns = read_number(file, name, "the width");
  const int rows = read_number(file, name, "the height");
  const int white = read_number(file, name, "the value of white");
  if (columns != width || rows != height)
    throw IoError("{}: the picture must have {} x {} pixels; got {} x {}", name, width, height,
                  columns, rows);
  if (white < 1 || white > 255)
    throw IoError("{}: the value of white must be in [1, 255]; got {}", name, white);

  std::vector<char> bytes(static_cast<std::size_t>(width * height));
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.gcount() != static_cast<std::streamsize>(bytes.size()))
    throw IoError("{}: there must be {} pixels; got {}", name, bytes.size(), file.gcount());
  std::vector<float> pixels;
  for (const char byte : bytes) {
    const int value = static_cast<unsigned char>(byte);
    if (value > white)
      throw IoError("{}: no pixel may be brighter than white, {}; got {}", name, white, value);
    pixels.push_back(static_cast<float>(value) / static_cast<float>(white));
  }
  return reel::Tensor(pixels, {1, height, width, 1});
}
