#include "compare.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace golden {

Comparison compare(const reel::Tensor& computed, const reel::Tensor& reference,
                   const Tolerance& tolerance) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (computed.shape() != reference.shape())
    return {infinity,
            fmt::format("the shape must be {}; got {}", reference.shape(), computed.shape())};
  const std::vector<double> got = computed.to_vector(), wanted = reference.to_vector();
  double largest = 0;
  for (const double value : wanted) largest = std::max(largest, std::abs(value));

  Comparison worst;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double allowed = tolerance.absolute + tolerance.of_element * std::abs(wanted[i]) +
                           tolerance.of_largest * largest;
    if (got[i] == wanted[i]) continue;
    const double error = std::abs(got[i] - wanted[i]);
    const double share = error < infinity ? error / allowed : infinity;  // NaN is not < infinity
    if (share <= worst.share) continue;
    worst.share = share;
    if (share > 1)
      worst.complaint = fmt::format("element {} must be {:.17g} within {:.2g}; got {:.17g}", i,
                                    wanted[i], allowed, got[i]);
  }
  return worst;
}

}  // namespace golden
