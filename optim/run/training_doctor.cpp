// When it looks, and which finding goes before which.
//
// Read before: training_doctor.h. Read next: input_check.h, rate_check.h, dead_units.h,
// forgotten_calls.h: one a finding.
#include <reel/optim/run/training_doctor.h>

#include <algorithm>
#include <utility>

#include <reel/core/error.h>
#include <reel/core/recording.h>
#include <reel/core/runtime/log.h>
#include <reel/layers/base/call_observer.h>
#include <reel/optim/run/dead_units.h>
#include <reel/optim/run/forgotten_calls.h>
#include <reel/optim/run/input_check.h>
#include <reel/optim/run/micro_batches.h>
#include <reel/optim/run/rate_check.h>
#include <reel/optim/run/training_run.h>

namespace reel {

using Kind = DoctorFinding::Kind;

struct TrainingDoctor::Checks {
  explicit Checks(Index every) : rate(every) {}
  detail::InputCheck inputs;
  detail::RateCheck rate;
  detail::DeadUnits units;
  detail::ForgottenCalls calls;
};

TrainingDoctor::TrainingDoctor(const TrainingDoctorOptions& options)
    : Callback(options.name), options_(options) {
  if (options.every < 1)
    throw ValueError("TrainingDoctor: every must be at least 1; got {}", options.every);
  checks_ = std::make_unique<Checks>(options.every);
}

TrainingDoctor::~TrainingDoctor() = default;

bool TrainingDoctor::is_look(Index step) const {
  return step % options_.every == 0 || (step < options_.every && (step & (step - 1)) == 0);
}

void TrainingDoctor::look(Layer& net, const Tensor& features, const Tensor& loss) {
  if (loss.shape() != Shape{})
    throw ValueError("TrainingDoctor: the loss must be one number; got shape {}; take its mean",
                     loss.shape());
  look(net, features, loss.item());
}

// The step before a look keeps what the look compares with. What is found is said before the
// weights of the next step are kept, which holds their memory for that step.
void TrainingDoctor::look(Layer& net, const Tensor& features, double loss) {
  ++steps_;
  const bool is_due = is_look(steps_);
  const bool had_diverged = checks_->rate.has_diverged();
  checks_->rate.measure();
  checks_->rate.count(loss);
  if (is_due) {
    if (!has(Kind::forgotten))
      if (const std::string text = checks_->calls.finding(net); !text.empty())
        say(Kind::forgotten, text);
    checks_->rate.look();
    look_closely(net, features);
  }
  if (is_due || checks_->rate.has_diverged() != had_diverged) judge();
  prepare(net);
}

// The net is called as in training, since statistics that move slowly are those of no data yet. A
// call that fails will fail in the loop too, and say why there.
void TrainingDoctor::look_closely(Layer& net, const Tensor& features) {
  if (!features.defined() || features.rank() == 0 || features.size() == 0 || has_cause()) return;
  constexpr Index most = 64;
  const Rehearsal rehearsal;
  const Tensor x = detail::rows(features, 0, std::min(features.shape()[0], most));
  checks_->inputs.begin_look();
  checks_->units.begin_look(x);
  const CallObserver observer([&](const Layer& layer, std::span<const Tensor> xs, const Tensor& y) {
    checks_->inputs.see(layer, xs[0]);
    checks_->units.see(layer, xs[0], y);
  });
  try {
    net(x, {.training = true});
  } catch (const Error& error) {
    logging::info("TrainingDoctor: the net could not be looked at: {}", error.what());
  }
}

void TrainingDoctor::prepare(const Layer& net) {
  if (!is_look(steps_ + 1)) return;
  if (!has_cause()) checks_->rate.keep(net.trainable_variables());
  if (!has(Kind::forgotten)) checks_->calls.keep(net);
}

void TrainingDoctor::judge() {
  if (has_cause()) return;
  const detail::RateCheck& rate = checks_->rate;
  const std::string inputs =
      rate.is_too_high() ? checks_->inputs.finding(1) : checks_->inputs.finding();
  if (!inputs.empty()) return say(Kind::inputs, inputs);
  if (rate.is_too_high()) return say(Kind::rate, rate.text_of_too_high());
  if (steps_ % options_.every != 0 || rate.is_suspicious()) return;
  if (const std::string text = checks_->units.finding(); !text.empty())
    return rate.has_overshot() ? say(Kind::rate, rate.text_of_too_high())
                               : say(Kind::dead_units, text);
  if (rate.is_too_low()) say(Kind::rate, rate.text_of_too_low());
}

bool TrainingDoctor::has(Kind kind) const {
  return std::any_of(findings_.begin(), findings_.end(),
                     [&](const DoctorFinding& finding) { return finding.kind == kind; });
}

bool TrainingDoctor::has_cause() const {
  return has(Kind::inputs) || has(Kind::rate) || has(Kind::dead_units);
}

void TrainingDoctor::say(Kind kind, const std::string& text) {
  findings_.push_back({kind, steps_, text});
  const std::string line = fmt::format("{}: step {}: {}", name(), steps_, text);
  if (options_.say)
    options_.say(line);
  else
    logging::warning("{}", line);
}

// --- as a callback -----------------------------------------------------------------------------

void TrainingDoctor::on_start(TrainingRun& run) {
  if (!run.is_restored(*this)) {
    checks_ = std::make_unique<Checks>(options_.every);
    findings_.clear();
    steps_ = 0;
    if (run.resumed()) checks_->rate.forget_start();
  }
  prepare(run.net);
}

void TrainingDoctor::on_step(TrainingRun& run) { look(run.net, run.features(), run.loss()); }

SavedState TrainingDoctor::state() const {
  SavedState state;
  state.set("steps", steps_);
  for (const DoctorFinding& finding : findings_) {
    const std::string entry = fmt::format("finding/{}", static_cast<int>(finding.kind));
    state.set(entry + "/step", finding.step);
    state.texts[entry + "/text"] = finding.text;
  }
  checks_->rate.save(state);
  return state;
}

void TrainingDoctor::set_state(const SavedState& state) {
  const Index steps = state.index("steps");
  std::vector<DoctorFinding> findings;
  for (int kind = 0; kind < 4; ++kind)
    if (const std::string entry = fmt::format("finding/{}", kind);
        state.texts.contains(entry + "/step"))
      findings.push_back(
          {static_cast<Kind>(kind), state.index(entry + "/step"), state.text(entry + "/text")});
  checks_->rate.load(state);
  steps_ = steps;
  findings_ = std::move(findings);
}

}  // namespace reel
