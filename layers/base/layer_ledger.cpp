// What a layer's calls leave behind: its losses, as it adds and as others read them.
//
// Adding: what is added in a call goes into the thread's ledger (ledger.h) with the calls that run;
// what is given outside of calls stays with the layer. Reading: one walk over this layer and those
// below gives every loss in its order. Read before: ledger.h. Read next: layer_updates.cpp.
#include <algorithm>
#include <utility>

#include <reel/core/inspect/graph.h>
#include <reel/core/inspect/notice.h>
#include <reel/core/ops.h>
#include <reel/core/runtime/log.h>
#include <reel/layers/base/as_in_call.h>
#include <reel/layers/base/call_frame.h>
#include <reel/layers/base/layer.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/functions/regularizers.h>

namespace reel {

using detail::Ledger;
using detail::LossTerm;

void Layer::set_activity_regularizer(const Regularizer& regularizer) {
  options_.activity_regularizer = resolve(regularizer, path() + ": activity_regularizer");
}

void Layer::add_activity_loss(const Tensor& y) {
  if (y.rank() == 0)
    throw ValueError("an activity regularizer needs an output with a batch axis; got a scalar");
  const Tensor penalty = detail::penalty(activity_regularizer(), y, path());
  // An empty batch costs nothing, where the reference divides by zero.
  if (penalty.defined())
    add_term(
        LossTerm::Kind::activity,
        [loss = penalty / std::max<Index>(y.shape()[0], 1)] { return loss; }, true);
}

// --- what a training loop is reminded of -------------------------------------------------------

// The net is the outermost layer whose call runs: of two nets in a container each is its own.
void Layer::remind(detail::Reminder::Kind kind, const std::shared_ptr<detail::Owner>& of) const {
  const auto* call = detail::CallFrame::innermost();
  const Layer* net = call ? &call->net : this;
  const auto has_no_weights = [&] { return net->weights_.empty() && net->children_.empty(); };
  if (has_no_weights()) net = &net->root();
  Ledger::current().reminders.add({kind, of, net->owner_, has_no_weights()});
}

bool Layer::in_training(const Call& call) {
  if (call.training) owner_->trained_at = detail::next_moment();
  if (call.training || !call.training.given()) remind(detail::Reminder::mode, owner_);
  return call.training;
}

// After a call: its losses that no call adds, but for penalties that no step could make smaller.
// Those of a shared weight are another layer's, those that a scope hands down nobody's.
void Layer::note_losses() {
  if (!kept_losses_.empty()) remind(detail::Reminder::losses, owner_);
  if (!trainable()) return;
  for (const OwnWeight& w : weights_)
    if (w.penalty && w.trainable) remind(detail::Reminder::losses, w.penalty);
}

// `sum(net(x)) + net.total_loss()` reads the losses before or after the call, as compilers like.
void Layer::warn_of_early_read() const {
  if (!recording() || owner_->told_of_early_read) return;
  memory::Vector<Layer*> layers;
  append_layers(layers);
  const std::uint64_t now = graph_serial();
  // A later graph is another thread's, which may have called it after this one.
  if (std::any_of(layers.begin(), layers.end(), [&](const Layer* l) { return l->graph_ >= now; }))
    return;
  owner_->told_of_early_read = true;
  logging::warning(
      "{}: losses were read under a tape in which the layer was not called yet, which is too "
      "early; write y = net(x) in a line of its own, and net.total_loss() in a later one",
      path());
}

// --- adding losses -----------------------------------------------------------------------------

void Layer::add_term(LossTerm::Kind kind, detail::PoolFunction<Tensor()> value, bool conditional) {
  Ledger& ledger = Ledger::current();
  ledger.to_add_to().losses.push_back(
      {kind, owner_, std::move(value), conditional, ledger.calls()});
  remind(detail::Reminder::losses, owner_);
}

void Layer::add_loss(const Tensor& loss, const Tensor& inputs) {
  if (!loss.defined()) return;
  if (building_ || (!Ledger::current().running_call() && !recording()))
    detail::throw_at<ValueError>(
        path(),
        "a tensor may only be added as a loss in a call or under a tape, since it belongs to "
        "one computation; it was added {}; give a function that returns it",
        building_ ? "while building" : "outside of both");
  add_term(
      LossTerm::Kind::tensor, [loss] { return loss; }, inputs.defined());
}

void Layer::add_loss(double loss, const Tensor& inputs) {
  const DType dtype = this->dtype().value_or(inputs.defined() ? inputs.dtype() : float32);
  if (Ledger::current().running_call() && !building_)
    add_loss(Tensor(loss, dtype), inputs);
  else
    add_loss([loss, dtype] { return Tensor(loss, dtype); }, inputs);
}

void Layer::add_loss(const std::function<Tensor()>& loss, const Tensor& inputs) {
  if (!loss) return;
  if (const auto* call = Ledger::current().running_call(); call && !building_) {
    add_term(LossTerm::Kind::function, detail::as_in(*call, loss), inputs.defined());
  } else
    kept_losses_.push_back({LossTerm::Kind::function, owner_, loss, inputs.defined()});
}

void Layer::add_loss(const std::vector<Tensor>& losses, const Tensor& inputs) {
  for (const Tensor& loss : losses) add_loss(loss, inputs);
}

// --- reading losses ----------------------------------------------------------------------------

namespace {

// A function sees the ledger and leaves nothing in it, whatever layers it calls.
Tensor value_of(const LossTerm& term) {
  if (term.kind != LossTerm::Kind::function) return term.value();
  const Ledger before = Ledger::current();
  const Rehearsal rehearsal(Rehearsal::Draws::go_on);
  Ledger::current() = before;
  return term.value();
}

}  // namespace

// Reads every term of this layer and those below in the order of `losses`: of a layer the tensors,
// the penalties on its weights, the functions that it was given outside of calls, then those given
// in calls. `of_calls` are the ledger's; a copy, since a function may change that.
void Layer::read_losses(const LossTerms& of_calls, const LossReader& read) const {
  memory::Vector<Layer*> layers;
  append_layers(layers);
  for (const Layer* layer : layers) {
    const auto read_term = [&](const LossTerm& term) {
      if (const Tensor value = value_of(term); value.defined()) read(*layer, term, value);
    };
    const auto read_those_of_calls = [&](bool functions) {
      for (const LossTerm& term : of_calls)
        if (term.owner == layer->owner_ && functions == (term.kind == LossTerm::Kind::function))
          read_term(term);
    };
    read_those_of_calls(false);
    for (const OwnWeight& weight : layer->weights_) {
      const Variable& w = weight.variable;
      const auto penalty = [&] {
        return detail::penalty(layer->names_->regularizer_of(w), w.value(), w.name());
      };
      if (weight.penalised)
        read_term({.kind = LossTerm::Kind::penalty,
                   .owner = layer->owner_,
                   .value = penalty,
                   .weight = w});
    }
    for (const LossTerm& term : layer->kept_losses_) read_term(term);
    read_those_of_calls(true);
  }
}

std::vector<Tensor> Layer::losses_that(const LossFilter& are_wanted) const {
  std::vector<Tensor> result;
  memory::Vector<Layer*> layers;
  append_layers(layers);
  if (recording())  // what is read outside has no gradient
    for (const Layer* layer : layers) layer->owner_->losses_read_at = detail::next_moment();
  const LossTerms of_calls = Ledger::current().to_read().losses;
  read_losses(of_calls, [&](const Layer&, const LossTerm& term, const Tensor& loss) {
    if (!are_wanted(term, loss)) return;
    result.push_back(loss);
    if (recording() && detail::observed())
      detail::tell({.kind = detail::Notice::Kind::loss,
                    .owner = term.owner->path,
                    .name = name_of(term.kind),
                    .variable = term.weight.defined() ? &term.weight : nullptr,
                    .after = loss});
  });
  return result;
}

std::vector<Tensor> Layer::losses(CallSite site) const {
  detail::note(site);
  warn_of_early_read();
  return losses_that([](const LossTerm&, const Tensor&) { return true; });
}

Tensor Layer::total_loss(CallSite site) const {
  detail::note(site);
  Tensor total;
  for (const Tensor& loss : losses()) {
    const Tensor term =
        loss.size() == 1 ? loss : sum(loss);  // else added to each element of another
    total = total.defined() ? total + term : term;
  }
  if (total.defined()) return total;
  const std::vector<Variable> variables = this->variables();
  return Tensor(0.0, variables.empty() ? dtype().value_or(float32) : variables[0].dtype());
}

std::vector<Tensor> Layer::get_losses_for(const std::vector<Tensor>& inputs, CallSite site) const {
  detail::note(site);
  return losses_that([&](const LossTerm& term, const Tensor& loss) {
    const TensorId id = loss.id();
    return term.conditional &&
           detail::depends(std::span(&id, 1), term.calls.inputs, detail::ids_of(inputs));
  });
}

std::vector<Tensor> Layer::get_losses_for(std::nullptr_t, CallSite site) const {
  detail::note(site);
  return losses_that([](const LossTerm& term, const Tensor&) { return !term.conditional; });
}

}  // namespace reel
