#include <reel/core/io/memory_limit.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include <reel/core/error.h>

namespace reel::detail {
namespace {

// The least of what the machine has and what control groups and `ulimit -v` allow.
std::uint64_t memory_limit() {
  std::uint64_t least = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                        static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  for (const char* group :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
    if (std::uint64_t bytes; std::ifstream(group) >> bytes) least = std::min(least, bytes);
  if (rlimit limit; getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    least = std::min<std::uint64_t>(least, limit.rlim_cur);
  return least;
}

}  // namespace

void check_memory(const std::string& file, std::uint64_t bytes) {
  if (const std::uint64_t limit = memory_limit(); bytes > limit)
    throw IoError("{}: the values must fit into memory, {} bytes; they take {}", file, limit,
                  bytes);
}

}  // namespace reel::detail
