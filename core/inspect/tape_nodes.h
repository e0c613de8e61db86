// What a tape says of itself when it is asked: Tape::nodes and Tape::bytes.
//
// Read before: tape.h. Read next: tape_nodes.cpp, tape_bytes.cpp.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <reel/core/runtime/text_formatter.h>
#include <reel/core/tape.h>

namespace reel {

/// An op on a tape, as it was recorded.
struct TapeNode {
  std::string name;              ///< "read" for a variable, "watch" for what was given to `watch`
  TensorId output;               ///< the id of its result
  std::vector<TensorId> inputs;  ///< of its arguments; for a read, of the variable
  bool watched;                  ///< whether a gradient can flow through it
};

/// What a tape holds, in bytes.
struct TapeBytes {
  Index record = 0;   ///< nodes, rules, look-ups
  Index tensors = 0;  ///< tensors that rules kept for the way back, each once
  Index total() const { return record + tensors; }
  std::string str() const;
};
std::ostream& operator<<(std::ostream& out, const TapeBytes& bytes);

}  // namespace reel

template <>
struct fmt::formatter<reel::TapeBytes> : reel::detail::StrFormatter<reel::TapeBytes> {};
