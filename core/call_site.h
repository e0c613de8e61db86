// CallSite: where in the user's source an op or a layer was called, for what is said about its
// numbers.
//
// `CallSite site = {}` as the last parameter stands for the caller's file and line: GCC and clang
// evaluate the builtins below where a default argument is used (clang 14 has no source_location).
// With `= CallSite()` they would be evaluated here.
// Operators have no default arguments, so there the place travels in the constructor of `Operand`.
// A place counts only while a tape on this thread checks numbers; off, it costs a load and a
// branch. The last one noted wins: an op's operands are made just before it runs, and the library's
// own calls, compiled with REEL_LIBRARY, bring no place along, so all that runs inside of an op or
// a layer counts as the call that the user wrote. Read next: operand.h, nan_check.h.
#pragma once

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

// The number of tapes on this thread that check numbers.
extern thread_local constinit int numerics_checks [[gnu::tls_model("initial-exec")]];

void remember_place(const CallSite& site);

/// Says that what runs next on this thread was called at `place`.
inline void note(const CallSite& site) {
  if (numerics_checks != 0 && site.file) remember_place(site);
}

/// The place noted last; without a file when there is none.
CallSite last_place();
void set_last_place(const CallSite& site);

/// Puts the present place back at its end: what was called in between may have been a user's.
class KeepPlace {
 public:
  KeepPlace() : before_(numerics_checks ? last_place() : CallSite{nullptr, 0}) {}
  ~KeepPlace() {
    if (numerics_checks) set_last_place(before_);
  }
  KeepPlace(const KeepPlace&) = delete;
  KeepPlace& operator=(const KeepPlace&) = delete;

 private:
  CallSite before_;
};

}  // namespace detail
}  // namespace reel
