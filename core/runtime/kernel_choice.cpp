// Decision: the choice is one number of the process, not of a thread or a tape, since it is there
// to look at a whole program. It is read from the environment at the first question, not before
// main, so that a wrong value is an exception that somebody can catch; each later question asks
// again until a choice is made. Read before: kernel_choice.h.
#include <reel/core/runtime/kernel_choice.h>

#include <atomic>
#include <cstdlib>

#include <reel/core/error.h>

namespace reel {
namespace {

enum class Choice { open, fast, naive };

// Open until it is set or first asked for: the environment is not read before main.
std::atomic<Choice> present = Choice::open;

Choice choice_of(std::string_view name, const char* who) {
  if (name == "fast") return Choice::fast;
  if (name == "naive") return Choice::naive;
  throw ValueError("{}: kernels must be 'fast' or 'naive'; got '{}'", who, name);
}

Choice choice() {
  const Choice now = present.load(std::memory_order_relaxed);
  if (now != Choice::open) return now;
  const char* const value = std::getenv("REEL_KERNELS");
  Choice found = Choice::open;
  const Choice asked = value && *value ? choice_of(value, "REEL_KERNELS") : Choice::fast;
  return present.compare_exchange_strong(found, asked) ? asked : found;
}

}  // namespace

void set_kernels(std::string_view name) { present = choice_of(name, "set_kernels"); }

std::string_view kernels_in_use() { return choice() == Choice::naive ? "naive" : "fast"; }

bool detail::naive_kernels() { return choice() == Choice::naive; }

}  // namespace reel
