// Softmax cross-entropy of rows: the loss and its gradient in one pass over the logits.
//
// loss = sum_j l_j (log sum_k exp(z_k) - z_j),  d loss / d z_j = softmax(z)_j sum(l) - l_j.
// The largest logit is taken off first, so that no finite logits overflow; a label of 0 leaves its
// logit out, so that a class may be masked with -infinity. Read next: core/ops/cross_entropy.cpp.
#pragma once

#include <reel/core/kernels/softmax.h>

namespace reel::kernels {

/// `label(j)` is the target of class j. `gradient` has n elements, or is null when not wanted.
template <class T, class Label>
T cross_entropy_row(const T* z, Index n, Label label, T* gradient) {
  const T largest = max_of(z, n, Index{1});
  T total = 0;
  for (Index j = 0; j < n; ++j) {
    const T e = std::exp(z[j] - largest);
    total += e;
    if (gradient) gradient[j] = e;
  }
  const T log_total = std::log(total);
  T loss = 0, label_total = 0;
  for (Index j = 0; j < n; ++j) {
    const T l = label(j);
    if (l != 0) loss += l * (log_total - (z[j] - largest));
    label_total += l;
  }
  if (gradient)
    for (Index j = 0; j < n; ++j) gradient[j] = gradient[j] * (label_total / total) - label(j);
  return loss;
}

}  // namespace reel::kernels
