// How suspects are found, and how much is looked at to name what is wrong with one.
//
// Every entry of a small tensor has its own difference; a large one is compared along random signs
// and a wrong direction is halved until one entry is left. Suspects are judged from the worst on,
// so the first that is wrong ends the search. Whole Jacobians are only made where they fit; of
// larger sources a sample of one column has to do, which shows signs and factors but no axes.
// Read before: gradient_comparison.h. Read next: patterns.cpp.
#include <reel/core/derivatives/grad_check/gradient_comparison.h>

#include <algorithm>
#include <cmath>

#include <reel/core/derivatives/grad_check/random_numbers.h>

namespace reel::detail {

using Verdict = GradCheckVerdict;

double largest_of(const Tensor& x) {
  double largest = 0;
  for (double value : x.span<const double>()) largest = std::max(largest, std::abs(value));
  return largest;
}

double Suspect::error() const { return std::abs(rule - difference); }

Comparison::Comparison(const Differentiable& f, std::vector<Tensor> weights, int order,
                       const GradCheckOptions& options)
    : f_(f), weights_(std::move(weights)), order_(order), options_(options), start_(f.start()) {
  const std::vector<Tensor> values = f_.values(start_);
  for (std::size_t b = 0; b < values.size(); ++b)
    for (Index i = 0; i < values[b].size(); ++i)
      magnitude_ += std::abs(values[b].data<double>()[i] * weights_[b].data<double>()[i]);
  earlier_ = start_;
  for (std::size_t k = 0; k < start_.size(); ++k) {
    std::vector<double> numbers = start_[k].to_vector();
    const Tensor by = random_numbers(start_[k].shape(), 11 + k);
    for (std::size_t i = 0; i < numbers.size(); ++i)
      numbers[i] += 1e-4 * std::max(1.0, std::abs(numbers[i])) * by.data<double>()[i];
    earlier_[k] = Tensor(numbers, start_[k].shape());
  }
  static_cast<void>(f_.gradients(earlier_, weights_));
  rules_ = f_.gradients(start_, weights_);
}

std::optional<Suspect> Comparison::run() {
  std::optional<Suspect> undecided;
  for (std::size_t k = 0; k < start_.size(); ++k) {
    if (start_[k].size() == 0) continue;
    const bool by_entry = start_[k].size() <= options_.max_entries && !is_output_gradient(k);
    std::optional<Suspect> found = by_entry ? worst_entry(k) : worst_direction(k);
    if (found && found->judgement.verdict == Verdict::wrong) return found;
    if (found && !undecided) undecided = found;
  }
  return undecided;
}

Finding Comparison::pattern_of(const Suspect& suspect) const {
  const std::size_t k = suspect.source;
  const Index rows = start_[k].size();
  Index columns = 0;
  for (const Tensor& weight : weights_) columns += weight.size();
  if (rows > 1024 || columns > 1024 || rows * columns > Index{1} << 19)
    return pattern_of_sample(suspect);
  const auto rules = rule_jacobians(f_, start_, k);
  const double closer = suspect.judgement.scan.step / unit_of(k, suspect.entry);
  const double step = closer > 0 ? std::min(closer, options_.step) : options_.step;
  const auto differences = difference_jacobians(f_, start_, k, step);
  std::size_t worst = 0;
  double largest = -1;
  for (std::size_t b = 0; b < rules.size(); ++b)
    for (std::size_t i = 0; i < rules[b].values.size(); ++i) {
      const double error = std::abs(rules[b].values[i] - differences[b].values[i]);
      if (error <= largest) continue;
      largest = error;
      worst = b;
    }
  const auto earlier = difference_jacobians(f_, earlier_, k, step);
  return find_pattern(
      {rules[worst], differences[worst], order_ == 1 ? &earlier[worst] : nullptr, order_});
}

// Of a source too large for a whole Jacobian: some of its gradients, as a single column.
Finding Comparison::pattern_of_sample(const Suspect& suspect) const {
  const std::size_t k = suspect.source;
  std::vector<double> rules, differences;
  const Index n = start_[k].size(), step = std::max<Index>(1, n / 64);
  for (Index i = suspect.entry % step; i < n; i += step) {
    rules.push_back(rules_[k].data<double>()[i]);
    differences.push_back(central_difference(along_entry(k, i), options_.step * unit_of(k, i)));
  }
  const Shape shape{static_cast<Index>(rules.size())};
  return find_pattern({{shape, {}, rules}, {shape, {}, differences}, nullptr, order_});
}

double Comparison::value_at(const Point& point) const {
  const std::vector<Tensor> values = f_.values(point);
  double total = 0;
  for (std::size_t b = 0; b < values.size(); ++b)
    for (Index i = 0; i < values[b].size(); ++i)
      total += values[b].data<double>()[i] * weights_[b].data<double>()[i];
  return total;
}

Line Comparison::along_entry(std::size_t k, Index i) const {
  return [this, k, i](double t) { return value_at(moved(start_, k, i, t)); };
}

Suspect Comparison::along_direction(std::size_t k, const std::vector<double>& direction) const {
  const auto line = [&](double t) {
    Point point = start_;
    std::vector<double> numbers = start_[k].to_vector();
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] += t * direction[i];
    point[k] = Tensor(numbers, start_[k].shape());
    return value_at(point);
  };
  double rule = 0;
  for (std::size_t i = 0; i < direction.size(); ++i)
    rule += direction[i] * rules_[k].data<double>()[i];
  return {k, 0, rule, central_difference(line, options_.step)};
}

