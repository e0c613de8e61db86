#include <reel/core/runtime/memory.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include <reel/core/runtime/fork.h>
#include <reel/core/runtime/memory_block.h>

namespace reel::memory {
namespace {

constexpr std::size_t batch_bytes = 128 * 1024;  // of blocks that change hands together

struct ThreadCache;

// What all threads share. Never destroyed: tensors with static storage may outlive any object.
struct Shared {
  detail::ForkMutex mutex;
  std::array<Batch*, class_count> free{};
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
[[maybe_unused]] const Shared& made_at_load = shared();  // fork.h

void give_shared(FreeBlock* blocks, int size_class, std::size_t bytes) {
  Batch* const batch = as_free<Batch>(blocks);
  batch->bytes = bytes;
  std::lock_guard lock(shared().mutex);
  batch->next_batch = std::exchange(shared().free[size_class], batch);
}

Batch* take_shared(int size_class) {
  std::lock_guard lock(shared().mutex);
  Batch*& first = shared().free[size_class];
  return first ? std::exchange(first, first->next_batch) : nullptr;
}

// A counter that one thread writes and others read: no locked instruction is needed.
class OwnCounter {
 public:
  Index value() const { return value_.load(std::memory_order_relaxed); }
  Index add(Index bytes) {
    const Index sum = value() + bytes;
    value_.store(sum, std::memory_order_relaxed);
    return sum;
  }

 private:
  std::atomic<Index> value_ = 0;
};

// A free list: the blocks of one class that a thread has at hand.
struct FreeList {
  FreeBlock* first = nullptr;
  OwnCounter bytes;            // of those in `first`
  FreeBlock* spare = nullptr;  // a full list more, so that few threads' blocks go to and fro
  std::uint32_t block_bytes = 0;
  std::uint32_t slabs = 0;  // taken from the system; counts to 3

  Index full() const {
    return static_cast<Index>((batch_bytes + block_bytes - 1) / block_bytes * block_bytes);
  }
};

struct ThreadCache {
  std::array<FreeList, small_class_count> lists;
  OwnCounter received;  // what the first lists were given, less what was taken away from them

  ThreadCache() {
    for (int c = 0; c < small_class_count; ++c)
      lists[c].block_bytes = static_cast<std::uint32_t>(bytes_of_class(c));
    std::lock_guard lock(shared().mutex);
    shared().caches.push_back(this);
  }
  ~ThreadCache();

