// Ids: a number for each tensor and variable of a process, given once and never again.
//
// They come from blocks of 2^40 a thread: two threads never give the same, and those of one are
// consecutive, so that a tape finds a tensor's node by subtraction (node_list.h). A thread that
// ends leaves the rest of its block to another, and one that has used up its block, after some
// hours of the smallest ops, takes a new one. Price: 16 million threads at once. Read next:
// ids.cpp.
#pragma once

#include <cstdint>

#include <reel/core/runtime/language.h>

namespace reel::detail {

using Id = std::uint64_t;

// The TLS model saves a function call for each access from a shared library.
extern thread_local constinit Id last_id [[gnu::tls_model("initial-exec")]];
Id start_id_block();

/// The shift is 0 for 0, and at the end of a block.
inline Id next_id() { return last_id << 24 ? ++last_id : start_id_block(); }

}  // namespace reel::detail
