// A function whose captures lie in the pool.
//
// A std::function asks the heap for whatever is not trivially copied, a tensor for one; what calls
// leave behind would do that in each step. Copies share the captures, which is why they are const.
// Price: no target type, no comparison. Read before: memory.h. Read next: ledger.h.
#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include <reel/core/runtime/memory.h>

namespace reel::detail {

template <class Signature>
class PoolFunction;

template <class Result, class... Args>
class PoolFunction<Result(Args...)> {
 public:
  PoolFunction() = default;
  PoolFunction(std::nullptr_t) {}

  /// An empty std::function makes an empty one.
  template <class F>
  requires(!std::is_same_v<std::decay_t<F>, PoolFunction> &&
           std::is_invocable_r_v<Result, const std::decay_t<F>&, Args...>) PoolFunction(F&& f) {
    using Kept = std::decay_t<F>;
    if constexpr (std::is_same_v<Kept, std::function<Result(Args...)>>)
      if (!f) return;
    captures_ = std::allocate_shared<Kept>(memory::Allocator<Kept>(), std::forward<F>(f));
    run_ = [](const void* captures, Args... args) -> Result {
      return (*static_cast<const Kept*>(captures))(std::forward<Args>(args)...);
    };
  }

  explicit operator bool() const { return captures_ != nullptr; }
  Result operator()(Args... args) const {
    return run_(captures_.get(), std::forward<Args>(args)...);
  }

 private:
  std::shared_ptr<const void> captures_;
  Result (*run_)(const void*, Args...) = nullptr;
};

}  // namespace reel::detail
