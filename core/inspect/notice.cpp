// Read before: notice.h, node_list.h. Read next: observing.cpp.
#include <reel/core/inspect/notice.h>

#include <reel/core/node_list.h>

namespace reel::detail {

bool observed() { return !NodeList::current().observers.empty(); }

void tell(const Notice& notice) {
  const auto& observers = NodeList::current().observers;
  for (std::size_t i = 0; i < observers.size(); ++i) observers[i]->noticed(notice);
}

}  // namespace reel::detail
