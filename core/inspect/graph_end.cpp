// What hangs on the end of the outermost tape.
//
// It runs after the list was cleared, since it may open tapes of its own; the end of a tape is a
// destructor, which must not throw, so what a callback throws is told and no more.
// Read before: graph.h, node_list.cpp.
#include <exception>

#include <reel/core/node_list.h>
#include <reel/core/runtime/log.h>

namespace reel::detail {

void NodeList::tell_the_end(std::span<const std::function<void(bool)>> callbacks, bool normally) {
  for (const auto& callback : callbacks) try {
      callback(normally);
    } catch (const std::exception& error) {
      logging::warning("on_graph_end: a callback must not throw; it threw: {}", error.what());
    } catch (...) {
      logging::warning("on_graph_end: a callback must not throw; it threw what is no exception");
    }
}

}  // namespace reel::detail
