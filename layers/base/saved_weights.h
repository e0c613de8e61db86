// A layer's weights in a file, and back.
//
// The file is in the safetensors format. Names in it are relative to the layer that is saved
// (`conv/kernel`, not `cnn_1/conv/kernel`), so a second net of the same shape can load it. Nothing
// is assigned unless everything fits: no weight is missing, none is left over, and all shapes and
// dtypes agree. Read before: layer.h, safetensors.h.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <reel/core/io/safetensors.h>
#include <reel/layers/base/layer.h>

namespace reel {

/// The weights of a layer and all below it, by name relative to the layer; those of a shared layer
/// that stands elsewhere by their whole name. ValueError when a layer is not built, or when two
/// weights would get the same name.
std::vector<std::pair<std::string, Variable>> named_variables(const Layer& layer);

/// Texts that stand in a file beside the weights, by name: the classes that a net tells apart, say.
using WeightsMetadata = std::map<std::string, std::string>;

/// Writes all weights; an older file is only replaced by a whole one. ValueError as for
/// `named_variables`; IoError.
void save_weights(const Layer& layer, const std::filesystem::path& file,
                  const WeightsMetadata& metadata = {});

/// Reads what `save_weights` wrote, or the weights of a checkpoint, whose other names begin with
/// `state/`; returns the texts beside the weights. ValueError for missing
/// weights, further tensors, or shapes that differ; TypeError for dtypes that differ; IoError for a
/// file that cannot be read.
WeightsMetadata load_weights(Layer& layer, const std::filesystem::path& file);

namespace detail {

/// What the names begin with under which a checkpoint keeps what is no weight (saved_training.h).
inline constexpr const char* state_prefix = "state/";

/// What stands beside the weights, but for the state of a checkpoint.
WeightsMetadata texts_of(Safetensors contents);

/// A layer's variables and their values in a file, in the same order.
struct MatchedWeights {
  std::vector<Variable> variables;
  std::vector<Tensor> values;
};
/// `named` are the layer's. ValueError unless the names of both are the same, but for the state of
/// a checkpoint.
MatchedWeights match_weights(const Layer& layer,
                             const std::vector<std::pair<std::string, Variable>>& named,
                             const Safetensors& contents, const std::string& file);

}  // namespace detail

}  // namespace reel
