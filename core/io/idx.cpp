#include <reel/core/io/idx.h>

#include <algorithm>
#include <array>
#include <string>

#include <reel/core/error.h>
#include <reel/core/io/byte_reader.h>
#include <reel/core/io/memory_limit.h>

namespace reel {
namespace {

std::string name_of_type(int code) {
  switch (code) {
    case 0x08:
      return "unsigned byte";
    case 0x09:
      return "signed byte";
    case 0x0b:
      return "16-bit integer";
    case 0x0c:
      return "32-bit integer";
    case 0x0d:
      return "float";
    case 0x0e:
      return "double";
    default:
      return "unknown";
  }
}

void read_header_bytes(ByteReader& file, unsigned char* bytes, std::size_t count) {
  const std::uint64_t needed = file.position() + count;
  const std::size_t got = file.read(bytes, count);
  if (got < count)
    throw IoError("{}: the header takes {} bytes; the file holds {}", file.name(), needed,
                  file.position());
}

Shape read_extents(ByteReader& file) {
  unsigned char magic[4];
  read_header_bytes(file, magic, 4);
  if (magic[0] != 0 || magic[1] != 0)
    throw IoError("{}: an IDX file must begin with two zero bytes; got 0x{:02x} 0x{:02x}",
                  file.name(), magic[0], magic[1]);
  if (magic[2] != 0x08)
    throw IoError(
        "{}: the element type must be 0x08 (unsigned byte); got 0x{:02x} ({}) at offset 2",
        file.name(), magic[2], name_of_type(magic[2]));
  const int rank = magic[3];
  if (rank < 1 || rank > Shape::max_rank)
    throw IoError("{}: the rank must be 1 to {}; got {} at offset 3", file.name(),
                  int{Shape::max_rank}, rank);
  std::array<unsigned char, 4 * Shape::max_rank> bytes;
  read_header_bytes(file, bytes.data(), static_cast<std::size_t>(4 * rank));
  Shape shape;
  for (std::size_t i = 0; i < static_cast<std::size_t>(4 * rank); i += 4)
    shape.push_back(Index{bytes[i]} << 24 | Index{bytes[i + 1]} << 16 | Index{bytes[i + 2]} << 8 |
                    Index{bytes[i + 3]});
  return shape;
}

// "60000 x 28 x 28 = 47040000 bytes"
std::string promise(const Shape& shape, bool fits, std::uint64_t bytes) {
  std::string text;
  for (Index extent : shape) text += fmt::format("{}{}", text.empty() ? "" : " x ", extent);
  return fits ? fmt::format("{} = {} bytes", text, bytes)
              : fmt::format("{} bytes, which is more than 2^64", text);
}

}  // namespace

IdxArray load_idx(const std::filesystem::path& path) {
  ByteReader file(path);
  IdxArray result{read_extents(file), {}};

  const bool empty = std::find(result.shape.begin(), result.shape.end(), 0) != result.shape.end();
  std::uint64_t size = empty ? 0 : 1;
  bool fits = true;
  if (!empty)
    for (Index extent : result.shape)
      fits = fits && !__builtin_mul_overflow(size, static_cast<std::uint64_t>(extent), &size);
  const std::string promised = promise(result.shape, fits, size);
  const std::uint64_t header = file.position();
  const std::uint64_t bound = file.bound() > header ? file.bound() - header : 0;
  if (!fits || size > bound || (!file.compressed() && size < bound))
    throw IoError("{}: the header promises {}; the file holds {}{}", file.name(), promised,
                  file.compressed() ? "at most " : "", bound);

  detail::check_memory(file.name(), size);

  // A compressed file may still be short: memory is taken as its bytes come, but at once where the
  // promise is an ordinary one. Growing would leave holes of several times the size behind.
  constexpr std::uint64_t chunk = std::uint64_t{1} << 20, ordinary_ratio = 1032 / 8;
  std::vector<std::uint8_t>& values = result.values;
  if (!file.compressed() || size <= bound / ordinary_ratio) values.reserve(size);
  while (values.size() < size) {
    const std::size_t before = values.size();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, size - before));
    values.resize(before + wanted);
    const std::size_t got = file.read(values.data() + before, wanted);
    if (got < wanted)
      throw IoError("{}: the header promises {}; the file holds {}", file.name(), promised,
                    before + got);
  }
  char beyond;
  if (file.read(&beyond, 1) == 1)
    throw IoError("{}: the header promises {}; the file holds more", file.name(), promised);
  return result;
}

}  // namespace reel
