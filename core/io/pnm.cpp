// PGM and PPM: a header of numbers as text, then values as text or as bytes.
//
// "P2" (grey) or "P3" (colours), width, height and the largest value as decimal numbers with white
// space and #-comments between them, then the values likewise; "P5" and "P6" have one white space
// after the largest value, then one byte a value, or two, the high one first, where the largest is
// above 255. Read before: picture_formats.h.
#include <reel/core/error.h>
#include <reel/core/io/picture_formats.h>

namespace reel::detail {
namespace {

bool is_space(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class PnmReader {
 public:
  PnmReader(const std::string& file, FileBytes bytes) : file_(file), bytes_(bytes) {}

  /// The next number; what it is, for messages.
  std::uint64_t number(const char* what) {
    skip_space();
    const std::size_t first = at_;
    std::uint64_t value = 0;
    while (at_ < bytes_.size() && bytes_[at_] >= '0' && bytes_[at_] <= '9' && at_ - first < 10)
      value = value * 10 + (bytes_[at_++] - '0');
    const bool ended = at_ == bytes_.size() || is_space(bytes_[at_]) || bytes_[at_] == '#';
    if (at_ == first || at_ - first == 10 || !ended)
      throw IoError("{}: {} must be a number of at most nine digits at offset {}{}", file_, what,
                    first, at_ == bytes_.size() ? "; the file ends there" : "");
    return value;
  }

  /// The values as bytes from here on, after one white space.
  FileBytes rest() {
    if (at_ < bytes_.size()) ++at_;
    return bytes_.subspan(at_);
  }
  std::size_t left() const { return bytes_.size() - at_; }
  bool at_end() {
    skip_space();
    return at_ == bytes_.size();
  }

 private:
  void skip_space() {
    while (at_ < bytes_.size() && (is_space(bytes_[at_]) || bytes_[at_] == '#')) {
      if (bytes_[at_] == '#')
        while (at_ < bytes_.size() && bytes_[at_] != '\n') ++at_;
      else
        ++at_;
    }
  }

  const std::string& file_;
  FileBytes bytes_;
  std::size_t at_ = 2;
};

}  // namespace

Picture decode_pnm(const std::string& file, FileBytes bytes) {
  const char kind = static_cast<char>(bytes[1]);
  if (kind != '2' && kind != '3' && kind != '5' && kind != '6')
    throw IoError("{}: of the formats P1 to P7, P2, P3, P5 and P6 can be read; got P{}", file,
                  kind);
  const bool text = kind == '2' || kind == '3';
  const std::uint64_t channels = kind == '3' || kind == '6' ? 3 : 1;
  PnmReader reader(file, bytes);
  const std::uint64_t width = reader.number("the width"), height = reader.number("the height");
  const std::uint64_t most = reader.number("the largest value");
  if (most < 1 || most > 65535)
    throw IoError("{}: the largest value must be in [1, 65535]; got {}", file, most);
  const std::uint64_t value_bytes = text || most > 255 ? 2 : 1;  // of text: a digit and a space
  const std::uint64_t held = (reader.left() + (text ? 1 : 0)) / (value_bytes * channels);
  Picture picture{check_picture(file, height, width, channels, held), {}};

  const std::size_t count = static_cast<std::size_t>(picture.shape.size());
  const FileBytes values = text ? FileBytes() : reader.rest();
  if (!text && values.size() != count * value_bytes)
    throw IoError("{}: {} values of {} bytes must follow the header; got {} bytes", file, count,
                  value_bytes, values.size());
  picture.pixels.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t value = text               ? reader.number("a value")
                                : value_bytes == 2 ? values[2 * i] * 256u + values[2 * i + 1]
                                                   : values[i];
    if (value > most)
      throw IoError("{}: no value may be above {}; got {} as value {}", file, most, value, i);
    picture.pixels.push_back(static_cast<std::uint8_t>((value * 255 + most / 2) / most));
  }
  if (text && !reader.at_end())
    throw IoError("{}: the file must end after its {} values; it goes on", file, count);
  return picture;
}

}  // namespace reel::detail
