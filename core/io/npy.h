// One array in NumPy's format, .npy.
//
// The file: the bytes 0x93 "NUMPY", the version, the length of a header that is a dictionary of
// Python with descr, fortran_order and shape, then the values. Read are versions 1 to 3, both byte
// orders, C and Fortran order, and all types of numbers but complex ones, plain or gzip. Invariant:
// whatever the bytes, the outcome is a tensor with exactly the values of the file, or an IoError
// that names the file and the rule; memory is taken only for values that the file can hold.
// Decision: bool, integers of up to 16 bits and floats of up to 32 become float32, all else
// float64, and a 64-bit integer that float64 does not hold is refused.
// Source: numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
// Read before: tensor.h. Read next: npy_header.h.
#pragma once

#include <filesystem>

#include <reel/core/ops/reduction.h>
#include <reel/core/tensor.h>

namespace reel {

/// Reads a whole file. IoError when it cannot be read or is not what the format demands.
Tensor load_npy(const std::filesystem::path& path);

/// Reads an array of integers or bools, for labels and positions. IoError also when the type is
/// another one, or a value is outside of 32 bits.
Indices load_npy_integers(const std::filesystem::path& path);

/// Writes a file of version 1.0, little-endian and in C order, which replaces an older one only
/// when it is complete. ValueError for an undefined tensor; IoError.
void save_npy(const std::filesystem::path& path, const Tensor& tensor);

}  // namespace reel
