// Where the parts of a batch sum their gradients of kernels and bias.
//
// Each part has sums of its own, which are added at the end, in order: the same bits for any number
// of threads. The first part's sums are the results themselves. Read before: lowering.h. Read next:
// lowered_backward.cpp.
#pragma once

#include <reel/core/kernels/convolution/epilogue.h>
#include <reel/core/kernels/convolution/lowering.h>
#include <reel/core/runtime/parallel.h>

namespace reel::kernels {

template <class T>
class PartialSums {
 public:
  PartialSums(const LoweredGradients<T>& results, Index parameters, Index matrix, Index bias,
              Index parts)
      : results_(results),
        parameters_(results.parameters ? parameters : 0),
        matrix_(results.matrix ? matrix : 0),
        bias_(results.bias ? bias : 0),
        parts_(parts),
        scratch_((parts - 1) * size()) {}

  /// Where a part sums to.
  LoweredGradients<T> of(Index part) {
    if (part == 0) return results_;
    T* const parameters = scratch_.data() + (part - 1) * size();
    T* const matrix = parameters + parameters_;
    T* const bias = matrix + matrix_;
    return {results_.x, parameters_ ? parameters : nullptr, matrix_ ? matrix : nullptr,
            bias_ ? bias : nullptr};
  }

  /// Not the matrix: a product begins it.
  void clear(const LoweredGradients<T>& sums) const {
    std::fill_n(sums.parameters, parameters_, T(0));
    std::fill_n(sums.bias, bias_, T(0));
  }

  /// The results, once all parts are done.
  void add_up() {
    if (parts_ == 1) return;
    const LoweredGradients<T> second = of(1);
    add(second.parameters, parameters_, results_.parameters);
    add(second.matrix, matrix_, results_.matrix);
    add(second.bias, bias_, results_.bias);
  }

 private:
  Index size() const { return parameters_ + matrix_ + bias_; }

  void add(const T* second, Index count, T* sum) {
    const Cut pieces{count, ceil_div(count, 1 << 15)};
    parallel_for(pieces.parts, [&](Index piece) {
      const Range range = pieces[piece];
      epilogue<T>().add_columns({second + range.begin, parts_ - 1, range.size(), size()},
                                sum + range.begin);
    });
  }

  const LoweredGradients<T> results_;
  const Index parameters_, matrix_, bias_, parts_;
  Scratch<T> scratch_;
};

}  // namespace reel::kernels
