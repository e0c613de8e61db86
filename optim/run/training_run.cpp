#include <reel/optim/run/training_run.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <reel/core/error.h>
#include <reel/core/runtime/joined.h>
#include <reel/optim/run/evaluate.h>

namespace reel {

TrainingRun::TrainingRun(Layer& its_net, Loader& its_loader, Optimizer& its_optimizer,
                         const FitOptions& its_options)
    : net(its_net), loader(its_loader), optimizer(its_optimizer), options(its_options) {
  if (!options.loss)
    throw ValueError(
        "fit: a loss is needed; write .loss = [](const Tensor& y, const Batch& batch) {{ return "
        "softmax_cross_entropy(y, batch.labels); }}, or another one");
  if (options.epochs < 1)
    throw ValueError("fit: epochs must be at least 1; got {}", options.epochs);
  if (options.micro_batches < 1)
    throw ValueError("fit: micro_batches must be at least 1; got {}", options.micro_batches);
  if (loader.count() == 0)
    throw ValueError("fit: the data must have samples; {} has none", loader.dataset().name());
  if (options.validation && options.validation->size() == 0)
    throw ValueError("fit: the validation set must have samples; it has none");
  detail::check_metrics("fit", options.metrics);
  for (const Callback* callback : options.callbacks) {
    if (!callback) throw ValueError("fit: callbacks must be there; got a null pointer");
    if (callback->name().empty() || callback->name().find('/') != std::string::npos)
      throw ValueError("fit: a callback's name must be a word without '/'; got '{}'",
                       callback->name());
  }
  std::vector<std::string> names{"epoch"};
  for (const std::string& name : figure_names()) names.push_back(name);
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    throw ValueError("fit: figures must have different names; two are called '{}'", *twice);
  for (const Callback* callback : options.callbacks)
    for (const Callback* other : options.callbacks)
      if (callback != other && callback->name() == other->name())
        throw ValueError("fit: callbacks must have different names; two are called '{}'",
                         callback->name());
}

// --- the loop's part ---------------------------------------------------------------------------

// The next loop is a pass of its own, also where the last one was broken off: what was done of it
// is what `first` leaves out.
void TrainingRun::start() {
  if (options.interruptible) ctrl_c_.emplace();
  for (Callback* callback : options.callbacks) callback->check(*this);
  if (!resumed_) {
    begin_epoch();
    const BatchOptions& pass = loader.options();
    const Index left = loader.dataset().size() - pass.first;
    if (left >= (pass.drop_remainder ? pass.size : 1)) step_ = pass.first / pass.size;
  }
  epoch_start_ = steady_seconds();
  history_.steps = steps();
  history_.epoch = epoch_;
  history_.step = step_;
  tell(&Callback::on_start);
}

bool TrainingRun::goes_on() const {
  const Index next = epoch_ended_ ? epoch_ + 1 : epoch_;
  return next <= options.epochs && history_.stopped.empty() && history_.signal == 0;
}

void TrainingRun::begin_epoch() {
  epoch_ended_ = false;
  loss_.reset();
  for (Metric* metric : options.metrics) metric->reset();
  epoch_start_ = steady_seconds();
}

// The rate is asked for once an epoch, before its last step, since it may be a function that counts
// how often it is asked.
void TrainingRun::begin_step() {
  if (epoch_ended_) {
    begin_epoch();
    ++epoch_;
    step_ = 0;
  }
  in_step_ = true;
  step_loss_ = 0;
  samples_ = 0;
  if (loader.position().sample == 0) learning_rate_ = optimizer.learning_rate();
}

void TrainingRun::count(const Batch& piece, const Tensor& y, const Tensor& loss) {
  if (!in_step_) begin_step();
  if (loss.shape() != Shape{})
    throw ValueError("fit: the loss must be one number; got shape {}; take its mean", loss.shape());
  const double value = loss.item();
  if (!std::isfinite(value))
    throw ValueError(
        "fit: the loss must stay finite; got {} in epoch {}, step {}; try a lower learning rate",
        value, epoch_, step_ + 1);
  for (Metric* metric : options.metrics) metric->update(y, piece);
  step_loss_ += value;
  samples_ += piece.size();
  features_ = piece.features();
}

void TrainingRun::end_step() {
  in_step_ = false;
  ++step_;
  loss_.update(step_loss_, static_cast<double>(samples_));
  figures_ = {{"loss", loss_.result()}};
  for (const Metric* metric : options.metrics)
    figures_.emplace_back(metric->name(), metric->result());
  history_.epoch = epoch_;
  history_.step = step_;
  epoch_ended_ = loader.position().sample == 0;
  tell(&Callback::on_step);
  if (epoch_ended_) end_epoch();
  note_interrupt();
  tell(&Callback::between_steps);
  features_ = {};  // a loader may use the memory again
}

void TrainingRun::note_interrupt() {
  if (!ctrl_c_ || !ctrl_c_->interrupted() || history_.signal != 0) return;
  history_.signal = ctrl_c_->signal();
  tell(&Callback::on_interrupt);
}

void TrainingRun::end_epoch() {
  const double seconds = steady_seconds() - epoch_start_;
  if (options.validation)
    for (const Figure& seen : evaluate(net, *options.validation,
                                       {.loss = options.loss,
                                       .metrics = options.metrics,
                                       .batch_size = std::max<Index>(256, loader.options().size)}))
      figures_.emplace_back("validation_" + seen.name, seen.value);
  figures_.emplace_back("learning_rate", learning_rate_);
  figures_.emplace_back("seconds", seconds);
  history_.epochs.push_back(figures_);
  tell(&Callback::on_epoch);
}

// Ctrl-C may have come when the last step was done.
History TrainingRun::end() {
  note_interrupt();
  ctrl_c_.reset();
  tell(&Callback::on_end);
  return history_;
}

void TrainingRun::tell(void (Callback::*moment)(TrainingRun&)) {
  for (Callback* callback : options.callbacks) (callback->*moment)(*this);
}

// --- the callbacks' part -----------------------------------------------------------------------

std::vector<std::string> TrainingRun::figure_names() const {
  std::vector<std::string> names{"loss"};
  for (const Metric* metric : options.metrics) names.push_back(metric->name());
  if (options.validation)
    for (std::size_t i = 0, n = names.size(); i < n; ++i) names.push_back("validation_" + names[i]);
  names.insert(names.end(), {"learning_rate", "seconds"});
  return names;
}

void TrainingRun::check_figure(const std::string& who, std::string_view name) const {
  const std::vector<std::string> names = figure_names();
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw ValueError("{}: the figure to look at must be one of {}; got '{}'", who,
                     detail::joined(names), name);
}

double TrainingRun::figure(const std::string& who, std::string_view name) const {
  check_figure(who, name);
  return reel::figure(figures_, name);
}

void TrainingRun::stop(const std::string& reason) {
  if (history_.stopped.empty()) history_.stopped = reason;
}

bool TrainingRun::is_restored(const Callback& callback) const {
  return std::find(restored_.begin(), restored_.end(), &callback) != restored_.end();
}

// --- what a checkpoint keeps -------------------------------------------------------------------

namespace {

Tensor as_tensor(const std::vector<double>& numbers) {
  return Tensor(numbers, Shape{static_cast<Index>(numbers.size())});
}

}  // namespace

SavedState TrainingRun::state() const {
  SavedState state;
  state.set("epoch", epoch_);
  state.set("step", step_);
  state.set("epoch_ended", Index{epoch_ended_});
  state.tensors["loss"] = as_tensor(loss_.state());
  for (const Metric* metric : options.metrics)
    state.tensors["metrics/" + metric->name()] = as_tensor(metric->state());
  return state;
}

// A metric that is new begins with what is left of the epoch.
void TrainingRun::set_state(const SavedState& state) {
  const Index epoch = state.index("epoch"), step = state.index("step");
  const Index most = std::numeric_limits<Index>::max() / (steps() + 1) - 1;  // steps are counted
  if (epoch < 1 || epoch > most || step < 0 || step > steps())
    throw ValueError("training: a step of an epoch is needed; got step {} of {} in epoch {}", step,
                     steps(), epoch);
  begin_epoch();
  epoch_ = epoch;
  step_ = step;
  epoch_ended_ = state.index("epoch_ended") != 0;
  resumed_ = true;
  const auto numbers = [&](const std::string& name) {
    const auto found = state.tensors.find(name);
    return found == state.tensors.end() ? std::vector<double>() : found->second.to_vector();
  };
  loss_.set_state(numbers("loss"));
  if (epoch_ended_) return;  // they begin anew
  for (Metric* metric : options.metrics)
    if (const std::vector<double> kept = numbers("metrics/" + metric->name()); !kept.empty())
      metric->set_state(kept);
}

void TrainingRun::restore(Callback& callback, const SavedState& state) {
  callback.set_state(state);
  restored_.push_back(&callback);
}

}  // namespace reel
