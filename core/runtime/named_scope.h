// NamedScope: a part of a computation that has a name, for who looks at the computation.
//
// Layers open one for each call, functions with a name (an activation, a regularizer) and a
// recomputation for theirs, and a user's program may for anything. It changes nothing, no name of a
// variable either (that is VariableScope, layers/scope/scope.h): only a trace
// (core/inspect/trace.h) hears of it, as an interval of the ops inside. Without a listener it costs
// a load and a branch. Read before: call_site.h. Read next: named_function.h, trace.h.
#pragma once

#include <string_view>

#include <reel/core/runtime/language.h>

namespace reel {

class NamedScope;

namespace detail {

// What scopes of a thread tell while it stands in the chain of that thread's listeners.
class ScopeListener {
 public:
  virtual void entered(const char* kind, std::string_view name, std::string_view path) = 0;
  virtual void left() = 0;

 protected:
  ScopeListener() = default;
  ~ScopeListener() { stop_listening(); }
  ScopeListener(const ScopeListener&) = delete;
  ScopeListener& operator=(const ScopeListener&) = delete;
  void start_listening();
  void stop_listening();

 private:
  friend class reel::NamedScope;
  ScopeListener* next_ = nullptr;
  bool listens_ = false;
};

extern thread_local constinit ScopeListener* scope_listeners [[gnu::tls_model("initial-exec")]];

}  // namespace detail

/// Names what runs on this thread until the end of the block: an interval of a trace.
class NamedScope {
 public:
  /// A user's part of the computation; it may be called anything.
  explicit NamedScope(std::string_view name) : NamedScope("function", name) {}
  /// `kind` is "layer", "function" or "recompute"; `path` the place of a layer, else found.
  NamedScope(const char* kind, std::string_view name, std::string_view path = {}) {
    if (detail::scope_listeners && !name.empty()) [[unlikely]]
      enter(kind, name, path);
  }
  ~NamedScope() {
    if (is_open_) [[unlikely]]
      leave();
  }
  NamedScope(const NamedScope&) = delete;
  NamedScope& operator=(const NamedScope&) = delete;

 private:
  void enter(const char* kind, std::string_view name, std::string_view path);
  static void leave();
  bool is_open_ = false;
};

}  // namespace reel
