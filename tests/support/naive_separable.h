// A separable convolution as its definition says, and the op beside it.
//
// Composed of two of the naive convolutions in naive_convolution.h, with the bias, relu and their
// gradients written down anew. Read before: naive_convolution.h.
#pragma once

#include <reel/core/ops/separable_convolution.h>
#include <reel/core/tape.h>

#include "naive_convolution.h"

namespace naive {

// A separable convolution, and what the definition says about it.
struct Separable {
  Convolution depthwise, pointwise;
  bool bias = true, relu = false;

  Separable(const Convolution& first, Index filters, bool bias, bool relu)
      : depthwise(first), bias(bias), relu(relu) {
    depthwise.depthwise = true;
    pointwise = {.batch = first.batch,
                 .rows = first.output_rows(),
                 .columns = first.output_columns(),
                 .channels = depthwise.output_channels(),
                 .filters = filters,
                 .channels_first = first.channels_first};
  }

  reel::Shape y_shape() const { return pointwise.y_shape(); }
  std::string str() const {
    return fmt::format("{} -> {} filters{}{}", depthwise.str(), pointwise.filters,
                       bias ? ", bias" : "", relu ? ", relu" : "");
  }

  // The channel of a position in y.
  Index channel(Index i) const {
    const Index inner =
        pointwise.channels_first ? pointwise.output_rows() * pointwise.output_columns() : 1;
    return i / inner % pointwise.filters;
  }

  Values forward(const Values& x, const Values& d, const Values& p, const Values& b) const {
    Values y = pointwise.forward(depthwise.forward(x, d), p);
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (bias) y[i] += b[static_cast<std::size_t>(channel(static_cast<Index>(i)))];
      if (relu) y[i] = std::max(y[i], 0.0);
    }
    return y;
  }

  // Gradients of x, d, p, b.
  std::vector<Values> backward(const Values& x, const Values& d, const Values& p, const Values& y,
                               Values dy) const {
    Values db(static_cast<std::size_t>(pointwise.filters));
    for (std::size_t i = 0; i < dy.size(); ++i) {
      if (relu && y[i] <= 0) dy[i] = 0;
      db[static_cast<std::size_t>(channel(static_cast<Index>(i)))] += dy[i];
    }
    const Values middle = depthwise.forward(x, d);
    const Values dmiddle = pointwise.input_gradient(p, dy);
    return {depthwise.input_gradient(d, dmiddle), depthwise.filter_gradient(x, dmiddle),
            pointwise.filter_gradient(middle, dy), db};
  }
};

struct Arguments {
  reel::Tensor x, d, p, b, dy;
};

inline reel::Tensor cast_to(const reel::Tensor& x, reel::DType dtype) {
  if (!x.defined() || dtype == reel::float64) return x;
  const auto values = x.to_vector();
  return {std::vector<float>(values.begin(), values.end()), x.shape()};
}

inline Arguments arguments_of(const Separable& s, Generator& generator, reel::DType dtype) {
  const auto make = [&](const reel::Shape& shape) {
    return cast_to(generator.tensor(shape), dtype);
  };
  Arguments a;
  a.x = make(s.depthwise.x_shape());
  a.d = make(s.depthwise.w_shape());
  a.p = make(s.pointwise.w_shape());
  if (s.bias) a.b = make({s.pointwise.filters});
  a.dy = make(s.y_shape());
  return a;
}

struct Results {
  reel::Tensor y;
  std::vector<reel::Tensor> gradients;  // of x, d, p and, if there is one, b
};

inline Results compute(const Separable& s, const Arguments& a) {
  reel::Tape tape;
  std::vector<reel::Tensor> sources{a.x, a.d, a.p};
  if (s.bias) sources.push_back(a.b);
  for (const reel::Tensor& source : sources) tape.watch(source);
  const reel::Tensor y =
      separable_conv2d(a.x, a.d, a.p, a.b, s.depthwise.options(),
                       s.relu ? reel::FusedActivation::relu : reel::FusedActivation::none);
  return {y, tape.gradient(y, sources, {.output_gradients = {a.dy}})};
}

// The largest difference of y and of all gradients to the definition.
inline double difference(const Separable& s, const Arguments& a, const Results& results) {
  const auto x = a.x.to_vector(), d = a.d.to_vector(), p = a.p.to_vector();
  const auto b = a.b.defined() ? a.b.to_vector() : Values();
  const auto y = s.forward(x, d, p, b);
  const auto gradients = s.backward(x, d, p, results.y.to_vector(), a.dy.to_vector());
  double worst = difference(results.y, y);
  for (std::size_t i = 0; i < results.gradients.size(); ++i)
    worst = std::max(worst, difference(results.gradients[i], gradients[i]));
  return worst;
}

inline Separable random_separable(Generator& generator) {
  return {generator.convolution(true), generator.number(1, 5), generator.number(0, 2) > 0,
          generator.number(0, 1) == 1};
}

}  // namespace naive
