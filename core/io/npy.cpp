// The values of an .npy file: how their bytes become numbers that a tensor holds.
//
// Read before: npy.h, npy_header.h.
#include <reel/core/io/npy.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/atomic_file.h>
#include <reel/core/io/byte_reader.h>
#include <reel/core/io/memory_limit.h>
#include <reel/core/io/npy_header.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/recording.h>

namespace reel {
namespace {

using detail::NpyHeader;

static_assert(std::endian::native == std::endian::little, "'<' is the order of this machine");

// Of the standard, and of real files: a shape has at most eight extents.
constexpr std::uint64_t max_header_bytes = 65535;

void read_whole(ByteReader& file, void* bytes, std::uint64_t count, const char* what) {
  const std::uint64_t got = file.read(bytes, count);
  if (got < count)
    throw IoError("{}: {} takes {} bytes; the file holds {}", file.name(), what, count, got);
}

NpyHeader read_header(ByteReader& file) {
  unsigned char start[8];
  read_whole(file, start, 8, "the preamble");
  if (std::memcmp(start, "\x93NUMPY", 6) != 0)
    throw IoError("{}: an .npy file must begin with 0x93 NUMPY; got 0x{:02x} 0x{:02x}", file.name(),
                  start[0], start[1]);
  if (start[6] < 1 || start[6] > 3 || start[7] != 0)
    throw IoError("{}: the version must be 1.0, 2.0 or 3.0; got {}.{}", file.name(), start[6],
                  start[7]);
  unsigned char length[4] = {};
  read_whole(file, length, start[6] == 1 ? 2 : 4, "the header's length");
  std::uint64_t size = 0;
  for (int i = 3; i >= 0; --i) size = size << 8 | length[i];
  if (size > max_header_bytes)
    throw IoError("{}: the header must have at most {} bytes; got {}", file.name(),
                  std::uint64_t{max_header_bytes}, size);
  std::string text(size, '\0');
  read_whole(file, text.data(), size, "the header");
  return detail::parse_npy_header(file.name(), text);
}

// All the values as they stand in the file, which must hold them and nothing else.
std::vector<unsigned char> read_values(ByteReader& file, const NpyHeader& header) {
  std::uint64_t bytes = header.size;
  bool fits = true;
  for (const Index extent : header.shape)
    if (extent != 0)
      fits = fits && !__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(extent), &bytes);
  fits = fits && bytes <= static_cast<std::uint64_t>(Tensor::max_size);  // also beside a 0
  if (std::count(header.shape.begin(), header.shape.end(), 0) > 0 && fits) bytes = 0;
  const std::uint64_t bound = file.bound() - std::min(file.bound(), file.position());
  if (!fits || bytes > bound || (!file.compressed() && bytes < bound))
    throw IoError("{}: the header promises {} values of {} bytes each; the file holds {}{} bytes",
                  file.name(), header.shape, header.size, file.compressed() ? "at most " : "",
                  bound);
  // At worst each byte becomes a float, and its copy in C order.
  detail::check_memory(file.name(), bytes > UINT64_MAX / 9 ? UINT64_MAX : bytes * 9);
  std::vector<unsigned char> values;
  constexpr std::uint64_t chunk = std::uint64_t{1} << 20;
  while (values.size() < bytes) {  // as they come: compressed ones may end early
    const std::size_t before = values.size();
    const std::uint64_t wanted = std::min<std::uint64_t>(chunk, bytes - before);
    values.resize(before + wanted);
    if (const std::uint64_t got = file.read(values.data() + before, wanted); got < wanted)
      throw IoError("{}: the header promises {} values of {} bytes each; the file holds {} bytes",
                    file.name(), header.shape, header.size, before + got);
  }
  char beyond;
  if (file.read(&beyond, 1) == 1)
    throw IoError("{}: the header promises {} values of {} bytes each; the file holds more",
                  file.name(), header.shape, header.size);
  return values;
}

struct Half {
  std::uint16_t bits;
};

// IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction.
double value_of(Half half) {
  const int exponent = half.bits >> 10 & 31, fraction = half.bits & 1023;
  const double sign = half.bits >> 15 ? -1.0 : 1.0;
  if (exponent == 31)
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  return sign *
         (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25));
}
template <class S>
S value_of(S stored) {
  return stored;
}

