// Summary: a net as a table, layer by layer: shapes, weights, arithmetic and memory.
//
// The shapes come from one call on zeros, unrecorded, which builds the net if it was not: so they
// are those of the layers that really run, whatever the code of `call` does. A layer called more
// than once shows its last shape and what all calls cost. FLOPs are additions, multiplications and
// comparisons of a forward pass (a multiply-add is two, an activation one an element; taps that
// fall on padding count, as everywhere in the literature), as each layer says itself. Bytes are the
// memory of the results, which training keeps; a result that shares memory with an earlier one
// takes none. Under a separable convolution stands what it would cost as the one dense kernel that
// `fold` makes of it. Read before: layer.h, collapse.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <reel/layers/base/layer.h>

namespace reel {

/// What separable convolutions would cost as full ones.
struct FoldedCost {
  Index parameters = 0, flops = 0;
};

/// One layer of a net.
struct SummaryRow {
  std::string name;                  ///< the last part of its path
  int depth = 0;                     ///< below the net
  std::optional<Shape> output;       ///< none when the layer was not called
  Index parameters = 0;              ///< own weights, without the layers below
  Index trainable = 0;               ///< how many of them are trainable
  std::optional<Index> flops;        ///< own; none for a class that a user wrote
  Index bytes = 0;                   ///< of its results
  std::optional<FoldedCost> folded;  ///< of a separable convolution
};

struct Summary {
  std::string name;
  Shape input;
  std::vector<SummaryRow> rows = {};
  Index parameters = 0;  ///< of the net, each variable once
  Index trainable = 0;
  Index flops = 0;  ///< of the rows where they are known
  Index bytes = 0;
  std::optional<FoldedCost> folded = {};  ///< of the net with all separable convolutions folded
  /// The table as text, lines of at most 80 columns where names allow it.
  std::string str() const;
};

/// Calls the net on zeros of this shape and describes what ran. An unknown extent counts as 1 in
/// the call, so an unknown batch (shown as such) gives the cost of one image. Losses, updates and
/// random draws of the call are dropped.
Summary summary(Layer& net, const Shape& input);

std::ostream& operator<<(std::ostream& out, const Summary& summary);

}  // namespace reel

template <>
struct fmt::formatter<reel::Summary> : reel::detail::StrFormatter<reel::Summary> {};
