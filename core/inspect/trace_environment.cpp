// REEL_TRACE in the environment: a traced step of a program that knows nothing of traces.
//
// The first thread that opens a tape has it, and writes at its end what was not written before. It
// is never destroyed, as nothing of the library. What is wrong is a warning, since the program is
// not to blame. Read before: traced_step.h.
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <exception>

#include <reel/core/inspect/traced_step.h>
#include <reel/core/runtime/environment.h>
#include <reel/core/runtime/log.h>
#include <reel/core/tape.h>

namespace reel {

namespace {

TracedStep* of_environment = nullptr;  // so that who looks for leaks finds it

TracedStepOptions options_of_environment(const char* file) {
  const std::string step = detail::environment("REEL_TRACE_STEP");
  TracedStepOptions options{.file = file};
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), options.step);
  if (!step.empty() && (error != std::errc() || end != step.data() + step.size()))
    throw ValueError("REEL_TRACE_STEP must be a number; got '{}'", step);
  return options;
}

}  // namespace

void detail::wait_as_environment_says() {
  static std::atomic<bool> looked = false;
  if (looked.load(std::memory_order_relaxed) || looked.exchange(true)) return;
  const char* const file = std::getenv("REEL_TRACE");
  if (!file || !*file) return;
  try {
    of_environment = new TracedStep(options_of_environment(file));
  } catch (const std::exception& error) {
    logging::warning("REEL_TRACE: {}", error.what());
  }
}

}  // namespace reel
