// CallFrame: a call of a layer, while it runs.
//
// The frames of a thread are part of its stack of open scopes (scope.h): a call opens its layer's
// scope. So one stack answers where a new variable's name goes, which layer runs, whether it
// trains, in which calls a loss was added (ledger.h), and from what inputs. Price: an open scope
// carries a pointer that only calls need. Observers of calls (call_observer.h) stand apart: they
// are there before a call is. Read before: scope.h. Read next: ledger.h, layer.h.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include <reel/core/tensor.h>
#include <reel/layers/scope/scope.h>

namespace reel {

class Layer;

namespace detail {

struct Owner;  // ledger.h

struct CallFrame : OpenScope {
  CallFrame(const Layer& called, std::span<const Tensor> xs, const Scope& scope, Reuse reuse,
            Training training)
      : OpenScope(scope, reuse, training, this),
        layer(called),
        inputs(xs),
        outer(call_around()),
        net(outer ? outer->net : called) {}

  /// The call that runs now on this thread, or null.
  static const CallFrame* innermost() {
    const OpenScope* open = OpenScope::innermost();
    return open ? open->call : nullptr;
  }

  ~CallFrame();

  const Layer& layer;
  const std::span<const Tensor> inputs;
  const CallFrame* const outer;
  const Layer& net;                                     // the outermost layer whose call runs
  mutable std::vector<std::weak_ptr<Owner>> made = {};  // the layers that were made in it
};

}  // namespace detail
}  // namespace reel
