// Which kernel computes a dense convolution: a model of what each costs, no table of shapes.
//
// Costs are counted in cycles of one core that finishes two vectors of multiplications in each, as
// all that matter here do: sums of numbers in lanes that are really there, what is copied or
// transformed on the way, and how well registers are filled. They depend on the shape, the dtype
// and the width of a vector alone: the same machine always chooses the same kernel, whatever the
// number of threads. Read before: direct.h, winograd.h, tap_products.h,
// im2col.h. Read next: dense_convolution.cpp.
#pragma once

#include <string_view>

#include <reel/core/kernels/convolution/window.h>

namespace reel::kernels {

enum class DenseKernel { direct, winograd, patches, tap_products };
enum class DensePass { forward, input_gradient, filter_gradient };

std::string_view name_of(DenseKernel kernel);
std::string_view name_of(DensePass pass);

/// Estimated cycles of each kernel; infinite for one that cannot do it.
struct DenseCosts {
  double direct, winograd, patches, tap_products;

  DenseKernel cheapest() const;
};

DenseCosts dense_costs(DensePass pass, const Window& window, Index channels, Index filters,
                       Index bytes_of_number);

/// The kernel in use. The log tells it with the costs at level debug, call by call.
DenseKernel dense_kernel(DensePass pass, const Window& window, Index channels, Index filters,
                         Index bytes_of_number);

}  // namespace reel::kernels
