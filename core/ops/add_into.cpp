// The one sum in place: what the backward pass adds up gradients with where nobody looks.
//
// A tensor never changes once it is made, so this may only run on one that has a single holder;
// `writable` sees to that. Read before: elementwise_loops.h. Read next: backward_pass.cpp.
#include <reel/core/kernels/elementwise/elementwise_loops.h>
#include <reel/core/ops/elementwise.h>

namespace reel {

namespace detail {
namespace {

// Kept apart, so that adding two numbers needs no frame.
template <class T>
[[gnu::noinline]] void add_long(const T* from, T* to, Index size) {
  kernels::elementwise<T>().accumulate(from, to, size);
}

template <class T>
void add_values(const Tensor& x, Tensor& sum) {
  const T* from = x.data<T>();
  T* to = writable<T>(sum);
  if (sum.size() != 1) return add_long(from, to, sum.size());
  *to += *from;
}

}  // namespace

void add_into(Tensor& sum, const Tensor& x) {
  return sum.dtype() == float32 ? add_values<float>(x, sum) : add_values<double>(x, sum);
}

}  // namespace detail
}  // namespace reel
