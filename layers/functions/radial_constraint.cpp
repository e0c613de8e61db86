// radial_constraint: a kernel that looks the same in each direction, made of rings of one value.
//
// Declared in constraints.h, which says more. Read before: constraints.cpp.
#include <algorithm>

#include <reel/core/ops/shape_ops.h>
#include <reel/core/tape.h>
#include <reel/layers/functions/constraints.h>

namespace reel {
namespace {

// 0 for the one or four elements at the centre of a k x k plane, 1 for the ring around them.
Index ring_of(Index row, Index column, Index k) {
  const Index s = k / 2;
  const auto distance = [&](Index i) { return i >= s ? i - s : (k % 2 ? s - i : s - 1 - i); };
  return std::max(distance(row), distance(column));
}

// A kernel (k, k, C, M) whose rings take the values that stand at diagonal_of(ring).
Tensor rings(const Tensor& w, auto diagonal_of) {
  const PauseRecording pause;
  const Index k = w.dim(0);
  memory::Vector<std::int32_t> sources;  // of the k k elements of a plane
  for (Index i = 0; i < k * k; ++i)
    sources.push_back(static_cast<std::int32_t>(diagonal_of(ring_of(i / k, i % k, k)) * (k + 1)));
  return reshape(gather(reshape(w, {k * k, w.dim(2), w.dim(3)}), sources), w.shape());
}

Tensor with_rings(const Variable& variable) {
  const Tensor& w = variable.stored();
  const Shape& shape = w.shape();
  if (shape.rank() != 4 || shape[0] != shape[1] || shape[0] < 2)
    throw ValueError(
        "radial_constraint: the kernel must have shape (k, k, C, M) with k >= 2; got {} of shape "
        "{}",
        variable.name(), shape);
  const Index k = shape[0], s = k / 2;
  return rings(w, [=](Index ring) {
    if (ring == 0) return s - 1;
    return k % 2 ? s + ring - 1 : s + ring;
  });
}

// The rings that a kernel would have if each took the value that stands on it on the diagonal: the
// kernel itself when it is made of rings.
Tensor rings_of(const Variable& w) {
  return rings(w.stored(), [s = w.shape()[0] / 2](Index ring) { return s + ring; });
}

}  // namespace

Constraint radial_constraint() {
  return Constraint("radial_constraint", {},
                    detail::Projection{.project = with_rings, .inside = rings_of});
}

}  // namespace reel
