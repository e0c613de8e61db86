// Computing with one kind of kernels, whatever the process uses otherwise.
//
// The switch belongs to the process; the guard puts it back, also when a test throws. Read before:
// kernel_choice.h.
#pragma once

#include <string>

#include <reel/core/runtime/kernel_choice.h>

namespace reel::testing {

class WithKernels {
 public:
  explicit WithKernels(const char* name) { set_kernels(name); }
  ~WithKernels() { set_kernels(before_); }
  WithKernels(const WithKernels&) = delete;
  WithKernels& operator=(const WithKernels&) = delete;

 private:
  const std::string before_{kernels_in_use()};
};

/// f() on these kernels.
template <class F>
auto with_kernels(const char* name, const F& f) {
  const WithKernels guard(name);
  return f();
}

}  // namespace reel::testing
