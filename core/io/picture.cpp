// Which decoder a picture is for, and how its channels become those that are wanted.
//
// Read before: picture.h, picture_formats.h.
#include <reel/core/io/picture.h>

#include <algorithm>
#include <string_view>

#include <reel/core/error.h>
#include <reel/core/io/byte_reader.h>
#include <reel/core/io/memory_limit.h>
#include <reel/core/io/picture_formats.h>

namespace reel {
namespace {

// The bytes as they lie in the file; gzip is no format of pictures.
std::vector<std::uint8_t> bytes_of(ByteReader& file) {
  if (file.compressed())
    throw IoError("{}: the file must be a picture; got gzip; unpack it first", file.name());
  detail::check_memory(file.name(), file.bound());
  std::vector<std::uint8_t> bytes(file.bound());
  if (const std::size_t got = file.read(bytes.data(), bytes.size()); got < bytes.size())
    throw IoError("{}: the file must keep its {} bytes while it is read", file.name(),
                  bytes.size());
  return bytes;
}

}  // namespace

Shape detail::check_picture(const std::string& file, std::uint64_t height, std::uint64_t width,
                            std::uint64_t channels, std::uint64_t most) {
  constexpr std::uint64_t most_a_side = std::uint64_t{1} << 31;
  if (height < 1 || width < 1 || height >= most_a_side || width >= most_a_side)
    throw IoError("{}: height and width must be in [1, 2^31); got {} x {}", file, height, width);
  if (height * width > most)
    throw IoError("{}: the header promises {} x {} pixels; the file holds at most {}", file, height,
                  width, most);
  check_memory(file, height * width * channels);
  return {static_cast<Index>(height), static_cast<Index>(width), static_cast<Index>(channels)};
}

Picture load_picture(const std::filesystem::path& path) {
  ByteReader file(path);
  const std::vector<std::uint8_t> bytes = bytes_of(file);
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()),
                               std::min<std::size_t>(bytes.size(), 8));
  if (start == "\x89PNG\r\n\x1a\n") return detail::decode_png(file.name(), bytes);
  if (start.starts_with("\xff\xd8\xff")) return detail::decode_jpeg(file.name(), bytes);
  if (start.size() > 2 && start[0] == 'P' && start[1] >= '1' && start[1] <= '7')
    return detail::decode_pnm(file.name(), bytes);
  throw IoError(
      "{}: the file must be a picture, PGM, PPM, PNG or JPEG; its {} bytes begin as none "
      "of them does",
      file.name(), bytes.size());
}

Picture with_channels(const Picture& picture, Index channels) {
  if (channels != 1 && channels != 3)
    throw ValueError("with_channels: channels must be 1 or 3; got {}", channels);
  const Index had = picture.shape[2], size = picture.shape[0] * picture.shape[1];
  Picture result{{picture.shape[0], picture.shape[1], channels}, {}};
  result.pixels.reserve(static_cast<std::size_t>(size * channels));
  const std::uint8_t* from = picture.pixels.data();
  for (Index i = 0; i < size; ++i, from += had) {
    const bool grey = had < 3;
    if (channels == 1)
      result.pixels.push_back(
          grey ? from[0]
               : static_cast<std::uint8_t>((299 * from[0] + 587 * from[1] + 114 * from[2] + 500) /
                                           1000));
    else
      for (Index c = 0; c < 3; ++c) result.pixels.push_back(from[grey ? 0 : c]);
  }
  return result;
}

}  // namespace reel
