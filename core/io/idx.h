// Arrays of bytes in the IDX format, plain or gzip: the files of MNIST and its kin.
//
// The file: two zero bytes, a type code, the rank, then one big-endian 32-bit extent per axis, then
// the elements, row-major. Read here is type 0x08, unsigned bytes. Invariant: whatever the bytes,
// the outcome is an array or an IoError that names the file and the rule; memory is taken only for
// bytes that the file can hold, and grows with those that come. Source: yann.lecun.com/exdb/mnist.
// Read before: byte_reader.h. Read next: fashion_mnist.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include <reel/core/shape.h>

namespace reel {

struct IdxArray {
  Shape shape;
  std::vector<std::uint8_t> values;  ///< row-major, as many as the shape says
};

/// Reads a whole file. IoError when it cannot be read, is not IDX, holds another element type, ends
/// early or goes on after the last element.
IdxArray load_idx(const std::filesystem::path& path);

}  // namespace reel
