#include <reel/layers/scope/scope.h>

#include <algorithm>
#include <map>
#include <mutex>

#include <reel/core/recording.h>
#include <reel/core/runtime/memory.h>

namespace reel {
namespace detail {

struct Names::State {
  mutable std::mutex mutex;
  std::map<std::string, int> layer_numbers;
  std::map<std::string, int> opened_scopes;
  std::map<std::string, WeakVariable> by_name;
  std::vector<RegisteredVariable> variables;  // in order of creation
  std::vector<Variable> kept;

  void forget_the_dead() {
    const auto dead = [](const WeakVariable& variable) { return !variable.lock().defined(); };
    std::erase_if(by_name, [&](const auto& entry) { return dead(entry.second); });
    std::erase_if(variables, [&](const RegisteredVariable& r) { return dead(r.variable); });
  }
};

Names::Names() : state_(std::make_unique<State>()) {}
Names::~Names() = default;

namespace {

// The default store is never destroyed, so that layers with static lifetime may use it.
std::shared_ptr<Names>& current_names() {
  static const auto* process_wide = new std::shared_ptr<Names>(std::make_shared<Names>());
  static thread_local std::shared_ptr<Names> names = *process_wide;
  return names;
}

thread_local OpenScope* innermost = nullptr;

}  // namespace

OpenScope::OpenScope(const Scope& opened, Reuse opened_reuse)
    : scope(opened), reuse(opened_reuse), before_(std::exchange(innermost, this)) {}

OpenScope::~OpenScope() {
  if (opened_inside) Names::current()->close_subscopes(scope.path);
  innermost = before_;
}

Scope present_scope() {
  if (!innermost) return {};
  Scope scope = innermost->scope;
  scope.options.reuse = innermost->reuse;
  return scope;
}

namespace {

// A scope of before, open again: what a variable is called does not change when it is asked for
// again, and by then it is there.
struct ScopeAgain {
  explicit ScopeAgain(const Scope& before) : scope(before) {}
  const Scope scope;
  const OpenScope open{scope, Reuse::automatic};
};

SetUpAgain keep_present_scope() {
  return [scope = present_scope()]() -> std::shared_ptr<void> {
    return std::allocate_shared<ScopeAgain>(memory::Allocator<ScopeAgain>(), scope);
  };
}

std::string path_of_present_scope() { return innermost ? innermost->scope.path : std::string(); }

// The engine knows no scopes; it asks these two where it needs one.
[[maybe_unused]] const bool engine_is_told = [] {
  keep_surroundings = keep_present_scope;
  present_scope_path = path_of_present_scope;
  return true;
}();

}  // namespace

const std::shared_ptr<Names>& Names::current() { return current_names(); }

int Names::next_layer_number(const std::string& base) {
  const std::lock_guard lock(state_->mutex);
  return ++state_->layer_numbers[base];
}

std::string Names::open_unique_scope(const Scope& parent, const std::string& base) {
  const std::lock_guard lock(state_->mutex);
  std::string name = base;
  for (int i = 1; state_->opened_scopes.contains(parent.join(name)); ++i)
    name = fmt::format("{}_{}", base, i);
  ++state_->opened_scopes[parent.join(name)];
  return name;
}

void Names::open_scope(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  ++state_->opened_scopes[path];
}

void Names::close_subscopes(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  auto& scopes = state_->opened_scopes;
  const std::string prefix = path + "/";
  auto last = scopes.lower_bound(prefix);
  while (last != scopes.end() && last->first.starts_with(prefix)) last = scopes.erase(last);
}

namespace {

void check_shared(const Variable& found, const VariableRequest& request) {
  if (request.reuse == Reuse::no)
    throw ValueError(
        "variable {}: the name must be new; it exists; pass reuse = true to share the variable",
        request.name);
  if (found.shape() != request.shape)
    throw ValueError("variable {}: a shared variable must have shape {}; asked for {}",
                     request.name, found.shape(), request.shape);
  if (found.dtype() != request.dtype)
    throw ValueError("variable {}: a shared variable must be {}; asked for {}", request.name,
                     found.dtype(), request.dtype);
}

}  // namespace

Names::Obtained Names::obtain(const VariableRequest& request,
                              const std::function<Tensor()>& first_value) {
  if (const Variable found = find(request.name); found.defined()) {
    check_shared(found, request);
    return {found, false};
  }
  if (request.reuse == Reuse::yes)
    throw ValueError("variable {}: reuse = true needs a variable of this name; there is none",
                     request.name);
  // A first value is no part of the computation that happens to need it first.
  const Tensor value = [&] {
    const PauseRecording pause;
    return first_value();
  }();
  if (value.defined() && value.shape() != request.shape)
    throw ValueError("variable {}: the initializer must give shape {}; got {}", request.name,
                     request.shape, value.shape());
  if (value.defined() && value.dtype() != request.dtype)
    throw TypeError("variable {}: the initializer must give {}; got {}", request.name,
                    request.dtype, value.dtype());
  const Variable made(value, {.name = request.name,
                              .trainable = request.trainable,
                              .constraint = request.constraint,
                              .kernel_kind = request.kernel_kind});
  const std::lock_guard lock(state_->mutex);
  state_->forget_the_dead();
  if (const auto other = state_->by_name.find(request.name); other != state_->by_name.end())
    if (const Variable found = other->second.lock(); found.defined()) {  // made meanwhile
      check_shared(found, request);
      return {found, false};
    }
  state_->by_name.insert_or_assign(request.name, WeakVariable(made));
  state_->variables.push_back({WeakVariable(made), request.regularizer, first_value});
  return {made, true};
}

Variable Names::find(const std::string& name) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->by_name.find(name);
  return found == state_->by_name.end() ? Variable() : found->second.lock();
}

void Names::forget(const Variable& variable) {
  const std::lock_guard lock(state_->mutex);
  state_->by_name.erase(variable.name());
  std::erase_if(state_->variables,
                [&](const RegisteredVariable& r) { return r.variable.lock() == variable; });
}

void Names::keep(const Variable& variable) {
  const std::lock_guard lock(state_->mutex);
  if (std::find(state_->kept.begin(), state_->kept.end(), variable) == state_->kept.end())
    state_->kept.push_back(variable);
}

std::vector<RegisteredVariable> Names::variables() const {
  const std::lock_guard lock(state_->mutex);
  state_->forget_the_dead();
  return state_->variables;
}

}  // namespace detail

