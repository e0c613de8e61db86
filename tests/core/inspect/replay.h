// What a node of a trace runs again: the op of that name, on these tensors, with these attributes.
//
// The table calls public functions, so that it says what the attributes of each op mean. An op that
// only stands in gradients is reached by the gradient of the op that it belongs to; a few that are
// derivatives of functions by the library's own. Read before: trace.h, op_attributes.h, op_table.h.
// Read next: replay.cpp, replay_test.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <reel/core/runtime/config.h>
#include <reel/core/tensor.h>

namespace replay {

using Inputs = std::vector<reel::Tensor>;  // undefined: an optional argument that is absent
using Replay = std::function<reel::Tensor(const Inputs& xs, const reel::Config& given)>;
using Replays = std::map<std::string, Replay>;

/// Of every op that can be recorded, by its name.
Replays replays();

void add_elementwise(Replays& table);
void add_reductions(Replays& table);
void add_shape_ops(Replays& table);
void add_windows(Replays& table);
void add_normalizations_and_losses(Replays& table);

/// An attribute as a C++ value. ValueError when it is not there, or of another kind.
template <class T>
const T& as(const reel::ConfigValue& value, const char* name) {
  if (const T* found = value.get<T>()) return *found;
  throw reel::ValueError("attribute {} is of another kind: {}", name, value);
}
double number(const reel::Config& given, const char* name);
reel::Index integer(const reel::Config& given, const char* name);
bool flag(const reel::Config& given, const char* name);
std::string text(const reel::Config& given, const char* name);
std::vector<reel::Index> integers(const reel::Config& given, const char* name);
/// Positions, axes and the like.
std::vector<std::int32_t> positions(const reel::Config& given, const char* name);
reel::Shape shape(const reel::Config& given, const char* name);
int axis_of(const reel::Config& given);

}  // namespace replay
