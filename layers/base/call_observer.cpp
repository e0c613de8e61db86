#include <reel/layers/base/call_observer.h>

#include <utility>

namespace reel {

thread_local constinit CallObserver* CallObserver::innermost_ = nullptr;

CallObserver::CallObserver(Function f)
    : f_(std::move(f)), outer_(std::exchange(innermost_, this)) {}

CallObserver::~CallObserver() { innermost_ = outer_; }

void CallObserver::notify(const Layer& layer, std::span<const Tensor> xs, const Tensor& y) {
  for (const CallObserver* observer = innermost_; observer; observer = observer->outer_)
    observer->f_(layer, xs, y);
}

}  // namespace reel
