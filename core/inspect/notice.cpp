// Who observes a thread: those on its list.
//
// An observer may stay there after its tape, to see what the optimizer does with the gradients; the
// next outermost tape takes it off. Read before: notice.h, node_list.h. Read next: trace.h.
#include <reel/core/inspect/notice.h>

#include <utility>

#include <reel/core/node_list.h>

namespace reel::detail {

bool observed() { return !NodeList::current().observers.empty(); }

void tell(const Notice& notice) {
  const auto& observers = NodeList::current().observers;
  for (std::size_t i = 0; i < observers.size(); ++i) observers[i]->noticed(notice);
}

namespace {

thread_local constinit TapeWaiter* waiters [[gnu::tls_model("initial-exec")]] = nullptr;

}  // namespace

void TapeWaiter::start_waiting() { next_ = std::exchange(waiters, this); }
void TapeWaiter::stop_waiting() {
  for (TapeWaiter** at = &waiters; *at; at = &(*at)->next_)
    if (*at == this) {
      *at = next_;
      return;
    }
}

NodeList::~NodeList() {
  clear();
  let_observers_go();
}

void NodeList::be_observed() {
  wait_as_environment_says();
  let_observers_go();
  for (TapeWaiter* waiter = waiters; waiter; waiter = waiter->next_) waiter->next_tape(*this);
}

void NodeList::let_observers_go() {
  for (Observer* observer : std::exchange(observers, {})) observer->let_go();
}

}  // namespace reel::detail
