// A batch in pieces, for gradients of batches that memory does not hold.
//
// A batch of n samples is cut into consecutive pieces whose sizes differ by at most one. Piece p's
// loss weighs n_p / n, as do the net's losses that depend on its samples; losses that depend on no
// input, the penalties of weights, count once, with the first piece; gradients are added in the
// pieces' order. So the sum is the gradient of the whole batch, but for rounding and for layers
// that look at the other samples of their batch, as batch normalization does. A batch in one piece
// is computed as if this file was not there, with the same bits.
// Read before: batch.h, layer.h. Read next: fit.cpp.
#pragma once

#include <vector>

#include <reel/core/io/batch.h>
#include <reel/core/tape.h>
#include <reel/layers/base/layer.h>

namespace reel {

/// `batch` in `pieces` pieces, the larger ones first; in as many as it has samples where those are
/// fewer. ValueError when pieces < 1.
std::vector<Batch> micro_batches(const Batch& batch, Index pieces);

/// What one piece adds to the loss of the batch: its `loss` and the net's, weighed. To be called
/// after the net's call on that piece, under its tape.
Tensor loss_of_piece(const Layer& net, const Tensor& loss, const Batch& piece, bool is_first,
                     double share);

/// Adds to each gradient that of the same variable. One that is undefined counts as none.
void add_gradients(std::vector<VariableGradient>& sum, std::vector<VariableGradient> gradients);

namespace detail {

/// x[first], ..., x[first + count - 1]; what is undefined stays so.
Tensor rows(const Tensor& x, Index first, Index count);

}  // namespace detail
}  // namespace reel
