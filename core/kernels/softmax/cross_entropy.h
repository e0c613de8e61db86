// Softmax cross-entropy of rows: the loss and its gradient from one exp of each logit.
//
// loss = sum_j l_j (log sum_k exp(z_k) - z_j),  d loss / d z_j = softmax(z)_j sum(l) - l_j.
// The largest logit is taken off first, so that no finite logits overflow; a label of 0 leaves its
// logit out, so that a class may be masked with -infinity. Of a class that has nearly all of the
// softmax, both are computed from what is left to the others. Read before: softmax.h. Read next:
// cross_entropy.cpp.
#pragma once

#include <cmath>

#include <reel/core/kernels/softmax/softmax.h>

namespace reel::kernels {

/// One row, of which exp(z - largest) and their total are known. `label(j)` is the target of class
/// j. `gradient` has n elements and may be `e`, or is null when not wanted.
template <class T, class Label>
T cross_entropy_row(const T* z, const T* e, T largest, T total, Index n, Label label, T* gradient) {
  const bool one_leads = total < T(small_total);
  Index leader = 0;  // whose e is 1
  T others = 0;
  for (Index j = 0; one_leads && j < n; ++j)
    if (e[j] < 1)
      others += e[j];
    else
      leader = j;
  const T log_total = one_leads ? std::log1p(others) : std::log(total);
  T loss = 0, label_total = 0;
  for (Index j = 0; j < n; ++j) {
    const T l = label(j);
    if (l != 0) loss += l * (log_total - (z[j] - largest));
    label_total += l;
  }
  if (!gradient) return loss;
  for (Index j = 0; j < n; ++j) gradient[j] = e[j] * (label_total / total) - label(j);
  if (one_leads) gradient[leader] = (label_total - label(leader)) - label_total * (others / total);
  return loss;
}

/// All rows of (rows, n) logits: losses, and their gradients unless null. `label(row, j)`.
template <class T, class Label>
void cross_entropy(const T* z, Index rows, Index n, const Label& label, T* losses, T* gradients) {
  for_row_tiles(rows, n, [&](Index first, Index count) {
    Scratch<T> totals(2 * count), unwanted(gradients ? 0 : count * n);
    T* const largest = totals.data() + count;
    T* const e = gradients ? gradients + first * n : unwanted.data();
    softmax_rows<T>().exponentials(z + first * n, e, largest, totals.data(), count, n);
    for (Index r = 0; r < count; ++r)
      losses[first + r] = cross_entropy_row(
          z + (first + r) * n, e + r * n, largest[r], totals.data()[r], n,
          [&](Index j) { return label(first + r, j); }, gradients ? e + r * n : nullptr);
  });
}

}  // namespace reel::kernels
