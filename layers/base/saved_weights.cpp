#include <reel/layers/base/saved_weights.h>

#include <fmt/format.h>

#include <set>

#include <reel/core/runtime/joined.h>
#include <reel/layers/base/assign_all.h>
#include <reel/layers/base/naming.h>

namespace reel {
namespace {

std::string listed(const char* what, const std::vector<std::string>& names) {
  return names.empty() ? "" : fmt::format("; {}: {}", what, detail::joined(names));
}

}  // namespace

// Relative names, so that a net of another name can read the file; a clash is found here, not
// later.
std::vector<std::pair<std::string, Variable>> named_variables(const Layer& layer) {
  for (const Layer* below : layer.flatten_layers())
    if (!below->built())
      detail::throw_at<ValueError>(
          below->path(),
          "the layer must be built before its weights are named; it is not; call it or "
          "build(shape)");
  const std::string prefix = layer.scope_name() + "/";
  std::vector<std::pair<std::string, Variable>> result;
  std::map<std::string, std::string> paths;  // by name
  for (const Variable& variable : layer.variables()) {
    const std::string& path = variable.name();  // a shared layer's may be elsewhere
    const std::string name = path.starts_with(prefix) ? path.substr(prefix.size()) : path;
    if (const auto [other, is_new] = paths.emplace(name, path); !is_new)
      detail::throw_at<ValueError>(
          layer.path(),
          "names of weights in a file must differ; {} and {} are both {}; give the shared layer "
          "another name",
          other->second, path, name);
    result.emplace_back(name, variable);
  }
  return result;
}

void save_weights(const Layer& layer, const std::filesystem::path& file,
                  const WeightsMetadata& metadata) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const auto& [name, variable] : named_variables(layer))
    tensors.emplace_back(name, variable.stored());
  save_safetensors(file, tensors, metadata);
}

// Everything that is wrong is collected first, so that one error names all missing weights.
detail::MatchedWeights detail::match_weights(
    const Layer& layer, const std::vector<std::pair<std::string, Variable>>& named,
    const Safetensors& contents, const std::string& file) {
  MatchedWeights matched;
  std::vector<std::string> missing, further;
  std::set<std::string> known;
  for (const auto& [name, variable] : named) {
    known.insert(name);
    const auto found = contents.tensors.find(name);
    if (found == contents.tensors.end()) {
      missing.push_back(name);
      continue;
    }
    matched.variables.push_back(variable);
    matched.values.push_back(found->second);
  }
  for (const auto& [name, tensor] : contents.tensors)
    if (!known.contains(name) && !name.starts_with(state_prefix)) further.push_back(name);
  for (const auto& [name, integers] : contents.integers) further.push_back(name);
  if (!missing.empty() || !further.empty())
    detail::throw_at<ValueError>(layer.path(), "the weights in {} must be those of the layer{}{}",
                                 file, listed("missing", missing), listed("not expected", further));
  return matched;
}

WeightsMetadata detail::texts_of(Safetensors contents) {
  std::erase_if(contents.metadata,
                [](const auto& text) { return text.first.starts_with(state_prefix); });
  return std::move(contents.metadata);
}

WeightsMetadata load_weights(Layer& layer, const std::filesystem::path& file) {
  const auto named = named_variables(layer);  // whose errors come before those of the file
  Safetensors contents = load_safetensors(file);
  const auto [variables, values] = detail::match_weights(layer, named, contents, file.string());
  detail::assign_all(fmt::format("{}: {}", layer.path(), file.string()), variables, values);
  return detail::texts_of(std::move(contents));
}

}  // namespace reel
