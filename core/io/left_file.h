// Whether a temporary file that nobody seems to have locked was left by a writer that is gone.
//
// An open lock is proof where all writers are on this machine. File systems that several machines
// share may keep locks to each of them, or lose them: there a file must have rested for a while,
// too. The price is that what a killed program leaves there stays that long.
// Internal to core/io. Read before: atomic_file.h. Read next: atomic_file.cpp.
#pragma once

#include <cstdint>

namespace reel::detail {

/// Longer than a writer pauses, and than the clocks of machines differ.
constexpr std::int64_t rest_of_a_left_file = 600;  // seconds

/// For a file whose lock was got: `file_system` is the type that statfs gives, `rest` the seconds
/// since the file changed, below 0 where clocks differ.
bool was_left(std::uint32_t file_system, std::int64_t rest);

}  // namespace reel::detail
