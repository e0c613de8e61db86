// Where two configs differ first: for errors that say what is another one.
//
// Names do not count, since they are given by the order in which things were made, and neither do
// entries that are left out for whoever asks. Read before: config.h. Read next:
// saved_training.cpp.
#pragma once

#include <string>

#include <reel/core/runtime/config.h>
#include <reel/optim/run/saved_state.h>

namespace reel::detail {

/// "layers[1].config.rate must be 0.5; got 0.3", `there` being the one that must be; empty when
/// they are equal but for names.
std::string config_difference(const Config& there, const Config& here);

/// ValueError with the difference unless the texts `config` of both are the same or missing;
/// `what` they are of.
void check_same_config(const char* what, const SavedState& there, const SavedState& here);

}  // namespace reel::detail
