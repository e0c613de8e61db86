// A ready tensor as an initializer.
#include <reel/layers/functions/weight_functions.h>

#include <reel/core/ops/elementwise.h>
#include <reel/core/tape.h>

namespace reel {

Initializer::Initializer(const Tensor& value)
    : NamedFunction(
          "constant", {{"value", value.to_vector()}}, [value](const Shape& shape, DType dtype) {
            if (shape != value.shape())
              throw ValueError("constant: the value must have the weight's shape {}; got {}", shape,
                               value.shape());
            const PauseRecording pause;
            return cast(value, dtype);
          }) {}

}  // namespace reel