// Calls f with a zero of the C++ type that the values have.
template <class F>
decltype(auto) with_stored_type(const NpyHeader& header, const F& f) {
  const auto size = header.size;
  if (header.kind == 'f') return size == 2 ? f(Half{}) : size == 4 ? f(0.0f) : f(0.0);
  if (header.kind == 'i')
    return size == 1   ? f(std::int8_t{})
           : size == 2 ? f(std::int16_t{})
           : size == 4 ? f(std::int32_t{})
                       : f(std::int64_t{});
  return size == 1   ? f(std::uint8_t{})
         : size == 2 ? f(std::uint16_t{})
         : size == 4 ? f(std::uint32_t{})
                     : f(std::uint64_t{});
}

// Calls put(number of the value in the file, value) for each.
template <class Put>
void each_value(std::vector<unsigned char>& bytes, const NpyHeader& header, const Put& put) {
  with_stored_type(header, [&](auto zero) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof zero) {
      if (header.order == '>') std::reverse(bytes.data() + at, bytes.data() + at + sizeof zero);
      std::memcpy(&zero, bytes.data() + at, sizeof zero);
      put(at / sizeof zero, value_of(zero));
    }
  });
}

bool is_integer(const NpyHeader& header) { return header.kind != 'f'; }

// The same values in C order: in Fortran's they are the transpose.
Tensor in_c_order(const Tensor& values, const NpyHeader& header) {
  if (!header.fortran_order || header.shape.rank() < 2) return values;
  const PauseRecording unrecorded;
  Shape reversed;
  for (int i = header.shape.rank() - 1; i >= 0; --i) reversed.push_back(header.shape[i]);
  return transpose(values.share(reversed));
}

}  // namespace

Tensor load_npy(const std::filesystem::path& path) {
  ByteReader file(path);
  const NpyHeader header = read_header(file);
  std::vector<unsigned char> bytes = read_values(file, header);
  const DType dtype = header.size > (is_integer(header) ? 2 : 4) ? float64 : float32;
  Tensor values = Tensor::empty(header.shape, dtype);
  dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* const to = writable<T>(values);
    each_value(bytes, header, [&](std::size_t i, auto value) {
      if constexpr (std::is_integral_v<decltype(value)> && sizeof value == 8)
        if (constexpr auto most = std::int64_t{1} << 53;
            value > decltype(value)(most) ||
            (std::is_signed_v<decltype(value)> && static_cast<std::int64_t>(value) < -most))
          throw IoError("{}: 64-bit integers must be at most 2^53; got {} as value {}", file.name(),
                        value, i);
      to[i] = static_cast<T>(value);
    });
  });
  return in_c_order(values, header);
}

Indices load_npy_integers(const std::filesystem::path& path) {
  ByteReader file(path);
  const NpyHeader header = read_header(file);
  if (!is_integer(header))
    throw IoError("{}: the values must be integers or bools; got floats", file.name());
  if (header.fortran_order && header.shape.rank() > 1)
    throw IoError("{}: integers must stand in C order; got Fortran's", file.name());
  std::vector<unsigned char> bytes = read_values(file, header);
  Indices integers{header.shape, {}};
  integers.values.reserve(bytes.size() / header.size);
  each_value(bytes, header, [&](std::size_t i, auto value) {
    if constexpr (std::is_integral_v<decltype(value)>) {
      if (!std::in_range<std::int32_t>(value))
        throw IoError("{}: integers must have at most 32 bits; got {} as value {}", file.name(),
                      value, i);
      integers.values.push_back(static_cast<std::int32_t>(value));
    }
  });
  return integers;
}

void save_npy(const std::filesystem::path& path, const Tensor& tensor) {
  if (!tensor.defined()) throw ValueError("{}: the tensor must be defined", path.string());
  const std::string header = detail::format_npy_header(
      {.size = size_of(tensor.dtype()), .fortran_order = false, .shape = tensor.shape()});
  AtomicFile file(path);
  file.write(header.data(), header.size());
  dispatch(tensor.dtype(),
           [&](auto zero) { file.write(tensor.data<decltype(zero)>(), tensor.bytes()); });
  file.commit();
}

}  // namespace reel
