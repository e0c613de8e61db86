// The pool, and what becomes of it when the process forks or ends.
//
// A child of fork has none of its parent's threads: it gets a fresh pool, and the old one is left
// as it was at that moment. A process whose main thread leaves by pthread_exit never ends: to let
// these threads go then would not help, since OpenBLAS keeps its own. Read before: parallel.h,
// foreign_threads.h, fork.h.
#include <reel/core/runtime/parallel.h>

#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/runtime/foreign_threads.h>
#include <reel/core/runtime/fork.h>
#include <reel/core/runtime/log.h>

namespace reel {
namespace {

thread_local bool in_tile = false;

struct InTile {
  InTile() { in_tile = true; }
  ~InTile() { in_tile = false; }
  InTile(const InTile&) = delete;
  InTile& operator=(const InTile&) = delete;
};

// A calling thread that was given some processors only shares these with the threads that it
// starts.
int default_threads() {
  if (const char* text = std::getenv("REEL_NUM_THREADS"); text && *text) {
    int count = 0;
    const char* const end = text + std::strlen(text);
    const auto [rest, error] = std::from_chars(text, end, count);
    if (rest != end || error != std::errc() || count < 1 || count > max_threads)
      throw ValueError("REEL_NUM_THREADS: must be a whole number in [1, {}]; got '{}'",
                       int{max_threads}, text);
    return count;
  }
  cpu_set_t usable;  // of at most 1,024 processors
  if (sched_getaffinity(0, sizeof usable, &usable) == 0) return CPU_COUNT(&usable);
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, max_threads);
}

// Waits a moment for what mostly comes within one: the next job of a training step, the last tile
// of another thread. To be woken costs several times as much. The processor is offered to others
// all the while. Whether `done` came in time.
template <class Done>
bool wait_a_moment(const Done& done) {
  constexpr std::chrono::microseconds moment(200);
  const auto end = std::chrono::steady_clock::now() + moment;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// Tiles are handed out one by one, but each thread has a share of neighbouring ones and helps
// others when it is through with its own: neighbours read the same rows, and the next job over the
// same tensors finds what the last one left in this processor's caches.
class Job {
 public:
  Job(Index tiles, void (*run)(const void*, Index), const void* body, int threads)
      : run_(run),
        body_(body),
        count_(static_cast<int>(std::min<Index>(std::min(threads, most_shares), tiles))) {
    for (int i = 0; i < count_; ++i) {
      shares_[i].next.store(tiles * i / count_, std::memory_order_relaxed);
      shares_[i].end = tiles * (i + 1) / count_;
    }
  }

  std::atomic<int> workers = 0;  // pool threads at it now; written under the pool's mutex
  std::exception_ptr error = nullptr;

  bool has_tiles() const {
    return std::any_of(shares_.begin(), shares_.begin() + count_, [](const Share& share) {
      return share.next.load(std::memory_order_relaxed) < share.end;
    });
  }

  /// `thread`: 0 is the caller, the others are the pool's.
  void work(int thread) {
    const InTile here;
    for (int i = 0; i < count_; ++i) {
      Share& share = shares_[(thread + i) % count_];
      for (Index tile; (tile = share.next.fetch_add(1, std::memory_order_relaxed)) < share.end;)
        run(tile);
    }
  }

 private:
  static constexpr int most_shares = 16;
  struct alignas(64) Share {  // a cache line each
    std::atomic<Index> next;
    Index end;
  };

  void run(Index tile) {
    try {
      run_(body_, tile);
    } catch (...) {
      std::lock_guard lock(error_mutex_);
      if (!error) error = std::current_exception();
    }
  }

  void (*const run_)(const void*, Index);
  const void* const body_;
  const int count_;
  std::array<Share, most_shares> shares_;
  std::mutex error_mutex_;
};

class Pool {
 public:
  explicit Pool(int count) : count_(count) {}

  int size() {
    const int count = count_.load(std::memory_order_relaxed);
    return count > 0 ? count : choose_size();
  }
  /// As `size`, but 0 as long as nobody has asked.
  int chosen_size() const { return count_; }
  int started() const { return serving_; }

  void resize(int count) {
    std::lock_guard resizing(resize_mutex_);
    count_ = count;
    stop();
  }

  void run(Job& job, Index tiles) {
    std::unique_lock lock(mutex_);
    start(static_cast<int>(std::min<Index>(size(), tiles)) - 1);
    jobs_.push_back(&job);
    ++posted_;
    lock.unlock();
    work_to_do_.notify_all();
    job.work(0);
    lock.lock();
    std::erase(jobs_, &job);
    lock.unlock();
    const auto left = [&] { return job.workers == 0; };
    if (wait_a_moment(left)) return;
    lock.lock();
    job_left_.wait(lock, left);
  }

 private:
  int choose_size() {
    int chosen = 0;
    const int wanted = default_threads();
    return count_.compare_exchange_strong(chosen, wanted) ? wanted : chosen;
  }

  // Threads start at the first job that has work for them, so a program that never runs one has
  // none. A job that comes while the pool stops is its caller's alone: a thread started now would
  // stop too. Who is refused a thread does with those that it has.
  void start(int wanted) {
    if (stopping_) return;
    try {
      for (; serving_ < wanted; ++serving_)
        std::thread([this, thread = serving_ + 1] { serve(thread); }).detach();
    } catch (const std::system_error& error) {
      count_ = serving_ + 1;
      logging::warning("the system gives reel no more than {} of {} threads: {}", serving_ + 1,
                       wanted + 1, error.what());
    }
  }

  void stop() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    work_to_do_.notify_all();
    thread_left_.wait(lock, [&] { return serving_ == 0; });
    stopping_ = false;
  }

  void serve(int thread) {
    std::unique_lock lock(mutex_);
    while (true) {
      if (!find_job()) {
        const int seen = posted_;
        lock.unlock();
        wait_a_moment([&] { return posted_ != seen; });
        lock.lock();
      }
      Job* job = nullptr;
      work_to_do_.wait(lock, [&] { return stopping_ || (job = find_job()); });
      if (stopping_) break;
      ++job->workers;
      lock.unlock();
      job->work(thread);
      lock.lock();
      if (--job->workers == 0) job_left_.notify_all();
    }
    --serving_;
    thread_left_.notify_all();
  }

  Job* find_job() {
    for (Job* job : jobs_)
      if (job->has_tiles()) return job;
    return nullptr;
  }

  std::mutex resize_mutex_;
  std::mutex mutex_;
  std::condition_variable work_to_do_, job_left_, thread_left_;
  std::vector<Job*> jobs_;
  std::atomic<int> posted_ = 0;   // how many jobs there were
  std::atomic<int> serving_ = 0;  // threads, each of which is numbered from 1 on
  std::atomic<int> count_;        // 0: to be chosen
  bool stopping_ = false;
};

// Never destroyed: its threads, and others that call it, may outlive `main`.
std::atomic<Pool*> present_pool = nullptr;

Pool& pool() {
  static const bool made = [] {
    present_pool = new Pool(0);
    const auto nothing = [] {};
    detail::around_forks(nothing, nothing,
                         [] { present_pool = new Pool(present_pool.load()->chosen_size()); });
    return true;
  }();
  static_cast<void>(made);
  return *present_pool.load(std::memory_order_relaxed);
}

}  // namespace

void set_num_threads(int count) {
  if (count < 1 || count > max_threads)
    throw ValueError("set_num_threads: count must be in [1, {}]; got {}", int{max_threads}, count);
  if (in_tile)
    throw RuntimeError(
        "set_num_threads: the number of threads must be set outside of parallel_for; it was set "
        "inside a tile");
  pool().resize(count);
}

int num_threads() { return pool().size(); }

int detail::started_threads() { return pool().started(); }

bool detail::inside_tile() { return in_tile; }

void detail::parallel_for(Index tiles, void (*run)(const void*, Index), const void* body) {
  if (tiles <= 1 || in_tile) {
    for (Index tile = 0; tile < tiles; ++tile) run(body, tile);
    return;
  }
  const ForeignThreads::Rest others_rest;
  if (num_threads() == 1) {
    const InTile here;
    for (Index tile = 0; tile < tiles; ++tile) run(body, tile);
    return;
  }
  Job job(tiles, run, body, num_threads());
  pool().run(job, tiles);
  if (job.error) std::rethrow_exception(job.error);
}

}  // namespace reel
