#include "run.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <map>
#include <vector>

#include <reel/core/runtime/joined.h>

#include "compare.h"

namespace golden {
namespace {

using reel::DType;

// What is known about a case, or about all cases of a group.
struct Outcome {
  std::vector<std::string> complaints;
  std::string skipped;
  std::map<DType, double> worst;  // share of the tolerance
};

class CaseRun {
 public:
  CaseRun(const GoldenSet& set, const Case& golden, const Operations& operations)
      : set_(set), case_(golden), operations_(operations) {}

  Outcome run() {
    bool found = false;
    for (const DType dtype : {reel::float32, reel::float64}) {
      const Problem problem(case_, dtype);
      const auto [begin, end] = operations_.equal_range(case_.op);
      for (auto row = begin; row != end; ++row)
        if (row->second.applies(problem)) {
          found = true;
          run(row->second, problem);
        }
    }
    if (!found) complain(fmt::format("'{}' is not an operation that is known", case_.op));
    return outcome_;
  }

 private:
  void complain(const std::string& text) {
    outcome_.complaints.push_back(fmt::format("FAILED {}: {}", case_.id, text));
  }

  void run(const Operation& operation, const Problem& problem) {
    const std::string place = fmt::format("{} in {}", operation.route, problem.dtype());
    try {
      const Results results = operation.run(problem);
      check(place, problem.dtype(), "output", case_.outputs, results.outputs);
      check(place, problem.dtype(), "gradient", case_.gradients, results.gradients);
    } catch (const Skipped& skipped) {
      outcome_.skipped = skipped.reason;
    } catch (const std::exception& error) {
      complain(fmt::format("{}: {}", place, error.what()));
    }
  }

  void check(const std::string& place, DType dtype, const std::string& kind,
             const std::map<std::string, std::string>& references,
             const std::map<std::string, reel::Tensor>& computed) {
    for (const auto& [name, reference] : references) {
      const std::string quantity = fmt::format("{}: {} '{}'", place, kind, name);
      const auto found = computed.find(name);
      const auto stored = case_.file->tensors.find(reference);
      if (stored == case_.file->tensors.end())
        complain(fmt::format("{}: the file must hold '{}'", quantity, reference));
      else if (found == computed.end() || !found->second.defined())
        complain(fmt::format("{} was not computed", quantity));
      else if (found->second.dtype() != dtype)
        complain(fmt::format("{} has dtype {}", quantity, found->second.dtype()));
      else
        compare_with(stored->second, found->second, quantity,
                     set_.tolerance(case_, dtype, kind == "output" ? name : ""));
    }
  }

  void compare_with(const reel::Tensor& reference, const reel::Tensor& computed,
                    const std::string& quantity, const Tolerance& tolerance) {
    const Comparison comparison = compare(computed, reference, tolerance);
    double& worst = outcome_.worst[computed.dtype()];
    worst = std::max(worst, comparison.share);
    if (!comparison.complaint.empty())
      complain(fmt::format("{}: {}", quantity, comparison.complaint));
  }

  const GoldenSet& set_;
  const Case& case_;
  const Operations& operations_;
  Outcome outcome_;
};

class GroupReport {
 public:
  void add(const Outcome& outcome, std::ostream& out) {
    for (const std::string& complaint : outcome.complaints)
      if (++complaints_ <= shown_complaints) fmt::print(out, "{}\n", complaint);
    for (const auto& [dtype, share] : outcome.worst) worst_[dtype] = std::max(worst_[dtype], share);
    if (!outcome.complaints.empty()) {
      ++counts_.failed;
    } else if (!outcome.skipped.empty()) {
      ++counts_.skipped;
      ++reasons_[outcome.skipped];
    } else {
      ++counts_.passed;
    }
  }

  void print(const std::string& group, std::ostream& out) const {
    if (complaints_ > shown_complaints)
      fmt::print(out, "... and {} more in this group\n", complaints_ - shown_complaints);
    const int cases = counts_.passed + counts_.failed + counts_.skipped;
    fmt::print(out, "{:<20} {:>4} cases, {:>3} passed, {} failed, {} skipped", group, cases,
               counts_.passed, counts_.failed, counts_.skipped);
    std::vector<std::string> shares, reasons;
    for (const auto& [dtype, share] : worst_)
      shares.push_back(fmt::format("{:.2g} in {}", share, dtype));
    for (const auto& [reason, count] : reasons_)
      reasons.push_back(fmt::format("{} {}", count, reason));
    if (!shares.empty())
      fmt::print(out, ", worst share of the tolerance {}", reel::detail::joined(shares));
    if (!reasons.empty()) fmt::print(out, "; skipped: {}", reel::detail::joined(reasons));
    fmt::print(out, "\n");
  }

  const Counts& counts() const { return counts_; }

 private:
  static constexpr int shown_complaints = 20;

  Counts counts_;
  int complaints_ = 0;
  std::map<DType, double> worst_;
  std::map<std::string, int> reasons_;
};

// The groups in the order of their first case.
std::vector<std::string> groups_of(const GoldenSet& set) {
  std::vector<std::string> groups;
  for (const Case& golden : set.cases)
    if (std::find(groups.begin(), groups.end(), golden.group) == groups.end())
      groups.push_back(golden.group);
  return groups;
}

}  // namespace

Counts run(const GoldenSet& set, const std::set<std::string>& groups, const Operations& operations,
           std::ostream& out) {
  Counts total;
  for (const std::string& group : groups_of(set)) {
    if (!groups.empty() && !groups.contains(group)) continue;
    GroupReport report;
    for (const Case& golden : set.cases)
      if (golden.group == group) report.add(CaseRun(set, golden, operations).run(), out);
    report.print(group, out);
    total.passed += report.counts().passed;
    total.failed += report.counts().failed;
    total.skipped += report.counts().skipped;
  }
  return total;
}

}  // namespace golden
