// Questions about the whole computation that the outermost tape of this thread records: the graph
// of TensorFlow 1. What calls leave behind (ledger.h) goes with it. Read before: node_list.h. Read
// next: graph.cpp, tape_nodes.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include <reel/core/node_list.h>

namespace reel {

/// A number that names the outermost tape active on this thread; 0 when there is none.
std::uint64_t graph_serial();

/// Whether `y` was computed, under the tapes active on this thread, from a value with one of these
/// ids, or is one. Without a tape only identity counts.
bool graph_reaches(ListOf<TensorId> from, TensorId y);

/// Calls `f(normally)` when the outermost tape active on this thread ends; `normally` is false
/// while an exception unwinds. RuntimeError when no tape is active.
void on_graph_end(std::function<void(bool normally)> f);

namespace detail {
/// Whether y was computed from one of these along the nodes from `begin` on, or is one.
bool is_reached(NodeList& list, NodeIndex begin, std::span<const TensorId> from, TensorId y);
}  // namespace detail

}  // namespace reel
