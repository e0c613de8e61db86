// What the header of an .npy file says: the type of its values, their order and their shape.
// Internal.
//
// The header is a literal of Python, of which exactly this is read: {'descr': '<f4',
// 'fortran_order': False, 'shape': (3, 4), }, in any order, quotes of either kind, white space
// between. Read before: npy.h. Read next: npy_header.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <reel/core/shape.h>

namespace reel::detail {

struct NpyHeader {
  char order = '<';        // of the bytes: < little, > big, | not applicable
  char kind = 'f';         // f float, i signed, u unsigned, b bool
  std::uint64_t size = 4;  // bytes a value
  bool fortran_order = false;
  Shape shape;
};

/// IoError that starts with `file`.
NpyHeader parse_npy_header(const std::string& file, std::string_view text);

/// All that stands in front of the values of a file that is written.
std::string format_npy_header(const NpyHeader& header);

}  // namespace reel::detail
