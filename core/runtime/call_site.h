// CallSite: where in the user's source an op or a layer was called, for what is said about its
// numbers.
//
// `CallSite site = {}` as the last parameter stands for the caller's file and line: GCC and clang
// evaluate the builtins below where a default argument is used (clang 14 has no source_location).
// With `= CallSite()` they would be evaluated here.
// Operators have no default arguments, so there the site travels in the constructor of `Operand`.
// A site counts only while somebody on this thread reads it, as the NaN check does; else it costs a
// load and a branch. The last one noted wins: an op's operands are made just before it runs, and
// the library's own calls, compiled with REEL_LIBRARY, bring none along, so all that runs inside of
// an op or a layer counts as the call that the user wrote. Read next: recording.h, operand.h.
#pragma once

#include <reel/core/runtime/language.h>

namespace reel {

namespace detail {
#ifdef REEL_LIBRARY
constexpr bool in_library = true;
#else
constexpr bool in_library = false;
#endif
}  // namespace detail

struct CallSite {
  const char* file = detail::in_library ? nullptr : __builtin_FILE();
  int line = __builtin_LINE();
};

namespace detail {

// How many on this thread want to know.
extern thread_local constinit int call_site_readers [[gnu::tls_model("initial-exec")]];

void remember_call_site(const CallSite& site);

/// Says that what runs next on this thread was called at `site`.
inline void note(const CallSite& site) {
  if (call_site_readers != 0 && site.file) remember_call_site(site);
}

/// The site noted last; without a file when there is none.
CallSite last_call_site();
void set_last_call_site(const CallSite& site);

/// Sites are noted while one of these lives.
class CallSiteReader {
 public:
  CallSiteReader() { ++call_site_readers; }
  ~CallSiteReader() {
    if (--call_site_readers == 0) set_last_call_site({nullptr, 0});
  }
  CallSiteReader(const CallSiteReader&) = delete;
  CallSiteReader& operator=(const CallSiteReader&) = delete;
};

}  // namespace detail
}  // namespace reel
