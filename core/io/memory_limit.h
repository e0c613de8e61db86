// What a file would take of the machine's memory, and that it must be there. Internal.
//
// A sparse file is as long as it says without lying on any disk, so a length that the file has may
// still be terabytes; the system promises memory that it does not have and ends the process later.
#pragma once

#include <cstdint>
#include <string>

namespace reel::detail {

/// IoError that starts with `file` when this machine, container or user has less memory.
void check_memory(const std::string& file, std::uint64_t bytes);

}  // namespace reel::detail
