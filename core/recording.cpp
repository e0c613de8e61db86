// The threads' own state behind recording.h and call_site.h.
//
// Only numbers and pointers with constant first values, so that an op which asks pays for a load
// and not for a guard or a call. What the layers add is set while the program starts and never
// again. Read before: recording.h. Read next: variable.h.
#include <reel/core/recording.h>

#include <cstring>
#include <utility>

namespace reel {
namespace detail {

thread_local constinit std::uint32_t active_tapes [[gnu::tls_model("initial-exec")]] = 0;
thread_local constinit std::uint32_t paused_tapes [[gnu::tls_model("initial-exec")]] = 0;
thread_local constinit int call_site_readers [[gnu::tls_model("initial-exec")]] = 0;

SetUpAgain (*keep_surroundings)() = nullptr;
std::string (*present_scope_path)() = nullptr;

namespace {

thread_local constinit CallSite noted = {nullptr, 0};
thread_local constinit Rehearsal* innermost_rehearsal = nullptr;

// A user's program also instantiates code of headers; that is not where it called anything.
bool is_of_a_library(const char* file) {
  for (const char* folder : {"/c++/", "/reel/core/", "/reel/layers/", "/reel/optim/"})
    if (std::strstr(file, folder)) return true;
  return false;
}

}  // namespace

void remember_call_site(const CallSite& site) {
  if (!is_of_a_library(site.file)) noted = site;
}

CallSite last_call_site() { return noted; }
void set_last_call_site(const CallSite& site) { noted = site; }

}  // namespace detail

Rehearsal::Rehearsal(Draws draws)
    : draws_(draws),
      outer_(std::exchange(detail::innermost_rehearsal, this)),
      paused_before_(detail::paused_tapes),
      site_before_(detail::noted) {}

Rehearsal::~Rehearsal() {
  detail::innermost_rehearsal = outer_;
  detail::paused_tapes = paused_before_;
  detail::noted = site_before_;
}

Rehearsal* Rehearsal::innermost() { return detail::innermost_rehearsal; }

}  // namespace reel
