#include <reel/layers/scope/scope.h>

#include <cstring>
#include <memory>
#include <utility>

#include <reel/core/recording.h>
#include <reel/core/runtime/memory.h>
#include <reel/layers/scope/variable_store.h>

namespace reel {
namespace detail {

namespace {

thread_local constinit OpenScope* innermost_scope = nullptr;

}  // namespace

OpenScope::OpenScope(const Scope& opened, Reuse opened_reuse, Training given, const CallFrame* self)
    : scope(opened),
      reuse(opened_reuse),
      outer_(std::exchange(innermost_scope, this)),
      call(self ? self : call_around()),
      training(given.or_else(outer_ ? outer_->training : Training())) {}

OpenScope::~OpenScope() {
  if (opened_inside) Names::current()->close_subscopes(scope.path);
  innermost_scope = outer_;
}

OpenScope* OpenScope::innermost() { return innermost_scope; }

void check_scope_name(const std::string& what, const std::string& name) {
  const auto is_in = [](char c, const char* others) {  // whatever the locale
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && std::strchr(others, c));
  };
  char before = '/';
  for (const char c : name + '/') {
    const bool fits = before == '/' ? is_in(c, ".") : is_in(c, "_.-/");
    if (!fits)
      throw ValueError(
          "{}: a name must be letters, digits, '_', '.' and '-', in parts joined by '/' that begin "
          "with a letter, digit or '.'; got '{}'",
          what, name);
    before = c;
  }
}

Scope present_scope() {
  if (!innermost_scope) return {};
  Scope scope = innermost_scope->scope;
  scope.options.reuse = innermost_scope->reuse;
  return scope;
}

namespace {

// A scope of before, open again: what a variable is called does not change when it is asked for
// again, and by then it is there; whether calls inside train does not change either.
struct ScopeAgain {
  ScopeAgain(const Scope& before, Training training)
      : scope(before), open(scope, Reuse::automatic, training) {}
  const Scope scope;
  const OpenScope open;
};

SetUpAgain keep_present_scope() {
  const Training training = innermost_scope ? innermost_scope->training : Training();
  return [scope = present_scope(), training]() -> std::shared_ptr<void> {
    return std::allocate_shared<ScopeAgain>(memory::Allocator<ScopeAgain>(), scope, training);
  };
}

std::string path_of_present_scope() {
  return innermost_scope ? innermost_scope->scope.path : std::string();
}

// The engine knows no scopes; it asks these two where it needs one.
[[maybe_unused]] const bool engine_is_told = [] {
  keep_surroundings = keep_present_scope;
  present_scope_path = path_of_present_scope;
  return true;
}();

}  // namespace

}  // namespace detail

std::string Scope::join(const std::string& name) const {
  return path.empty() ? name : path + "/" + name;
}

namespace {

Scope with_options(const std::string& path, const ScopeOptions& inherited,
                   const ScopeOptions& options) {
  return {path,
          {.initializer = options.initializer ? options.initializer : inherited.initializer,
           .regularizer = options.regularizer ? options.regularizer : inherited.regularizer,
           .constraint = options.constraint ? options.constraint : inherited.constraint,
           .reuse = options.reuse == Reuse::no ? inherited.reuse : options.reuse,
           .dtype = options.dtype ? options.dtype : inherited.dtype}};
}

Scope prolonged(const Scope& parent, const std::string& name, const ScopeOptions& options) {
  if (name.empty()) throw ValueError("variable_scope: the name must not be empty");
  detail::check_scope_name("variable_scope", name);
  return with_options(parent.join(name), parent.options, options);
}

Scope again(const Scope& scope, const ScopeOptions& options) {
  if (!scope.path.empty()) detail::check_scope_name("variable_scope", scope.path);
  return with_options(scope.path, scope.options, options);
}

Scope opened(Scope scope) {
  if (auto* open = detail::OpenScope::innermost()) open->opened_inside = true;
  detail::Names::current()->open_scope(scope.path);
  return scope;
}

}  // namespace

VariableScope::VariableScope(const std::string& name, const ScopeOptions& options)
    : scope_(opened(prolonged(detail::present_scope(), name, options))),
      open_(scope_, scope_.options.reuse) {}

VariableScope::VariableScope(const Scope& scope, const ScopeOptions& options)
    : scope_(opened(again(scope, options))), open_(scope_, scope_.options.reuse) {}

VariableScope VariableScope::unique(const std::string& base, const ScopeOptions& options) {
  const Scope parent = detail::present_scope();
  prolonged(parent, base, options);  // throws when `base` is empty
  const std::string name = detail::Names::current()->open_unique_scope(parent, base);
  if (auto* open = detail::OpenScope::innermost()) open->opened_inside = true;
  return VariableScope(AlreadyOpened{}, prolonged(parent, name, options));
}

VariableScope::VariableScope(AlreadyOpened, Scope scope)
    : scope_(std::move(scope)), open_(scope_, scope_.options.reuse) {}

VariableScope::~VariableScope() = default;

}  // namespace reel
