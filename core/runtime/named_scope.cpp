// Who hears of named scopes: a chain of listeners for each thread, newest first.
//
// Read before: named_scope.h.
#include <reel/core/runtime/named_scope.h>

namespace reel {
namespace detail {

thread_local constinit ScopeListener* scope_listeners [[gnu::tls_model("initial-exec")]] = nullptr;

void ScopeListener::start_listening() {
  if (listens_) return;
  listens_ = true;
  next_ = scope_listeners;
  scope_listeners = this;
}

void ScopeListener::stop_listening() {
  if (!listens_) return;
  listens_ = false;
  for (ScopeListener** at = &scope_listeners; *at; at = &(*at)->next_)
    if (*at == this) {
      *at = next_;
      return;
    }
}

}  // namespace detail

void NamedScope::enter(const char* kind, std::string_view name, std::string_view path) {
  is_open_ = true;
  for (auto* listener = detail::scope_listeners; listener; listener = listener->next_)
    listener->entered(kind, name, path);
}

void NamedScope::leave() {
  for (auto* listener = detail::scope_listeners; listener; listener = listener->next_)
    listener->left();
}

}  // namespace reel
