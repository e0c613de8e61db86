// The threads' own state behind recording.h.
//
// Only numbers and pointers with constant first values, so that an op which asks pays for a load
// and not for a guard or a call. What the layers add is set while the program starts and never
// again. Read before: recording.h. Read next: variable.h.
#include <reel/core/recording.h>

#include <utility>

namespace reel {
namespace detail {

thread_local constinit std::uint32_t active_tapes [[gnu::tls_model("initial-exec")]] = 0;
thread_local constinit std::uint32_t paused_tapes [[gnu::tls_model("initial-exec")]] = 0;

SetUpAgain (*keep_surroundings)() = nullptr;
std::string (*present_scope_path)() = nullptr;

namespace {

thread_local constinit Rehearsal* innermost_rehearsal = nullptr;

}  // namespace
}  // namespace detail

Rehearsal::Rehearsal(Draws draws)
    : draws_(draws),
      outer_(std::exchange(detail::innermost_rehearsal, this)),
      paused_before_(detail::paused_tapes),
      site_before_(detail::last_call_site()) {}

Rehearsal::~Rehearsal() {
  detail::innermost_rehearsal = outer_;
  detail::paused_tapes = paused_before_;
  detail::set_last_call_site(site_before_);
}

Rehearsal* Rehearsal::innermost() { return detail::innermost_rehearsal; }

}  // namespace reel
