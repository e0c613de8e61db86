// Where the call sites of a thread are kept, and which count as the user's.
//
// Read before: call_site.h. Read next: named_scope.h.
#include <reel/core/runtime/call_site.h>

#include <cstring>
#include <initializer_list>

namespace reel::detail {

thread_local constinit int call_site_readers [[gnu::tls_model("initial-exec")]] = 0;

namespace {

thread_local constinit CallSite noted = {nullptr, 0};

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

}  // namespace reel::detail
