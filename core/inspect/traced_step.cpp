// How a step is waited for: at each outermost tape's begin, the one before is judged.
//
// Until the step is near, only the question for a gradient is counted. Read before: traced_step.h,
// observing.cpp. Read next: trace_environment.cpp.
#include <reel/core/inspect/traced_step.h>

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include <reel/core/inspect/dot.h>
#include <reel/core/inspect/listing.h>
#include <reel/core/inspect/theatre.h>
#include <reel/core/inspect/trace_json.h>
#include <reel/core/io/atomic_file.h>
#include <reel/core/node_list.h>
#include <reel/core/runtime/log.h>

namespace reel {
namespace {

void check_ending(const std::filesystem::path& file) {
  const std::filesystem::path ending = file.extension();
  if (ending != ".html" && ending != ".json" && ending != ".dot" && ending != ".txt")
    throw ValueError("TracedStep: file must end with .html, .json, .dot or .txt; got '{}'",
                     file.string());
}

void write_as_it_ends(const Trace& trace, const std::filesystem::path& file) {
  const std::filesystem::path ending = file.extension();
  if (ending == ".html")
    theatre(trace, file);
  else if (ending == ".json")
    write_trace(trace, file);
  else if (ending == ".dot")
    write_file(file, dot(trace));
  else
    write_file(file, listing(trace));
}

bool has_pass(const Trace& trace) {
  return std::ranges::find(trace.events(), TraceEvent::Kind::pass, &TraceEvent::kind) !=
         trace.events().end();
}

}  // namespace

// Counts questions for gradients, and is attached to each outermost tape of its thread.
class TracedStep::Waiting final : public detail::Observer {
 public:
  explicit Waiting(const TracedStepOptions& options)
      : options_(options), list_(&detail::NodeList::current()) {
    options_.file = std::filesystem::absolute(options.file);  // the program may go elsewhere
    list_->waiting.push_back(this);
  }
  ~Waiting() override {
    if (!list_) return;  // its thread has ended
    std::erase(list_->waiting, this);
    std::erase(list_->observers, this);
  }

  void attach(detail::NodeList& list) override {
    finish();
    if (has_come_) return;
    if (done_ + 1 < options_.step) {
      was_asked_ = false;
      counts_ = true;
      list.observers.push_back(this);
    } else {
      trace_ = std::make_unique<Trace>(options_.trace);
      static_cast<Observer&>(*trace_).attach(list);
    }
  }

  void began(std::uint32_t, Tensors, Tensors, std::span<const TensorId>) override {
    was_asked_ = true;
  }
  // First by the tape after the one that is counted, then perhaps by the end of its thread.
  void let_go() override {
    done_ += std::exchange(was_asked_, false);
    if (std::exchange(counts_, false)) return;
    list_ = nullptr;
    end();
  }

  // There will be no further step.
  void end() {
    if (std::exchange(ended_, true)) return;
    finish();
    if (!has_come_ && is_in_its_process())
      logging::warning(
          "{} was not written: there were {} training steps, and number {} was asked for",
          options_.file.string(), done_ + was_asked_, options_.step);
  }

  // Judges the tape before, whatever it was.
  void finish() {
    const std::unique_ptr<Trace> trace = std::move(trace_);
    if (!trace || !has_pass(*trace)) return;
    has_come_ = true;
    if (!is_in_its_process()) return;
    try {
      write_as_it_ends(*trace, options_.file);
      written = true;
    } catch (const std::exception& error) {
      logging::warning("the trace of step {} was not written: {}", options_.step, error.what());
    }
  }

  bool written = false;

 private:
  // A child of fork has a copy of this, and the file is its parent's.
  bool is_in_its_process() const { return process_ == ::getpid(); }

  TracedStepOptions options_;
  const ::pid_t process_ = ::getpid();
  Index done_ = 0;
  bool was_asked_ = false, counts_ = false, has_come_ = false, ended_ = false;
  detail::NodeList* list_;
  std::unique_ptr<Trace> trace_;
};

TracedStep::TracedStep(const TracedStepOptions& options) {
  if (options.step < 1) throw ValueError("TracedStep: step must be >= 1; got {}", options.step);
  const Trace can_be_made(options.trace);
  if (options.file.empty()) return;
  check_ending(options.file);
  const AtomicFile can_be_written(options.file);
  waiting_ = std::make_unique<Waiting>(options);
}

TracedStep::~TracedStep() {
  if (waiting_) waiting_->end();
}

bool TracedStep::written() const { return waiting_ && waiting_->written; }

}  // namespace reel