double Comparison::unit_of(std::size_t k, Index i) const {
  return std::max(1.0, std::abs(start_[k].data<double>()[i]));
}

// What a rule and a difference may be apart where the largest gradient is `largest`: what was asked
// for, and the rounding of the difference itself.
double Comparison::threshold(double largest) const {
  return options_.tolerance * largest + 2e-14 * magnitude_ / options_.step;
}

// A second-order check has one more source, in which it is linear: few directions are enough.
bool Comparison::is_output_gradient(std::size_t k) const {
  return order_ == 2 && k + 1 == start_.size();
}

// From the worst on, NaN first. A difference across a pole may be huge; once it is known to be
// none, it no longer says how large gradients are, and what had looked small beside it is looked at
// again.
std::optional<Suspect> Comparison::worst_entry(std::size_t k) {
  std::vector<Suspect> entries;
  for (Index i = 0; i < start_[k].size(); ++i)
    entries.push_back({k, i, rules_[k].data<double>()[i],
                       central_difference(along_entry(k, i), options_.step * unit_of(k, i))});
  std::vector<bool> settled(entries.size());
  std::optional<Suspect> undecided;
  while (true) {
    double largest = largest_of(rules_[k]);
    for (const Suspect& entry : entries)
      if (std::isfinite(entry.difference)) largest = std::max(largest, std::abs(entry.difference));
    const double allowed = threshold(largest);
    std::size_t worst = entries.size();
    for (std::size_t i = 0; i < entries.size(); ++i)
      if (!settled[i] && !(entries[i].error() <= allowed) &&
          (worst == entries.size() || std::isnan(entries[i].error()) ||
           entries[i].error() > entries[worst].error()))
        worst = i;
    if (worst == entries.size()) {
      for (const Suspect& entry : entries)
        if (entry.error() <= allowed) note(entry.error(), allowed);
      return undecided;
    }
    Suspect& suspect = entries[worst];
    settled[worst] = true;
    judge_entry(suspect, allowed, largest);
    if (suspect.judgement.verdict == Verdict::wrong) return suspect;
    if (suspect.judgement.verdict != Verdict::right && !undecided) undecided = suspect;
  }
}

std::optional<Suspect> Comparison::worst_direction(std::size_t k) {
  const double largest = largest_of(rules_[k]);
  const double allowed = threshold(largest * std::sqrt(static_cast<double>(start_[k].size())));
  const int count = is_output_gradient(k) ? std::min(2, options_.directions) : options_.directions;
  for (int d = 0; d < count; ++d) {
    std::vector<double> direction =
        random_numbers(start_[k].shape(), 101 + static_cast<std::uint64_t>(d)).to_vector();
    for (double& number : direction) number = number < 0 ? -1 : 1;
    Suspect suspect = along_direction(k, direction);
    if (suspect.error() <= allowed) {
      note(suspect.error(), allowed);
      continue;
    }
    suspect.entry = find_along(k, std::move(direction));
    suspect.rule = rules_[k].data<double>()[suspect.entry];
    judge_entry(suspect, threshold(largest), largest);
    if (suspect.judgement.verdict == Verdict::wrong) return suspect;
    // Too many corners on the way, or a little wrong everywhere: only each entry can tell.
    return worst_entry(k);
  }
  return std::nullopt;
}

// The entry that makes the derivative along `direction` wrong: of each half, the worse one.
Index Comparison::find_along(std::size_t k, std::vector<double> direction) const {
  Index begin = 0, size = static_cast<Index>(direction.size());
  while (size > 1) {
    const Index middle = begin + size / 2;
    std::vector<double> first = direction, second = direction;
    std::fill(first.begin() + middle, first.end(), 0);
    std::fill(second.begin(), second.begin() + middle, 0);
    const bool takes_second =
        along_direction(k, second).error() > along_direction(k, first).error();
    direction = takes_second ? second : first;
    size = takes_second ? begin + size - middle : middle - begin;
    begin = takes_second ? middle : begin;
  }
  return begin;
}

void Comparison::judge_entry(Suspect& suspect, double allowed, double largest) {
  suspect.judgement = judge(suspect.rule, along_entry(suspect.source, suspect.entry),
                            unit_of(suspect.source, suspect.entry), allowed, largest);
  suspect.difference = suspect.judgement.difference;
  if (suspect.judgement.verdict == Verdict::right) note(suspect.error(), allowed);
}

void Comparison::note(double error, double allowed) {
  if (error > 0) worst_error_ = std::max(worst_error_, error / allowed * options_.tolerance);
}

}  // namespace reel::detail
