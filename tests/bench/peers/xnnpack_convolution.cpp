// XNNPACK's side of the race: inference on channels-last tensors, relu as the bound of the result.
//
// Its operators pack their weights when they are made, which is not timed: they serve inference.
// Read before: contestant.h.
#include <pthreadpool.h>
#include <xnnpack.h>

#include <limits>
#include <memory>

#include "../contestant.h"

namespace {

using Numbers = std::shared_ptr<std::vector<float>>;

void check(xnn_status status, const char* what) {
  if (status != xnn_status_success)
    throw std::runtime_error(std::string("XNNPACK cannot ") + what + ": status " +
                             std::to_string(status));
}

/// With the few numbers behind the last one that XNNPACK may read.
Numbers numbers(std::int64_t count) {
  const auto values = std::make_shared<std::vector<float>>(static_cast<std::size_t>(count) +
                                                           XNN_EXTRA_BYTES / sizeof(float));
  for (std::size_t i = 0; i < values->size(); ++i)
    (*values)[i] = static_cast<float>(i * 7919 % 1009) / 504.5f - 1.0f;
  return values;
}

/// A convolution of `w`'s batch; the last one of a row has a bias and relu.
struct Convolution {
  std::int64_t rows, columns, channels, filters, kernel_rows, kernel_columns, stride, dilation;
  std::int64_t groups;
  bool is_last;
};

std::function<void()> convolution(const Convolution& c, std::int64_t batch, const Numbers& x,
                                  const Numbers& y, pthreadpool_t pool) {
  const auto of = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
  const auto size = [](std::int64_t value) { return static_cast<std::size_t>(value); };
  const Numbers kernel =
      numbers(c.filters * (c.channels / c.groups) * c.kernel_rows * c.kernel_columns);
  const Numbers bias = numbers(c.filters);
  constexpr float infinity = std::numeric_limits<float>::infinity();
  xnn_operator_t made = nullptr;
  check(xnn_create_convolution2d_nhwc_f32(
            0, 0, 0, 0, of(c.kernel_rows), of(c.kernel_columns), of(c.stride), of(c.stride),
            of(c.dilation), of(c.dilation), of(c.groups), size(c.channels / c.groups),
            size(c.filters / c.groups), size(c.channels), size(c.filters), kernel->data(),
            c.is_last ? bias->data() : nullptr, c.is_last ? 0 : -infinity, infinity,
            XNN_FLAG_TENSORFLOW_SAME_PADDING, &made),
        "make the convolution");
  check(xnn_setup_convolution2d_nhwc_f32(made, size(batch), size(c.rows), size(c.columns),
                                         x->data(), y->data(), pool),
        "prepare the convolution");
  return [made, pool, x, y] { check(xnn_run_operator(made, pool), "run the convolution"); };
}

std::function<void()> xnnpack_work(const Workload& w) {
  if (w.training || w.channels_first || w.float64)
    throw std::runtime_error("XNNPACK has inference in float32 on channels-last tensors only");
  check(xnn_initialize(nullptr), "start");
  const pthreadpool_t pool =
      w.threads > 1 ? pthreadpool_create(static_cast<std::size_t>(w.threads)) : nullptr;
  const bool separable = w.kind == Kind::separable;
  const std::int64_t between = separable ? w.depth() : w.filters;
  const Numbers x = numbers(w.batch * w.rows * w.columns * w.channels);
  const Numbers t = numbers(w.batch * w.out_rows() * w.out_columns() * between);
  const std::function<void()> first =
      convolution({w.rows, w.columns, w.channels, between, w.kernel_rows, w.kernel_columns,
                   w.stride, w.dilation, w.kind == Kind::dense ? w.groups : w.channels, !separable},
                  w.batch, x, t, pool);
  if (!separable) return first;
  const Numbers y = numbers(w.batch * w.out_rows() * w.out_columns() * w.filters);
  const std::function<void()> second =
      convolution({w.out_rows(), w.out_columns(), between, w.filters, 1, 1, 1, 1, 1, true}, w.batch,
                  t, y, pool);
  return [first, second] {
    first();
    second();
  };
}

}  // namespace

int main(int argc, char** argv) { return contestant_main(argc, argv, xnnpack_work); }
