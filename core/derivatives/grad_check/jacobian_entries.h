// All derivatives of one output in one source, entry by entry: by the rules and by differences.
//
// A gradient is one weighed sum of these, in which a mistake leaves few traces. The whole matrix
// shows them: where the numbers stand tells a transposition from a shift. It is only made once a
// check has failed, and costs a backward pass for each entry of the output. Internal. Read before:
// differentiable.h. Read next: jacobian_entries.cpp, patterns.h.
#pragma once

#include <vector>

#include <reel/core/derivatives/grad_check/differentiable.h>

namespace reel::detail {

struct Jacobian {
  Shape x, y;                  // of the source and of the output
  std::vector<double> values;  // row-major: a row for each entry of x

  Index rows() const { return x.size(); }
  Index columns() const { return y.size(); }
  double at(Index i, Index j) const { return values[static_cast<std::size_t>(i * columns() + j)]; }
  double& at(Index i, Index j) { return values[static_cast<std::size_t>(i * columns() + j)]; }
};

/// In one source, one matrix for each output: by the rules.
std::vector<Jacobian> rule_jacobians(const Differentiable& f, const Point& point,
                                     std::size_t source);
/// The same by differences.
std::vector<Jacobian> difference_jacobians(const Differentiable& f, const Point& point,
                                           std::size_t source, double step);

/// The point with one entry of one source moved.
Point moved(const Point& point, std::size_t source, Index entry, double by);

}  // namespace reel::detail
