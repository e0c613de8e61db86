// Summary: a net as a table, layer by layer.
//
// The shapes come from one call on zeros, unrecorded, which builds the net if it was not: so they
// are those of the layers that really run, whatever the code of `call` does. A layer called more
// than once shows its last shape. Read before: layer.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <reel/layers/layer.h>

namespace reel {

/// One layer of a net.
struct SummaryRow {
  std::string name;             ///< the last part of its path
  int depth = 0;                ///< below the net
  std::optional<Shape> output;  ///< none when the layer was not called
  Index parameters = 0;         ///< own weights, without the layers below
  Index trainable = 0;          ///< how many of them are trainable
};

struct Summary {
  std::string name;
  Shape input;
  std::vector<SummaryRow> rows;
  Index parameters = 0;  ///< of the net, each variable once
  Index trainable = 0;
  /// The table as text, lines of at most 80 columns where names allow it.
  std::string str() const;
};

/// Calls the net on zeros of this shape and describes what ran. An unknown extent counts as 1 in
/// the call; an unknown batch is shown as such. Losses, updates and random draws of the call are
/// dropped.
Summary summary(Layer& net, const Shape& input);

std::ostream& operator<<(std::ostream& out, const Summary& summary);

}  // namespace reel
