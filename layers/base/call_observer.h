// CallObserver: hears of every call of a layer on this thread.
//
// For what looks at nets without being part of them, as a summary. Observers nest; each hears the
// calls until its end. Without one, a call pays for one look at a thread-local pointer.
// Read before: layer.h.
#pragma once

#include <functional>
#include <span>

#include <reel/core/tensor.h>

namespace reel {

class Layer;

class CallObserver {
 public:
  using Function =
      std::function<void(const Layer& layer, std::span<const Tensor> xs, const Tensor& y)>;

  /// `f(layer, xs, y)` is called when a layer's call has computed y from xs, children before their
  /// parents.
  explicit CallObserver(Function f);
  ~CallObserver();
  CallObserver(const CallObserver&) = delete;
  CallObserver& operator=(const CallObserver&) = delete;

 private:
  friend class Layer;
  static void notify(const Layer& layer, std::span<const Tensor> xs, const Tensor& y);
  static thread_local constinit CallObserver* innermost_;

  Function f_;
  CallObserver* outer_;
};

}  // namespace reel
