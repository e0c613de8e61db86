// Read before: variable_store.h. Read next: ledger.h, what a layer has beside its variables.
#include <reel/layers/scope/variable_store.h>

#include <algorithm>
#include <map>
#include <mutex>

#include <reel/core/recording.h>
#include <reel/core/runtime/fork.h>
#include <reel/core/runtime/of_thread.h>
#include <reel/layers/base/ledger.h>
#include <reel/layers/base/naming.h>

namespace reel {
namespace detail {

std::uint64_t next_moment() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

struct Names::State {
  mutable ForkMutex mutex;
  std::map<std::string, int> layer_numbers;
  std::map<std::string, int> opened_scopes;             // with the last number tried behind each
  std::map<std::string, RegisteredVariable> variables;  // by name
  std::map<std::string, std::shared_ptr<Told>> told;    // by path
  const std::shared_ptr<Owner> no_layer = std::make_shared<Owner>();
  std::uint64_t made = 0;
  std::size_t most = 64;  // entries until the dead are looked for
  std::vector<Variable> kept;

  void forget_the_dead() {
    std::erase_if(variables,
                  [](const auto& entry) { return !entry.second.variable.lock().defined(); });
    most = 2 * variables.size() + 64;
  }
  Variable find(const std::string& name) const {
    const auto found = variables.find(name);
    return found == variables.end() ? Variable() : found->second.variable.lock();
  }
  // Another variable may have the name by now.
  RegisteredVariable* entry_of(const Variable& variable) {
    const auto found = variables.find(variable.name());
    return found == variables.end() || found->second.variable.lock() != variable ? nullptr
                                                                                 : &found->second;
  }
};

Names::Names() : state_(std::make_unique<State>()) {}
Names::~Names() = default;

namespace {

// The default store is never destroyed, so that layers with static lifetime may use it.
std::shared_ptr<Names>& current_names() {
  static const auto* process_wide = new std::shared_ptr<Names>(std::make_shared<Names>());
  using Pointer = std::shared_ptr<Names>;
  static thread_local constinit Pointer* own = nullptr;
  if (!own) make_of_thread<Pointer>([]() -> Pointer*& { return own; }) = *process_wide;
  return *own;
}

[[maybe_unused]] const std::shared_ptr<Names>& made_at_load = current_names();  // fork.h

}  // namespace

const std::shared_ptr<Names>& Names::current() { return current_names(); }

int Names::next_layer_number(const std::string& base) {
  const std::lock_guard lock(state_->mutex);
  return ++state_->layer_numbers[base];
}

std::string Names::open_unique_scope(const Scope& parent, const std::string& base) {
  const std::lock_guard lock(state_->mutex);
  const std::string name = unused_name(base, state_->opened_scopes,
                                       [&](const std::string& last) { return parent.join(last); });
  state_->opened_scopes.try_emplace(parent.join(name), 0);
  return name;
}

void Names::open_scope(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  state_->opened_scopes.try_emplace(path, 0);
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

// The first value is computed without the lock, because an initializer may be a user's and slow; so
// the name is looked up once more before it is taken.
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
  if (state_->variables.size() >= state_->most) state_->forget_the_dead();
  if (const Variable found = state_->find(request.name); found.defined()) {  // made meanwhile
    check_shared(found, request);
    return {found, false};
  }
  RegisteredVariable registered{WeakVariable(made), request.regularizer, first_value,
                                ++state_->made};
  if (request.regularizer) {
    registered.penalised = std::make_shared<Owner>();
    registered.penalised->path = request.name;
    registered.penalised->gone = true;
  }
  state_->variables.insert_or_assign(request.name, std::move(registered));
  return {made, true};
}

Variable Names::find(const std::string& name) const {
  const std::lock_guard lock(state_->mutex);
  return state_->find(name);
}

Regularizer Names::regularizer_of(const Variable& variable) const {
  const std::lock_guard lock(state_->mutex);
  const RegisteredVariable* found = state_->entry_of(variable);
  return found ? found->regularizer : Regularizer();
}

void Names::set_owner(const Variable& variable, std::weak_ptr<const Owner> owner) {
  const std::lock_guard lock(state_->mutex);
  if (RegisteredVariable* found = state_->entry_of(variable)) found->owner = std::move(owner);
}

std::shared_ptr<const Owner> Names::owner_of(const Variable& variable) const {
  const std::lock_guard lock(state_->mutex);
  const RegisteredVariable* found = state_->entry_of(variable);
  return found ? found->owner.lock() : nullptr;
}

void Names::set_penalised(const Variable& variable, const std::shared_ptr<Owner>& owner) {
  const std::lock_guard lock(state_->mutex);
  if (RegisteredVariable* found = state_->entry_of(variable)) found->penalised = owner;
}

std::shared_ptr<Owner> Names::penalised(const Variable& variable) const {
  const std::lock_guard lock(state_->mutex);
  const RegisteredVariable* found = state_->entry_of(variable);
  return found ? found->penalised : nullptr;
}

const std::shared_ptr<Owner>& Names::no_layer() const { return state_->no_layer; }

std::shared_ptr<Told> Names::told_of(const std::string& path) {
  const std::lock_guard lock(state_->mutex);
  std::shared_ptr<Told>& told = state_->told[path];
  if (!told) told = std::make_shared<Told>();
  return told;
}

void Names::forget(const Variable& variable) {
  const std::lock_guard lock(state_->mutex);
  state_->variables.erase(variable.name());
}

void Names::keep(const Variable& variable) {
  const std::lock_guard lock(state_->mutex);
  if (std::find(state_->kept.begin(), state_->kept.end(), variable) == state_->kept.end())
    state_->kept.push_back(variable);
}

std::vector<RegisteredVariable> Names::variables() const {
  const std::lock_guard lock(state_->mutex);
  state_->forget_the_dead();
  std::vector<RegisteredVariable> result;
  for (const auto& [name, registered] : state_->variables) result.push_back(registered);
  std::sort(result.begin(), result.end(),
            [](const auto& a, const auto& b) { return a.number < b.number; });
  return result;
}

}  // namespace detail

VariableStore::VariableStore()
    : before_(std::exchange(detail::current_names(), std::make_shared<detail::Names>())),
      open_(top_, Reuse::no) {}

VariableStore::~VariableStore() { detail::current_names() = before_; }

Variable VariableStore::find(const std::string& name) {
  return detail::Names::current()->find(name);
}

}  // namespace reel
