#include <reel/core/runtime/parallel.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/runtime/foreign_threads.h>

namespace reel {
namespace {

thread_local bool in_tile = false;

struct InTile {
  InTile() { in_tile = true; }
  ~InTile() { in_tile = false; }
  InTile(const InTile&) = delete;
  InTile& operator=(const InTile&) = delete;
};

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
  static Pool& instance() {
    static Pool pool;
    return pool;
  }

  ~Pool() { stop(); }

  int size() const { return count_.load(std::memory_order_relaxed); }

  void resize(int count) {
    std::lock_guard resizing(resize_mutex_);
    count_ = count;
    stop();
  }

  void run(Job& job) {
    std::unique_lock lock(mutex_);
    start();
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
  // Threads start at the first job, so a program that never runs one has none. A job that comes
  // while the pool stops is its caller's alone: a thread started now would stop too.
  void start() {
    if (stopping_) return;
    while (static_cast<int>(threads_.size()) < size() - 1)
      threads_.emplace_back(
          [this, thread = static_cast<int>(threads_.size()) + 1] { serve(thread); });
  }

  void stop() {
    std::vector<std::thread> threads;
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      threads.swap(threads_);
    }
    work_to_do_.notify_all();
    for (std::thread& thread : threads) thread.join();
    std::lock_guard lock(mutex_);
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
      if (stopping_) return;
      ++job->workers;
      lock.unlock();
      job->work(thread);
      lock.lock();
      if (--job->workers == 0) job_left_.notify_all();
    }
  }

  Job* find_job() {
    for (Job* job : jobs_)
      if (job->has_tiles()) return job;
    return nullptr;
  }

  std::mutex resize_mutex_;
  std::mutex mutex_;
  std::condition_variable work_to_do_, job_left_;
  std::vector<Job*> jobs_;
  std::atomic<int> posted_ = 0;  // how many jobs there were
  std::vector<std::thread> threads_;
  std::atomic<int> count_ = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  bool stopping_ = false;
};

}  // namespace

void set_num_threads(int count) {
  if (count < 1) throw ValueError("set_num_threads: count must be >= 1; got {}", count);
  if (in_tile)
    throw RuntimeError(
        "set_num_threads: the number of threads must be set outside of parallel_for; it was set "
        "inside a tile");
  Pool::instance().resize(count);
}

int num_threads() { return Pool::instance().size(); }

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
  Pool::instance().run(job);
  if (job.error) std::rethrow_exception(job.error);
}

}  // namespace reel
