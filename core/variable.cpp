// A variable's state, how it is assigned, and its reads on a tape.
//
// To assign is to hold another tensor: none changes, so a read copies no elements and keeps what it
// read. The tensor held is the variable's alone (`share` gives it a header and an id), hence no
// node of a tape stands for it, and each read is a node of its own that names the variable by its
// id. Read before: variable.h, recording.h. Read next: operand.h.
#include <reel/core/variable.h>

#include <reel/core/node_list.h>
#include <reel/core/observer.h>
#include <reel/core/recording.h>

namespace reel {

struct Variable::State {
  TensorId id;
  Tensor value;
  VariableOptions options;
};

Variable::Variable(const Tensor& value, const VariableOptions& options) {
  if (!value.defined())
    throw ValueError("variable {}: a first value is needed; got an undefined tensor", options.name);
  // A header of its own: the variable's tensor is then never a node of some tape.
  state_ = std::make_shared<State>(State{detail::next_id(), value.share(value.shape()), options});
  // A constraint of the library whose axes do not fit says so now, not in the first step.
  if (options.constraint.resolved() && !options.constraint.name().empty())
    options.constraint(*this);
}

Variable::State& Variable::state() const {
  if (!state_) throw RuntimeError("Variable: a variable is needed here; got none");
  return *state_;
}

Tensor Variable::value() const {
  const State& s = state();
  if (!recording()) return s.value;
  detail::NodeList& list = detail::NodeList::current();
  return list.append_read(*this, s.value, list.watching(*this));
}

void Variable::assign(const Tensor& value) const {
  State& s = state();
  if (value.shape() != s.value.shape())
    throw ValueError("{}: assigned value must have shape {}; got {}", name(), shape(),
                     value.shape());
  if (value.dtype() != s.value.dtype())
    throw TypeError("{}: assigned value must be {}; got {}", name(), dtype(), value.dtype());
  s.value = value.share(value.shape());
}

const std::string& Variable::name() const { return state().options.name; }
const Shape& Variable::shape() const { return state().value.shape(); }
DType Variable::dtype() const { return state().value.dtype(); }
bool Variable::trainable() const { return state().options.trainable; }
const Constraint& Variable::constraint() const { return state().options.constraint; }
KernelKind Variable::kernel_kind() const { return state().options.kernel_kind; }
TensorId Variable::id() const { return state().id; }
Tensor& Variable::stored() const { return state().value; }

// --- reads -----------------------------------------------------------------------------------

std::uint32_t detail::NodeList::watching(const Variable& variable) const {
  std::uint32_t tapes = variable.trainable() ? watching_tapes_ : 0;
  for (const Watch& watch : watches)
    if (watch.variable == variable.id()) tapes |= watch.tape;
  return tapes & ~paused_tapes;
}

// A read has a header of its own, so that the variable's tensor is a node of no tape.
Tensor detail::NodeList::append_read(const Variable& variable, Tensor value,
                                     std::uint32_t watching_tapes) {
  for (Observer* observer : observers) observer->read(variable, value, watching_tapes);
  Tensor read = value.share(value.shape());
  Node& node = append("read", read.id(), 1);
  node.inputs[node.input_count++] = variable.id();
  node.watched = watching_tapes != 0;
  reads_.push_back({variable, size() - 1, watching_tapes});
  return read;
}

}  // namespace reel
