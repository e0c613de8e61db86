// TrainingDoctor: looks on while a net trains, and says what people wish they had known earlier.
//
// Four findings, each said at most once, with the place, the numbers seen and what to do next:
// a training flag or updates that were forgotten; units that are 0 for every sample; a rate that is
// too high or too low; inputs that are not scaled. Inputs come first: unscaled ones kill units and
// make every rate wrong, so of these three only the first found is said, and a rate that is under
// suspicion is waited for before units are called dead. It looks at steps 1, 2, 4, 8, ... and then
// every `every` steps; a look costs one forward pass over at most 64 samples, all else a sum.
// Nothing of the training changes: its bits are those without a doctor.
// Price: it knows rules of thumb, not the task. A finding is a reason to look, no proof.
// Read before: callback.h. Read next: training_doctor.cpp.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/runtime/empty_braces.h>
#include <reel/core/runtime/named_enum.h>
#include <reel/core/tensor.h>
#include <reel/optim/run/callback.h>

namespace reel {

class Layer;

struct DoctorFinding {
  enum class Kind { forgotten, dead_units, rate, inputs };
  friend constexpr std::string_view name_of(Kind kind) {
    return detail::name_in({"forgotten", "dead_units", "rate", "inputs"}, kind);
  }
  Kind kind;
  Index step;        ///< the steps seen when it was found
  std::string text;  ///< one line
};

struct TrainingDoctorOptions {
  Index every = 50;                                       ///< steps between two looks
  std::function<void(const std::string& line)> say = {};  ///< none: a warning of the log
  std::string name = "training_doctor";
};

class TrainingDoctor final : public Callback {
 public:
  /// ValueError when `every` is below 1.
  explicit TrainingDoctor(const TrainingDoctorOptions& options = {});
  explicit TrainingDoctor(EmptyBraces) : TrainingDoctor() {}
  ~TrainingDoctor() override;

  /// For a loop by hand, which alone can forget the flag or the updates: to be called after each
  /// step, with what the net got and the loss before the step. Features without samples are not
  /// looked at. ValueError when the loss is no scalar.
  ///
  ///     TrainingDoctor doctor;
  ///     for (const Batch& batch : loader) {
  ///       ...
  ///       optimizer.apply_gradients(gradients);
  ///       doctor.look(net, batch.features(), loss);
  ///     }
  void look(Layer& net, const Tensor& features, const Tensor& loss);
  void look(Layer& net, const Tensor& features, double loss);

  /// In the order in which they were said.
  const std::vector<DoctorFinding>& findings() const { return findings_; }

  void on_start(TrainingRun& run) override;
  void on_step(TrainingRun& run) override;
  SavedState state() const override;
  void set_state(const SavedState& state) override;

 private:
  struct Checks;
  bool is_look(Index step) const;
  void look_closely(Layer& net, const Tensor& features);
  void judge();
  void prepare(const Layer& net);
  bool has(DoctorFinding::Kind kind) const;
  bool has_cause() const;
  void say(DoctorFinding::Kind kind, const std::string& text);

  TrainingDoctorOptions options_;
  std::unique_ptr<Checks> checks_;
  std::vector<DoctorFinding> findings_;
  Index steps_ = 0;
};

}  // namespace reel
