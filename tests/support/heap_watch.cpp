#include "heap_watch.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace {

constexpr int depth = 24, most_traces = 64;

// A place that allocated, as a stack of return addresses, and how often it did.
struct Trace {
  std::array<void*, depth> frames;
  int size;
  long times;
};

std::atomic<bool> watching = false;
std::atomic<long> allocations = 0, blas = 0;
std::atomic_flag traces_locked = ATOMIC_FLAG_INIT;
std::array<Trace, most_traces> traces;
int trace_count = 0;
long faults_at_start = 0;
thread_local bool inside = false;  // of the watch itself
thread_local long until_failure = -1;
thread_local bool has_failed = false;

bool is_blas(const Trace& trace) {
  for (int i = 0; i < trace.size; ++i)
    if (Dl_info info;
        dladdr(trace.frames[i], &info) && info.dli_fname && std::strstr(info.dli_fname, "blas"))
      return true;
  return false;
}

void keep(const Trace& trace) {
  while (traces_locked.test_and_set(std::memory_order_acquire)) {
  }
  const auto same = [&](const Trace& t) { return t.frames == trace.frames; };
  const auto end = traces.begin() + trace_count;
  const auto known = std::find_if(traces.begin(), end, same);
  if (known != end)
    ++known->times;
  else if (trace_count < most_traces)
    traces[trace_count++] = trace;
  traces_locked.clear(std::memory_order_release);
}

void note() {
  if (!watching.load(std::memory_order_relaxed) || inside) return;
  inside = true;
  Trace trace{{}, 0, 1};
  trace.size = backtrace(trace.frames.data(), depth);
  if (is_blas(trace)) {
    ++blas;
  } else {
    ++allocations;
    keep(trace);
  }
  inside = false;
}

// Whether this allocation is the one that fails.
bool fails() {
  if (until_failure < 0 || until_failure-- > 0) return false;
  return has_failed = true;
}

long page_faults() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

std::string name_of(void* frame) {
  Dl_info info;
  if (!dladdr(frame, &info) || !info.dli_sname) return "?";
  int status = 0;
  char* const readable = abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status);
  std::string name = readable ? readable : info.dli_sname;
  std::free(readable);
  return name.size() > 90 ? name.substr(0, 90) + "..." : name;
}

}  // namespace

extern "C" {
void* malloc(std::size_t bytes) {
  note();
  return fails() ? nullptr : __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) {
  note();
  return __libc_calloc(count, bytes);
}
void* realloc(void* block, std::size_t bytes) {
  note();
  return __libc_realloc(block, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  note();
  return fails() ? nullptr : __libc_memalign(alignment, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) {
  note();
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t bytes) {
  note();
  *block = __libc_memalign(alignment, bytes);
  return *block ? 0 : ENOMEM;
}
void* mmap(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset) {
  note();
  return reinterpret_cast<void*>(
      syscall(SYS_mmap, at, bytes, protection, flags, file, static_cast<long>(offset)));
}
}

namespace heap_watch {

void start() {
  void* first_use[1];
  backtrace(first_use, 1);  // which loads a library
  allocations = blas = 0;
  trace_count = 0;
  faults_at_start = page_faults();
  watching = true;
}

bool fail_after(long n) {
  until_failure = n;
  return std::exchange(has_failed, false);
}

Count stop() {
  watching = false;
  const long faults = page_faults() - faults_at_start;
  return {allocations, blas, faults};
}

std::string who() {
  constexpr int most_frames = 9;
  std::string text;
  for (int t = 0; t < trace_count; ++t) {
    text += std::to_string(traces[t].times) + " times by\n";
    int shown = 0;
    for (int i = 2; i < traces[t].size && shown < most_frames; ++i, ++shown)
      text += "    " + name_of(traces[t].frames[i]) + "\n";
  }
  return text;
}

}  // namespace heap_watch
