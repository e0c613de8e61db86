#include <reel/core/memory.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define REEL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REEL_ASAN 1
#endif
#endif
#ifdef REEL_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace reel::memory {
namespace {

// Under AddressSanitizer a pooled block is out of bounds until it is handed out again.
void poison([[maybe_unused]] void* block, [[maybe_unused]] std::size_t bytes) {
#ifdef REEL_ASAN
  __asan_poison_memory_region(block, bytes);
#endif
}
void unpoison([[maybe_unused]] void* block, [[maybe_unused]] std::size_t bytes) {
#ifdef REEL_ASAN
  __asan_unpoison_memory_region(block, bytes);
#endif
}

constexpr std::size_t alignment = 64;
constexpr std::size_t small_limit = 32 * 1024;
constexpr std::size_t slab_bytes = 256 * 1024;  // a thread's first three of a class are smaller
constexpr std::size_t cache_limit_bytes = 1024 * 1024;  // a thread's free blocks of one class
constexpr int class_count = 4 * 48;
constexpr std::size_t most_bytes = std::size_t{1} << 50;  // of a class below class_count

// Classes are 64 * {4, 5, 6, 7} / 4 * 2^k: the index counts quarter steps of an octave.
inline int class_of(std::size_t bytes) {
  const std::size_t units = std::max<std::size_t>(1, (bytes + alignment - 1) / alignment);
  if (units < 4) return static_cast<int>(units);
  const int octave = std::bit_width(units) - 3;  // units >> octave lies in [4, 8)
  const std::size_t step = std::size_t{1} << octave;
  const std::size_t quarters = (units + step - 1) >> octave;
  return octave * 4 + static_cast<int>(quarters);
}

inline std::size_t bytes_of_class(int size_class) {
  if (size_class < 8) return static_cast<std::size_t>(size_class) * alignment;
  const int octave = size_class / 4 - 1;
  return (static_cast<std::size_t>(size_class % 4 + 4) << octave) * alignment;
}

struct FreeBlock {
  FreeBlock* next;
};

FreeBlock* as_free_block(void* block) {
  unpoison(block, sizeof(FreeBlock));
  return static_cast<FreeBlock*>(block);
}

void push(FreeBlock*& list, FreeBlock* block) {
  block->next = list;
  list = block;
}
FreeBlock* pop(FreeBlock*& list) { return std::exchange(list, list->next); }

struct ThreadCache;

// What all threads share. Never destroyed: tensors with static storage may outlive any object.
struct Shared {
  std::mutex mutex;
  std::array<FreeBlock*, class_count> free{};
  std::vector<ThreadCache*> caches;
  Index finished_threads_live = 0;
  std::atomic<Index> large_live = 0;
  std::atomic<Index> peak_live = 0;
  std::atomic<Index> reserved = 0;
  std::atomic<Index> scratch = 0;
  std::atomic<Index> peak_scratch = 0;
};

Shared& shared() {
  static Shared* const instance = new Shared;
  return *instance;
}

struct ThreadCache {
  std::array<FreeBlock*, class_count> free{};
  std::array<std::size_t, class_count> free_bytes{};
  std::array<unsigned char, class_count> slabs{};  // taken from the system; counts to 3
  std::atomic<Index> live = 0;  // written by the owner only, so no locked instruction is needed

