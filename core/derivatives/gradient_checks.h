// What is asked of a tape that cannot answer: a target that is not its own, no variables at all.
//
// Both used to end in a zero or in no step, which trains nothing and says nothing. A target from
// before the tape is refused whatever else is asked; one that no tape recorded may be a constant
// among others, and is refused where a source misses its gradient. There `Unconnected` other than
// `error` asks for silence; an empty list is refused all the same. The layers know why a variable
// is on nobody's list; the engine asks them. Internal. Read before: node_list.h. Read next:
// gradient_checks.cpp, gradients.cpp.
#pragma once

#include <string>
#include <vector>

#include <reel/core/node_list.h>

namespace reel::detail {

/// Which values of a list are a tape's.
struct TapeValues {
  NodeList& list;
  NodeIndex begin;
  std::uint32_t tape;
  TensorId last_id_before;
};

/// ValueError unless each target was made since the tape began, or is watched, or a source.
void check_own(const TapeValues& own, std::span<const Tensor> targets,
               std::span<const TensorId> sources);
/// ValueError unless a target was recorded: for when a source has no gradient.
void check_recorded(const TapeValues& own, std::span<const Tensor> targets);
/// Whether the variable was read since the tape began, and the tape watched none of its reads.
bool read_unwatched(const TapeValues& own, const Variable& variable);
/// ValueError, for when no variables were asked for, if the targets depend on some: on `watched`
/// ones, or on `fixed` ones of a frozen layer.
void check_unlisted(std::vector<Variable> watched, std::vector<Variable> fixed);

/// What to do about variables that are not on the list of those to train, as the end of a message;
/// nothing where they are not to be trained. Null without layers (unlisted_variables.cpp).
extern std::string (*advice_on_unlisted)(const std::vector<Variable>& variables);

}  // namespace reel::detail
