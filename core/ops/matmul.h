// Matrix products.
#pragma once

#include <reel/core/operand.h>

namespace reel {

struct MatmulOptions {
  bool transpose_a = false;
  bool transpose_b = false;
};

/// (..., m, k) x (..., k, n) -> (..., m, n); leading axes broadcast. Calls BLAS gemm.
/// Gradients: dy b^T and a^T dy. ValueError for rank < 2 or inner sizes that differ.
Tensor matmul(const Operand& a, const Operand& b, const MatmulOptions& options = {});

}  // namespace reel
