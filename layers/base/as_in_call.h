// A function given in a call that runs later: in the scope and the mode of that call.
//
// Losses and updates are such functions; what they call shall find its variables, and train or not,
// as beside the line that gave them. Internal. Read before: call_frame.h, scope.h. Read next:
// layer_ledger.cpp, layer_updates.cpp.
#pragma once

#include <utility>

#include <reel/layers/base/call_frame.h>

namespace reel::detail {

template <class F>
auto as_in(const CallFrame& call, F f) {
  return
      [f = std::move(f), scope = present_scope(), training = call.training](const auto&... args) {
        const OpenScope open(scope, Reuse::automatic, training);
        return f(args...);
      };
}

}  // namespace reel::detail
