// The thread that makes batches ahead, and how the loop and a fork meet it.
//
// One lock, two conditions: there is room for a batch, there is a batch. Read before: prefetch.h.
#include <reel/core/io/prefetch.h>

#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <reel/core/runtime/blas.h>
#include <reel/core/runtime/fork.h>

namespace reel::detail {

struct Prefetch::State {
  const Make make;
  const Index count, ahead;
  const pid_t process = ::getpid();
  Index taken = 0;  // belongs to the loop

  ForkMutex mutex;  // guards what follows
  std::condition_variable room, ready;
  std::deque<Batch> made;
  std::vector<Batch> used;  // for their memory
  std::exception_ptr error = nullptr;
  bool stop = false;

  std::thread thread = {};

  State(Make its_make, Index its_count, Index its_ahead)
      : make(std::move(its_make)), count(its_count), ahead(its_ahead) {}

  bool has_thread() const { return thread.joinable() && process == ::getpid(); }

  // What the thread does.
  void run() {
    try {
      for (Index number = 0; number < count; ++number) {
        Batch batch;
        if (!wait_for_room(batch)) return;
        make(number, batch);
        const std::lock_guard lock(mutex);
        made.push_back(std::move(batch));
        ready.notify_one();
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      error = std::current_exception();
      ready.notify_one();
    }
  }

  // False when no batch is wanted any more.
  bool wait_for_room(Batch& batch) {
    std::unique_lock<std::mutex> lock(mutex);
    room.wait(lock, [&] { return stop || static_cast<Index>(made.size()) < ahead; });
    if (!stop && !used.empty()) {
      batch = std::move(used.back());
      used.pop_back();
    }
    return !stop;
  }

  void take_made(Batch& batch) {
    std::swap(batch, made.front());
    Batch old = std::move(made.front());
    made.pop_front();
    old.images = old.targets = Tensor();
    used.push_back(std::move(old));
  }
};

Prefetch::Prefetch(Make make, Index count, Index ahead)
    : state_(new State(std::move(make), count, ahead)) {
  // BLAS gets its right kernels while no thread that might be inside a product is about
  // (blas_rescue.h): afterwards this one would be.
  static_cast<void>(blas::info());
  try {
    state_->thread = std::thread([state = state_] { state->run(); });
  } catch (const std::system_error&) {  // no thread to be had: `take` works alone
  }
}

Prefetch::~Prefetch() {
  if (state_->thread.joinable() && !state_->has_thread()) return;  // its thread is in the parent
  if (state_->has_thread()) {
    {
      const std::lock_guard lock(state_->mutex);
      state_->stop = true;
    }
    state_->room.notify_one();
    state_->thread.join();
  }
  delete state_;
}

void Prefetch::take(Batch& batch) {
  State& state = *state_;
  const Index number = state.taken++;
  if (!state.has_thread()) {
    if (state.made.empty())
      state.make(number, batch);
    else
      state.take_made(batch);
    return;
  }
  {
    std::unique_lock<std::mutex> lock(state.mutex);
    state.ready.wait(lock, [&] { return !state.made.empty() || state.error; });
    if (state.made.empty()) std::rethrow_exception(state.error);
    state.take_made(batch);
  }
  state.room.notify_one();
}

}  // namespace reel::detail
