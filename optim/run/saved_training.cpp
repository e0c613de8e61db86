// The parts of a training, each as a state of texts and tensors, and one file of all of them.
//
// Read before: saved_training.h. Read next: saved_optimizer.cpp, training_run.cpp.
#include <reel/optim/run/saved_training.h>

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/safetensors.h>
#include <reel/core/ops/random.h>
#include <reel/core/runtime/joined.h>
#include <reel/core/runtime/version.h>
#include <reel/layers/base/assign_all.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/base/random_stream.h>
#include <reel/optim/run/config_difference.h>
#include <reel/optim/run/saved_optimizer.h>

namespace reel {
namespace {

constexpr const char* format = "1";

// --- the parts that have no file of their own --------------------------------------------------

// A layer of the program's own need not have a config; weights are compared anyway.
SavedState net_state(const Layer& net) {
  SavedState state;
  try {
    state.texts["config"] = net.get_config().json();
  } catch (const Error&) {
  }
  return state;
}

SavedState loader_state(const TrainingRun& run) {
  const BatchOptions& options = run.loader.options();
  const LoaderPosition at = run.loader.position();
  SavedState state;
  state.set("epoch", at.epoch);
  state.set("sample", at.sample);
  state.texts["config"] = Config{{"samples", run.loader.dataset().size()},
                                 {"batch_size", options.size},
                                 {"shuffle", options.shuffle},
                                 {"seed", fmt::format("{}", options.seed)},
                                 {"drop_remainder", options.drop_remainder},
                                 {"flip", options.augment.flip},
                                 {"shift", options.augment.shift},
                                 {"rotate", options.augment.rotate},
                                 {"crop", options.augment.crop},
                                 {"erase", options.augment.erase},
                                 {"micro_batches", run.options.micro_batches}}
                              .json();
  return state;
}

std::vector<detail::RandomStream*> random_layers(const Layer& net) {
  std::vector<detail::RandomStream*> found;
  for (Layer* layer : net.flatten_layers())
    if (auto* random = dynamic_cast<detail::RandomStream*>(layer)) found.push_back(random);
  return found;
}

SavedState random_numbers(const Layer& net) {
  const RandomState now = random_state();
  std::vector<std::uint64_t> streams;
  for (const detail::RandomStream* layer : random_layers(net)) streams.push_back(layer->stream());
  SavedState state;
  state.set("seed", now.seed);
  state.set("draw", now.draw);
  state.set("initial", now.initial);
  state.texts["streams"] = detail::joined(streams, " ");
  return state;
}

std::vector<std::uint64_t> checked_streams(const SavedState& saved, const Layer& net) {
  std::istringstream text(saved.text("streams"));
  const std::vector<std::uint64_t> streams{std::istream_iterator<std::uint64_t>(text), {}};
  if (detail::joined(streams, " ") != saved.text("streams"))
    throw ValueError("streams: must be whole numbers >= 0; got '{}'", saved.text("streams"));
  if (const std::size_t here = random_layers(net).size(); streams.size() != here)
    throw ValueError("the net must have {} layers that draw random numbers; it has {}",
                     streams.size(), here);
  return streams;
}

// --- one file ----------------------------------------------------------------------------------

void put(Safetensors& file, const std::string& part, const SavedState& state) {
  const std::string path = detail::state_prefix + part + "/";
  for (const auto& [name, value] : state.tensors) file.tensors[path + name] = value;
  for (const auto& [name, value] : state.texts) file.metadata[path + name] = value;
}

template <class Map>
Map below(const Map& all, const std::string& path) {
  Map found;
  for (auto i = all.lower_bound(path); i != all.end() && i->first.starts_with(path); ++i)
    found.emplace(i->first.substr(path.size()), i->second);
  return found;
}

SavedState take(const Safetensors& file, const std::string& part) {
  const std::string path = detail::state_prefix + part + "/";
  return {below(file.tensors, path), below(file.metadata, path)};
}

void check_format(const Safetensors& file) {
  const SavedState about = take(file, "file");
  if (!about.texts.contains("format"))
    throw IoError("the file must be a checkpoint of a training; it holds weights alone");
  if (about.text("format") != format)
    throw IoError("a checkpoint must have format {}; got {}, of reel {}", format,
                  about.text("format"), about.text("reel"));
}

void check_name(const std::string& name) {
  if (name.starts_with(detail::state_prefix))
    throw ValueError("no weight's and no text's name may begin with {} in a checkpoint; got {}",
                     detail::state_prefix, name);
}

}  // namespace

void save_training(const TrainingRun& run, const std::filesystem::path& path,
                   const WeightsMetadata& texts) {
  Safetensors file;
  detail::with_path(path.string(), [&] {
    for (const auto& [name, variable] : named_variables(run.net)) {
      check_name(name);
      file.tensors[name] = variable.stored();
    }
    for (const auto& [name, text] : texts) {
      check_name(name);
      file.metadata[name] = text;
    }
  });
  SavedState about;
  about.texts = {{"format", format}, {"reel", std::string(version())}};
  put(file, "file", about);
  put(file, "net", net_state(run.net));
  put(file, "loader", loader_state(run));
  put(file, "random", random_numbers(run.net));
  put(file, "optimizer", detail::optimizer_state(run.optimizer, run.net));
  put(file, "training", run.state());
  for (const Callback* callback : run.options.callbacks)
    put(file, "callbacks/" + callback->name(), callback->state());
  save_safetensors(path, file);
}

// First everything is compared, then everything is changed. A callback of the program's own may
// still refuse: the parts that do not begin anew by themselves change after that.
WeightsMetadata load_training(const std::filesystem::path& path, TrainingRun& run) {
  const auto named = named_variables(run.net);
  Safetensors file = load_safetensors(path);
  return detail::with_path(path.string(), [&] {
    check_format(file);
    const SavedState loader = take(file, "loader"), random = take(file, "random"),
                     optimizer = take(file, "optimizer");
    detail::check_optimizer(optimizer, run.optimizer, run.net);
    detail::check_same_config("net", take(file, "net"), net_state(run.net));
    detail::check_same_config("data", loader, loader_state(run));
    const detail::SavedSteps steps = detail::steps_in(optimizer);
    const std::vector<std::uint64_t> streams = checked_streams(random, run.net);
    const LoaderPosition position{loader.natural("epoch"), loader.index("sample")};
    Loader(run.loader).set_position(position);  // throws where there is no such sample
    const RandomState numbers{random.natural("seed"), random.natural("draw"),
                              random.natural("initial")};
    auto [variables, values] = detail::match_weights(run.net, named, file, path.string());
    detail::match_slots(optimizer, run.optimizer, run.net, variables, values);
    detail::check_all(path.string(), variables, values);

    run.set_state(take(file, "training"));
    for (Callback* callback : run.options.callbacks)
      if (const SavedState kept = take(file, "callbacks/" + callback->name());
          !kept.texts.empty() || !kept.tensors.empty())
        run.restore(*callback, kept);
    run.loader.set_position(position);
    detail::restore_steps(steps, run.optimizer);
    detail::assign_all(path.string(), variables, values);
    set_random_state(numbers);
    const std::vector<detail::RandomStream*> layers = random_layers(run.net);
    for (std::size_t i = 0; i < streams.size(); ++i) layers[i]->set_stream(streams[i]);
    return detail::texts_of(std::move(file));
  });
}

}  // namespace reel
