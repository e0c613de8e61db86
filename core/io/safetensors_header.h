// The header of a safetensors file as text and as a list of entries. Internal: see safetensors.h.
//
// Everything that a file can lie about is in its header, so this is where files are believed or
// not: the JSON is bounded in depth and length, names are unique, a shape times its item size is
// exactly the entry's range, and the ranges cover the data once. Entries are checked as the parser
// comes to them, so the time is that of reading, however many there are.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/shape.h>

namespace reel::detail {

enum class StoredType { f32, f64, i32 };

std::string_view name_of(StoredType type);
std::uint64_t size_of(StoredType type);

struct SafetensorsEntry {
  std::string name;
  StoredType type;
  Shape shape;
  std::uint64_t begin = 0;  // bytes, counted from the end of the header
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in the order of their data
  std::map<std::string, std::string> metadata;
};

// A header longer than this is refused, as by the format's own library.
inline constexpr std::uint64_t max_header_bytes = 100'000'000;

// `data_bytes` is what follows the header in the file. IoError that starts with `file`.
SafetensorsHeader parse_header(const std::string& file, std::string_view text,
                               std::uint64_t data_bytes);

// Lays the entries out one after another, larger items first: orders them and sets their ranges.
void lay_out(std::vector<SafetensorsEntry>& entries);

// With the length in front, padded with blanks to a multiple of 8 bytes. ValueError that starts
// with `file` for text that is not UTF-8 and for a header that would be too long to be read again.
std::string format_header(const std::string& file, const SafetensorsHeader& header);

}  // namespace reel::detail