  ThreadCache() {
    std::lock_guard lock(shared().mutex);
    shared().caches.push_back(this);
  }
  ~ThreadCache();
  void count(Index bytes) {
    live.store(live.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
  }
};

// In a library the compiler calls a function for each access otherwise.
thread_local constinit ThreadCache* cache [[gnu::tls_model("initial-exec")]] = nullptr;
thread_local constinit bool cache_is_gone [[gnu::tls_model("initial-exec")]] = false;

ThreadCache::~ThreadCache() {
  std::lock_guard lock(shared().mutex);
  for (int c = 0; c < class_count; ++c)
    while (free[c]) push(shared().free[c], pop(free[c]));
  shared().finished_threads_live += live.load(std::memory_order_relaxed);
  std::erase(shared().caches, this);
  cache = nullptr;
  cache_is_gone = true;
}

// The calling thread's cache, or null while the thread is being torn down.
ThreadCache* thread_cache() {
  if (cache || cache_is_gone) return cache;
  static thread_local ThreadCache instance;
  return cache = &instance;
}

void* take_from_system(std::size_t bytes) {
  void* block = std::aligned_alloc(alignment, bytes);
  if (!block) throw std::bad_alloc();
  shared().reserved.fetch_add(static_cast<Index>(bytes), std::memory_order_relaxed);
  return block;
}

Index live_now() {
  std::lock_guard lock(shared().mutex);
  Index live = shared().finished_threads_live + shared().large_live.load();
  for (ThreadCache* c : shared().caches) live += c->live.load(std::memory_order_relaxed);
  return live;
}

void* take_shared(int size_class) {
  std::lock_guard lock(shared().mutex);
  return shared().free[size_class] ? pop(shared().free[size_class]) : nullptr;
}

void give_shared(void* block, int size_class) {
  std::lock_guard lock(shared().mutex);
  push(shared().free[size_class], as_free_block(block));
}

// Takes what other threads gave back, or cuts a slab into blocks for this thread.
void refill(ThreadCache& own, int size_class) {
  const std::size_t bytes = bytes_of_class(size_class);
  const auto keep = [&](FreeBlock* block) {
    push(own.free[size_class], block);
    own.free_bytes[size_class] += bytes;
  };
  {
    std::lock_guard lock(shared().mutex);
    FreeBlock*& list = shared().free[size_class];
    for (std::size_t taken = 0; list && taken < slab_bytes; taken += bytes) keep(pop(list));
  }
  if (own.free[size_class]) return;
  unsigned char& slabs = own.slabs[size_class];
  const std::size_t wanted = std::max(slab_bytes / 8, 4 * bytes) << slabs;
  const std::size_t count = std::min(slab_bytes, wanted) / bytes;
  slabs = static_cast<unsigned char>(std::min(3, slabs + 1));
  char* slab = static_cast<char*>(take_from_system(count * bytes));
  for (std::size_t i = count; i-- > 0;) {
    keep(reinterpret_cast<FreeBlock*>(slab + i * bytes));
    poison(slab + i * bytes + sizeof(FreeBlock), bytes - sizeof(FreeBlock));
  }
}

// Hands half of a crowded list to the other threads: one may free what another allocates.
void spill(ThreadCache& own, int size_class) {
  const std::size_t bytes = bytes_of_class(size_class);
  std::lock_guard lock(shared().mutex);
  for (; own.free_bytes[size_class] > cache_limit_bytes / 2; own.free_bytes[size_class] -= bytes)
    push(shared().free[size_class], pop(own.free[size_class]));
}

void raise_to(std::atomic<Index>& peak, Index value) {
  Index before = peak.load(std::memory_order_relaxed);
  while (value > before && !peak.compare_exchange_weak(before, value)) {
  }
}

// Uses of one class differ in size: the pages of a fresh block are all asked for at once, not by
// the first use that reaches them, some training step later.
void touch_pages(void* block, std::size_t bytes) {
  constexpr std::size_t page = 4096;
  for (std::size_t i = 0; i < bytes; i += page) static_cast<volatile char*>(block)[i] = 0;
}

void* allocate_large(int size_class, std::size_t bytes) {
  void* block = take_shared(size_class);
  if (!block) {
    block = take_from_system(bytes);
    touch_pages(block, bytes);
  }
  shared().large_live.fetch_add(static_cast<Index>(bytes), std::memory_order_relaxed);
  raise_to(shared().peak_live, live_now());
  return block;
}

}  // namespace

void* allocate(std::size_t requested) {
  if (requested > most_bytes) throw std::bad_alloc();
  const int size_class = class_of(requested);
  const std::size_t bytes = bytes_of_class(size_class);
  void* block;
  ThreadCache* own = bytes <= small_limit ? thread_cache() : nullptr;
  if (own) {
    if (!own->free[size_class]) refill(*own, size_class);
    block = pop(own->free[size_class]);
    own->free_bytes[size_class] -= bytes;
    own->count(static_cast<Index>(bytes));
  } else {
    block = allocate_large(size_class, bytes);
  }
  poison(block, bytes);
  unpoison(block, requested);
  return block;
}

void deallocate(void* block, std::size_t requested) noexcept {
  const int size_class = class_of(requested);
  const std::size_t bytes = bytes_of_class(size_class);
  ThreadCache* own = bytes <= small_limit ? thread_cache() : nullptr;
  FreeBlock* freed = as_free_block(block);
  poison(static_cast<char*>(block) + sizeof(FreeBlock), bytes - sizeof(FreeBlock));
  if (!own) {
    shared().large_live.fetch_sub(static_cast<Index>(bytes), std::memory_order_relaxed);
    give_shared(block, size_class);
    return;
  }
  push(own->free[size_class], freed);
  own->free_bytes[size_class] += bytes;
  own->count(-static_cast<Index>(bytes));
  if (own->free_bytes[size_class] > cache_limit_bytes) spill(*own, size_class);
}

void* allocate_scratch(std::size_t requested) {
  void* const block = allocate(requested);
  const auto bytes = static_cast<Index>(bytes_of_class(class_of(requested)));
  raise_to(shared().peak_scratch, shared().scratch.fetch_add(bytes) + bytes);
  return block;
}

void deallocate_scratch(void* block, std::size_t requested) noexcept {
  shared().scratch.fetch_sub(static_cast<Index>(bytes_of_class(class_of(requested))));
  deallocate(block, requested);
}

Stats stats() {
  const Index live = live_now();
  return {.live = live,
          .peak_live = std::max(live, shared().peak_live.load()),
          .reserved = shared().reserved.load(),
          .scratch = shared().scratch.load(),
          .peak_scratch = shared().peak_scratch.load()};
}

void reset_peak() {
  shared().peak_live.store(live_now());
  shared().peak_scratch.store(shared().scratch.load());
}

void release_unused() {
  std::lock_guard lock(shared().mutex);
  for (int c = 0; c < class_count; ++c) {
    const std::size_t bytes = bytes_of_class(c);
    if (bytes <= small_limit) continue;
    while (shared().free[c]) {
      FreeBlock* const block = pop(shared().free[c]);
      unpoison(block, bytes);
      std::free(block);
      shared().reserved.fetch_sub(static_cast<Index>(bytes), std::memory_order_relaxed);
    }
  }
}

}  // namespace reel::memory