  // One count is kept where blocks come and go; what was handed out is the difference.
  Index live() const {
    Index live = received.value();
    for (const FreeList& list : lists) live -= list.bytes.value();
    return live;
  }
  // Both change two counts, which `live_now` must see together.
  void receive(FreeList& list, FreeBlock* blocks, Index bytes) {
    std::lock_guard lock(shared().mutex);
    list.first = blocks;
    list.bytes.add(bytes);
    received.add(bytes);
  }
  FreeBlock* give_up(FreeList& list) {
    std::lock_guard lock(shared().mutex);
    received.add(-list.bytes.value());
    list.bytes.add(-list.bytes.value());
    return std::exchange(list.first, nullptr);
  }
};

// In a library the compiler calls a function for each access otherwise.
thread_local constinit ThreadCache* cache [[gnu::tls_model("initial-exec")]] = nullptr;
thread_local constinit bool cache_is_gone [[gnu::tls_model("initial-exec")]] = false;

ThreadCache::~ThreadCache() {
  for (int c = 0; c < small_class_count; ++c) {
    FreeList& list = lists[c];
    if (list.spare) give_shared(list.spare, c, list.full());
    const Index bytes = list.bytes.value();
    if (FreeBlock* blocks = give_up(list)) give_shared(blocks, c, bytes);
  }
  std::lock_guard lock(shared().mutex);
  shared().finished_threads_live += live();
  std::erase(shared().caches, this);
  cache = nullptr;
  cache_is_gone = true;
}

// The calling thread's cache, or null while the thread is being torn down. Of what a thread has,
// only pointers are thread-local: a program that loads the library while it runs has little room.
ThreadCache* thread_cache() {
  if (cache || cache_is_gone) return cache;
  static thread_local const auto instance = std::make_unique<ThreadCache>();
  return cache = instance.get();
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
  for (ThreadCache* c : shared().caches) live += c->live();
  return live;
}

// Fills an empty list: from its spare, from what other threads gave back, or by cutting a slab.
void refill(ThreadCache& own, FreeList& list, int size_class) {
  if (list.spare) return own.receive(list, std::exchange(list.spare, nullptr), list.full());
  if (Batch* batch = take_shared(size_class))
    return own.receive(list, batch, static_cast<Index>(batch->bytes));
  const std::size_t bytes = list.block_bytes;
  const std::size_t wanted = std::max(batch_bytes / 8, 4 * bytes) << list.slabs;
  const std::size_t count = std::min(batch_bytes, wanted) / bytes;
  list.slabs = std::min(3u, list.slabs + 1);
  char* slab = static_cast<char*>(take_from_system(count * bytes));
  FreeBlock* blocks = nullptr;
  for (std::size_t i = count; i-- > 0;) {
    push(blocks, reinterpret_cast<FreeBlock*>(slab + i * bytes));
    poison(slab + i * bytes + sizeof(FreeBlock), bytes - sizeof(FreeBlock));
  }
  own.receive(list, blocks, static_cast<Index>(count * bytes));
}

// Makes a full list the spare one, and hands the spare one before it to the other threads: one may
// free what another allocates.
[[gnu::noinline]] void set_aside(ThreadCache& own, FreeList& list, int size_class) {
  if (list.spare) give_shared(list.spare, size_class, list.full());
  list.spare = own.give_up(list);
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

// Also of small blocks, while a thread is being torn down.
void* allocate_large(int size_class, std::size_t bytes) {
  Batch* const batch = take_shared(size_class);
  if (batch && batch->next) give_shared(batch->next, size_class, batch->bytes - bytes);
  void* block = batch;
  if (!block) {
    block = take_from_system(bytes);
    touch_pages(block, bytes);
  }
  shared().large_live.fetch_add(static_cast<Index>(bytes), std::memory_order_relaxed);
  raise_to(shared().peak_live, live_now());
  return block;
}

FreeBlock* take(FreeList& list) {
  list.bytes.add(-Index{list.block_bytes});
  return pop(list.first);
}

void give_back(ThreadCache& own, FreeBlock* block, int size_class) {
  FreeList& list = own.lists[size_class];
  push(list.first, block);
  if (list.bytes.add(list.block_bytes) >= Index{batch_bytes}) [[unlikely]]
    set_aside(own, list, size_class);
}

[[gnu::noinline]] void* allocate_slowly(std::size_t requested) {
  if (requested > most_bytes) throw std::bad_alloc();
  const int size_class = class_of(requested);
  ThreadCache* const own = requested <= small_limit ? thread_cache() : nullptr;
  if (!own) return allocate_large(size_class, bytes_of_class(size_class));
  FreeList& list = own->lists[size_class];
  if (!list.first) refill(*own, list, size_class);
  return take(list);
}

[[gnu::noinline]] void deallocate_slowly(FreeBlock* block, std::size_t requested) {
  const int size_class = class_of(requested);
  const std::size_t bytes = bytes_of_class(size_class);
  ThreadCache* const own = requested <= small_limit ? thread_cache() : nullptr;
  if (own) return give_back(*own, block, size_class);
  shared().large_live.fetch_sub(static_cast<Index>(bytes), std::memory_order_relaxed);
  block->next = nullptr;
  give_shared(block, size_class, bytes);
}

}  // namespace

// The way of a small block is short and calls nothing: it is much of what a scalar costs.
void* allocate(std::size_t requested) {
  FreeList* const list =
      cache && requested <= small_limit ? &cache->lists[class_of(requested)] : nullptr;
  void* const block = list && list->first ? take(*list) : allocate_slowly(requested);
  poison(block, bytes_of_class(class_of(requested)));
  unpoison(block, requested);
  return block;
}

void deallocate(void* block, std::size_t requested) noexcept {
  FreeBlock* const freed = as_free<FreeBlock>(block);
  poison(freed + 1, bytes_of_class(class_of(requested)) - sizeof(FreeBlock));
  if (cache && requested <= small_limit) [[likely]]
    give_back(*cache, freed, class_of(requested));
  else
    deallocate_slowly(freed, requested);
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
      Batch* const block = std::exchange(shared().free[c], shared().free[c]->next_batch);
      unpoison(block, bytes);
      std::free(block);
      shared().reserved.fetch_sub(static_cast<Index>(bytes), std::memory_order_relaxed);
    }
  }
}

}  // namespace reel::memory
