// Tape::gradient in its forms: of one source or many, of tensors or variables, once or for the last
// time.
//
// All of them come down to `gradients_of`: check what is asked, have the backward pass run from the
// targets' seeds, and say what stands for a source that no target depends on. What was asked of the
// wrong tape, or of no variables, is told in gradient_checks.cpp. Read before: tape.h.
// Read next: marks.h, jacobian.cpp.
#include <fmt/format.h>

#include <reel/core/derivatives/gradient_checks.h>
#include <reel/core/observer.h>
#include <reel/core/ops/factories.h>
#include <reel/core/tape.h>

namespace reel {

namespace {

// What weighs the i-th target.
Tensor seed_for(const Tensor& y, std::size_t i, const GradientOptions& options) {
  if (i >= options.output_gradients.size() || !options.output_gradients[i].defined())
    return ones_like(y);
  const Tensor& dy = options.output_gradients[i];
  if (dy.shape() != y.shape())
    throw ValueError("gradient: output gradient {} must have the target's shape {}; got {}", i,
                     y.shape(), dy.shape());
  if (dy.dtype() != y.dtype())
    throw TypeError("gradient: output gradient {} must be {} as the target; got {}", i, y.dtype(),
                    dy.dtype());
  return dy;
}

std::vector<Tensor> seeds_for(const std::vector<Tensor>& targets, const GradientOptions& options) {
  for (const Tensor& target : targets)
    if (!target.defined())
      throw TypeError("gradient: a target must be a tensor; got an undefined one");
  const std::size_t given = options.output_gradients.size();
  if (given != 0 && given != targets.size())
    throw ValueError(
        "gradient: there must be an output gradient for each target, or none; got {} for {}", given,
        targets.size());
  std::vector<Tensor> seeds;
  for (std::size_t i = 0; i < targets.size(); ++i)
    seeds.push_back(seed_for(targets[i], i, options));
  return seeds;
}

std::string described(const detail::TapeValues&, const Tensor& x, std::size_t i) {
  return fmt::format(
      "source {} of shape {}; watch it before it is used, or pass "
      "{{.unconnected = Unconnected::zeros}}",
      i, x.shape());
}
std::string described(const detail::TapeValues& own, const Variable& x, std::size_t) {
  if (detail::read_unwatched(own, x))
    return fmt::format(
        "variable {} as far as this tape knows, which did not watch it; name it in .watch, or call "
        "tape.watch, before it is read",
        x.name());
  return fmt::format("variable {}; pass {{.unconnected = Unconnected::zeros}}, or none", x.name());
}

std::vector<VariableGradient> paired(std::span<const Variable> variables,
                                     std::vector<Tensor> gradients) {
  std::vector<VariableGradient> pairs;
  for (std::size_t i = 0; i < variables.size(); ++i)
    pairs.push_back({variables[i], std::move(gradients[i])});
  return pairs;
}

// To be asked where there are no variables, which is right only for a target that depends on none.
void check_unnamed(const Tape& tape, const Targets& y, const GradientOptions& options) {
  std::vector<Variable> watched = tape.watched_variables(), fixed;
  const GradientOptions none{.output_gradients = options.output_gradients,
                             .unconnected = Unconnected::none};
  const auto pairs =
      watched.empty() ? std::vector<VariableGradient>() : tape.gradient(y, watched, none);
  watched.clear();
  for (const VariableGradient& pair : pairs)
    if (pair.gradient.defined()) watched.push_back(pair.variable);
  for (const detail::Read& read : detail::NodeList::current().reads())
    for (const Tensor& target : y.tensors())
      if (const TensorId id = read.variable.id();
          !read.variable.trainable() && tape.reaches(std::span(&id, 1), target))
        fixed.push_back(read.variable);
  detail::check_unlisted(watched, fixed);
}

}  // namespace

// Nobody moves before all that is asked is checked.
template <class Source>
std::vector<Tensor> Tape::gradients_of(const Targets& y, std::span<const Source> sources,
                                       const GradientOptions& options) const {
  const std::vector<Tensor> seeds = seeds_for(y.tensors(), options);
  memory::Vector<TensorId> ids;
  for (const Source& x : sources) ids.push_back(x.id());
  const detail::TapeValues own{*list_, begin_, bit_, last_id_before_};
  if (options.unconnected == Unconnected::error) detail::check_own(own, y.tensors(), ids);
  for (detail::Observer* observer : list_->observers)
    observer->began(bit_, y.tensors(), seeds, ids);
  std::vector<Tensor> gradients = backward(y.tensors(), seeds, ids);
  for (detail::Observer* observer : list_->observers) observer->answered(bit_, ids, gradients);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (gradients[i].defined() || options.unconnected == Unconnected::none) continue;
    if (options.unconnected == Unconnected::error) {
      detail::check_recorded(own, y.tensors());
      throw ValueError("gradient: the target must depend on every source; it does not depend on {}",
                       described(own, sources[i], i));
    }
    gradients[i] = zeros(sources[i].shape(), sources[i].dtype());
  }
  return gradients;
}

std::vector<VariableGradient> Tape::gradient(const Targets& y, std::span<const Variable> variables,
                                             const GradientOptions& options) const& {
  check_usable();
  if (variables.empty()) check_unnamed(*this, y, options);
  return paired(variables, gradients_of(y, variables, options));
}
std::vector<Tensor> Tape::gradient(const Targets& y, std::span<const Tensor> xs,
                                   const GradientOptions& options) const& {
  check_usable();
  return gradients_of(y, xs, options);
}
Tensor Tape::gradient(const Targets& y, const Tensor& x, const GradientOptions& options) const& {
  return gradient(y, std::span(&x, 1), options)[0];
}
Tensor Tape::gradient(const Targets& y, const Variable& x, const GradientOptions& options) const& {
  return gradient(y, std::span(&x, 1), options)[0].gradient;
}

// Given away before anything can fail: the pass may have freed rules by then, and a tape that lacks
// some would answer with wrong zeros.
std::vector<VariableGradient> Tape::gradient(const Targets& y, std::span<const Variable> variables,
                                             const GradientOptions& options) && {
  check_usable();
  if (variables.empty()) check_unnamed(*this, y, options);
  given_away_ = true;
  return paired(variables, gradients_of(y, variables, options));
}
std::vector<Tensor> Tape::gradient(const Targets& y, std::span<const Tensor> xs,
                                   const GradientOptions& options) && {
  check_usable();
  given_away_ = true;
  return gradients_of(y, xs, options);
}
Tensor Tape::gradient(const Targets& y, const Tensor& x, const GradientOptions& options) && {
  return std::move(*this).gradient(y, std::span(&x, 1), options)[0];
}
Tensor Tape::gradient(const Targets& y, const Variable& x, const GradientOptions& options) && {
  return std::move(*this).gradient(y, std::span(&x, 1), options)[0].gradient;
}

}  // namespace reel
