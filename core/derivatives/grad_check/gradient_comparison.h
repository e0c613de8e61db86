// All gradients of something differentiable against differences, entry by entry.
//
// A tensor of many entries is compared along random signs instead: one wrong entry changes the sum,
// and halving the direction finds it; where that does not settle it, each entry is asked. Either
// way what differs at the first step is judged by a scan (verdict.h), and only what is wrong after
// that is worth a whole Jacobian (patterns.h). The gradient is taken once at a point nearby before
// it counts, since a rule that keeps something from an earlier call is right at its first.
// Internal. Read before: differentiable.h, verdict.h.
#pragma once

#include <optional>

#include <reel/core/derivatives/grad_check/differentiable.h>
#include <reel/core/derivatives/grad_check/patterns.h>
#include <reel/core/derivatives/grad_check/verdict.h>

namespace reel::detail {

/// A derivative that differs from the rule's: of one entry, or along a direction.
struct Suspect {
  std::size_t source;
  Index entry;
  double rule;
  double difference;
  Judgement judgement = {};
  double error() const;
};

class Comparison {
 public:
  /// Keeps `f` and `options`. `weights` stand for the gradients of f's outputs.
  Comparison(const Differentiable& f, std::vector<Tensor> weights, int order,
             const GradCheckOptions& options);

  /// The worst entry of the first source that has a wrong one, else one that cannot be decided;
  /// none when all are right.
  std::optional<Suspect> run();

  /// The largest error among what was right.
  double worst_error() const { return worst_error_; }
  /// By the rules, for each source.
  const std::vector<Tensor>& rules() const { return rules_; }

  /// What the suspect's source as a whole looks like.
  Finding pattern_of(const Suspect& suspect) const;

 private:
  double value_at(const Point& point) const;
  Line along_entry(std::size_t k, Index i) const;
  Suspect along_direction(std::size_t k, const std::vector<double>& direction) const;
  double unit_of(std::size_t k, Index i) const;
  double threshold(double largest) const;
  bool is_output_gradient(std::size_t k) const;
  std::optional<Suspect> worst_entry(std::size_t k);
  std::optional<Suspect> worst_direction(std::size_t k);
  Index find_along(std::size_t k, std::vector<double> direction) const;
  void judge_entry(Suspect& suspect, double allowed, double largest);
  void note(double error, double allowed);
  Finding pattern_of_sample(const Suspect& suspect) const;

  const Differentiable& f_;
  std::vector<Tensor> weights_;
  int order_;
  const GradCheckOptions& options_;
  Point start_, earlier_;
  std::vector<Tensor> rules_;
  double magnitude_ = 0;  // of what the weighed outputs sum up
  double worst_error_ = 0;
};

double largest_of(const Tensor& x);

}  // namespace reel::detail
