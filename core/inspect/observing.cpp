// How long observers stay on a thread's list.
//
// One may stay there after its tape, to see what the optimizer does with the gradients; the next
// outermost tape takes it off, and so does the end of the thread. Those that wait for that tape are
// told of it. Read before: node_list.h, observer.h. Read next: traced_step.cpp.
#include <utility>

#include <reel/core/node_list.h>
#include <reel/core/observer.h>

namespace reel::detail {

NodeList::~NodeList() {
  clear();
  let_observers_go();
  for (Observer* observer : waiting) observer->let_go();
}

void NodeList::be_observed() {
  let_observers_go();
  for (std::size_t i = 0; i < waiting.size(); ++i) waiting[i]->attach(*this);
}

void NodeList::let_observers_go() {
  for (Observer* observer : std::exchange(observers, {})) observer->let_go();
}

}  // namespace reel::detail
