// one_pass: an update of one variable, cut into ranges for the threads.
//
// The kernels write in place. What somebody else holds, too, the weights that a tape has seen, say,
// must keep its values and gets new memory: a range of it is copied right before its turn and is in
// cache then, so that memory is passed once in either case. So is the factor of a weight decay
// multiplied in. A range depends on the number of elements alone, so the bits do not depend on the
// number of threads. Read before: new_value.h, update_rules.h. Read next: sgd.cpp.
#pragma once

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <optional>

#include <reel/core/kernels/updates/update_rules.h>
#include <reel/core/runtime/parallel.h>
#include <reel/optim/new_value.h>

namespace reel::detail {

/// Calls `rule(range)` with the UpdateRange of each piece of the variable, its gradient and its
/// slots, after the weights were multiplied by `factor`. Memory is at hand before anything is
/// written.
template <class Rule>
void one_pass(const Variable& variable, const Tensor& gradient, double factor,
              std::initializer_list<std::reference_wrapper<const Variable>> slots,
              const Rule& rule) {
  constexpr Index grain = 8 * 1024;  // elements a range: five streams of them fit into a cache
  constexpr std::size_t most = 3;
  NewValue weights(variable);
  std::optional<NewValue> kept[most];
  for (std::size_t i = 0; i < slots.size(); ++i) kept[i].emplace(slots.begin()[i]);
  dispatch(variable.dtype(), [&](auto zero) {
    using T = decltype(zero);
    struct Stream {
      const T* from = nullptr;
      T* to = nullptr;
      T* at(Index first, Index end) const {
        if (to != from) std::copy(from + first, from + end, to + first);
        return to + first;
      }
    };
    const Stream w{weights.from<T>(), weights.to<T>()};
    Stream s[most];
    for (std::size_t i = 0; i < slots.size(); ++i) s[i] = {kept[i]->from<T>(), kept[i]->to<T>()};
    const T* const g = gradient.data<T>();
    parallel_ranges(variable.size(), grain, [&](Index first, Index end) {
      kernels::UpdateRange<T> range{g + first, w.at(first, end), {}, end - first};
      for (std::size_t i = 0; i < slots.size(); ++i) range.slots[i] = s[i].at(first, end);
      if (factor != 1) kernels::update_rules<T>().scale(range.w, static_cast<T>(factor), range.n);
      rule(range);
    });
  });
  for (std::size_t i = 0; i < slots.size(); ++i) kept[i]->install();
  weights.install();
}

}  // namespace reel::detail
