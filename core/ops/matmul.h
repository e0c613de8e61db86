// Matrix products.
//
// Decision: operands are matrices or batches of them; vectors are refused instead of guessed at.
// Large products are cut into tiles of rows and columns, one BLAS call each, by their sizes alone:
// the same bits at any number of threads. Read before: operand.h, blas.h. Read
// next: matmul.cpp.
#pragma once

#include <reel/core/operand.h>

namespace reel {

/// Whether an operand enters the product with its last two axes exchanged; nothing is moved for it.
struct MatmulOptions {
  bool transpose_a = false;
  bool transpose_b = false;
};

/// (..., m, k) x (..., k, n) -> (..., m, n), leading axes broadcast; k = 0 gives zeros.
/// Gradients: dy b^T in a, a^T dy in b, summed over the axes that were broadcast.
/// ValueError for a rank below 2, inner sizes that differ or leading axes that do not broadcast;
/// TypeError for dtypes that differ.
Tensor matmul(const Operand& a, const Operand& b, const MatmulOptions& options = {});

}  // namespace reel
