#include <reel/core/runtime/ids.h>

#include <mutex>
#include <utility>
#include <vector>

#include <reel/core/runtime/fork.h>

namespace reel::detail {

thread_local constinit Id last_id [[gnu::tls_model("initial-exec")]] = 0;

namespace {

std::mutex& block_mutex() {
  static auto& mutex = *new ForkMutex;
  return mutex;
}
[[maybe_unused]] const std::mutex& made_at_load = block_mutex();  // fork.h

}  // namespace

// The number of a block is in the upper 24 bits, from 1 on, so 0 stays "no tensor". What is left of
// blocks is never destroyed, since some threads end after all.
Id start_id_block() {
  static auto* const rests = new std::vector<Id>;
  static Id blocks = 0;
  [[maybe_unused]] static thread_local struct LeaveRest {
    ~LeaveRest() {
      const std::lock_guard lock(block_mutex());
      if (last_id << 24) rests->push_back(std::exchange(last_id, 0));
    }
  } leave_rest;
  const std::lock_guard lock(block_mutex());
  if (rests->empty()) return last_id = (++blocks << 40) + 1;
  last_id = rests->back();
  rests->pop_back();
  return ++last_id;
}

}  // namespace reel::detail
