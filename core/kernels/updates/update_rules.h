// The update rules of optimizers: one pass over the gradient, the weights and what is kept beside
// them, all in place.
//
// The numbers of a rule come computed, with what depends on the step in them, so that a loop is
// nothing but its formula. `to_m` is the share of the new value in the moving average m:
// m <- m + (g - m) to_m. Written like that, an average of equal values is that value exactly.
// `per_rate` is 1 over the rate: a division takes as long as ten other operations.
// Invariant: no accumulated square is infinite, it stops at the largest number of its type, and no
// variance is negative. What is no number stays one, so that a broken training shows.
// Read before: isa.h. Read next: update_rules_kernels.cpp, one_pass.h.
#pragma once

#include <reel/core/dtype.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

/// n elements of a variable under way: gradient, weights, slots in their order. None overlap.
template <class T>
struct UpdateRange {
  const T* g;
  T* w;
  T* slots[3];
  Index n;
};

// clang-format off
template <class T> struct MomentumNumbers { T rate, momentum; };
template <class T> struct AdamNumbers { T rate, to_m, to_v, epsilon; };
template <class T> struct AdamaxNumbers { T rate, to_m, beta_2, epsilon; };
template <class T> struct NadamNumbers { T of_g, of_m, to_m, to_v, root_unbias, epsilon; };
template <class T> struct RMSpropNumbers { T rate, to_rms, epsilon, momentum; };
template <class T> struct AdagradNumbers { T rate, epsilon; };
template <class T> struct AdadeltaNumbers { T rate, to_mean, epsilon; };
template <class T> struct FtrlNumbers { T per_rate, power, l1, l2, shrinkage; };
// clang-format on

/// The formulas stand in the headers of the optimizers; behind each rule, its slots.
template <class T>
struct UpdateRules {
  template <class Numbers>
  using Rule = void (*)(const UpdateRange<T>& at, Numbers numbers);

  Rule<MomentumNumbers<T>> sgd;                       // none
  Rule<MomentumNumbers<T>> velocity;                  // a, which contains the rate
  Rule<MomentumNumbers<T>> nesterov_velocity;         // the same
  Rule<MomentumNumbers<T>> momentum;                  // a, which does not
  Rule<MomentumNumbers<T>> nesterov_momentum;         // the same
  Rule<AdamNumbers<T>> adam;                          // m, v
  Rule<AdamNumbers<T>> amsgrad;                       // m, v, largest v
  Rule<AdamaxNumbers<T>> adamax;                      // m, v
  Rule<NadamNumbers<T>> nadam;                        // m, v
  Rule<RMSpropNumbers<T>> rmsprop;                    // rms
  Rule<RMSpropNumbers<T>> centered_rmsprop;           // rms, mean gradient
  Rule<RMSpropNumbers<T>> momentum_rmsprop;           // rms, a
  Rule<RMSpropNumbers<T>> centered_momentum_rmsprop;  // rms, a, mean gradient
  Rule<AdagradNumbers<T>> adagrad;                    // accumulator
  Rule<AdadeltaNumbers<T>> adadelta;                  // mean squares of gradient and of change
  Rule<FtrlNumbers<T>> ftrl;                          // accumulator, linear
  /// w *= factor
  void (*scale)(T* w, T factor, Index n);
};

struct UpdateRulesTables {
  UpdateRules<float> of_float;
  UpdateRules<double> of_double;
};

const UpdateRulesTables& update_rules_tables(sse2::Set);
const UpdateRulesTables& update_rules_tables(avx2::Set);
const UpdateRulesTables& update_rules_tables(avx512::Set);

/// The kernels for this CPU.
template <class T>
const UpdateRules<T>& update_rules() {
  static const UpdateRulesTables& chosen =
      for_this_cpu([](auto set) -> const UpdateRulesTables& { return update_rules_tables(set); });
  if constexpr (std::is_same_v<T, float>)
    return chosen.of_float;
  else
    return chosen.of_double;
}

}  // namespace reel::kernels