std::string Scope::join(const std::string& name) const {
  return path.empty() ? name : path + "/" + name;
}

// --- VariableScope ---------------------------------------------------------------------------

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
  return with_options(parent.join(name), parent.options, options);
}

Scope opened(Scope scope) {
  if (detail::innermost) detail::innermost->opened_inside = true;
  detail::Names::current()->open_scope(scope.path);
  return scope;
}

}  // namespace

VariableScope::VariableScope(const std::string& name, const ScopeOptions& options)
    : scope_(opened(prolonged(detail::present_scope(), name, options))),
      open_(scope_, scope_.options.reuse) {}

VariableScope::VariableScope(const Scope& scope, Reuse reuse)
    : scope_(opened(scope)), open_(scope_, reuse == Reuse::no ? scope.options.reuse : reuse) {}

VariableScope::VariableScope(const Scope& scope, const ScopeOptions& options)
    : scope_(opened(with_options(scope.path, scope.options, options))),
      open_(scope_, scope_.options.reuse) {}

VariableScope VariableScope::unique(const std::string& base, const ScopeOptions& options) {
  const Scope parent = detail::present_scope();
  prolonged(parent, base, options);  // throws when `base` is empty
  const std::string name = detail::Names::current()->open_unique_scope(parent, base);
  if (detail::innermost) detail::innermost->opened_inside = true;
  return VariableScope(AlreadyOpened{}, prolonged(parent, name, options));
}

VariableScope::VariableScope(AlreadyOpened, Scope scope)
    : scope_(std::move(scope)), open_(scope_, scope_.options.reuse) {}

VariableScope::~VariableScope() = default;

// --- VariableStore ---------------------------------------------------------------------------

VariableStore::VariableStore()
    : before_(std::exchange(detail::current_names(), std::make_shared<detail::Names>())),
      open_(top_, Reuse::no) {}

VariableStore::~VariableStore() { detail::current_names() = before_; }

Variable VariableStore::find(const std::string& name) {
  return detail::Names::current()->find(name);
}

}  // namespace reel
