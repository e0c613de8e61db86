#include <reel/core/io/left_file.h>

#include <algorithm>
#include <array>

namespace reel::detail {
namespace {

// As linux/magic.h and statfs(2) have them: NFS, SMB of three ages, Ceph, AFS, Coda, 9P, Lustre,
// GPFS, GFS2, OCFS2, and FUSE, behind which anything may be.
constexpr std::array<std::uint32_t, 13> shared_by_machines{
    0x00006969, 0x0000517B, 0xFF534D42, 0xFE534D42, 0x00C36400, 0x5346414F, 0x73757245,
    0x01021997, 0x0BD00BD0, 0x47504653, 0x01161970, 0x7461636F, 0x65735546};

}  // namespace

bool was_left(std::uint32_t file_system, std::int64_t rest) {
  const bool shared = std::find(shared_by_machines.begin(), shared_by_machines.end(),
                                file_system) != shared_by_machines.end();
  return !shared || rest >= rest_of_a_left_file;
}

}  // namespace reel::detail
