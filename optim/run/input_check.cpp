#include <reel/optim/run/input_check.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <reel/layers/batch_normalization.h>
#include <reel/layers/embedding.h>
#include <reel/layers/layer_normalization.h>

namespace reel::detail {
namespace {

constexpr double large = 10, small = 0.01, apart = 1000;

bool takes_any_size(const Layer& layer) {
  return dynamic_cast<const Embedding*>(&layer) ||
         dynamic_cast<const BatchNormalization*>(&layer) ||
         dynamic_cast<const LayerNormalization*>(&layer);
}

}  // namespace

void InputCheck::see(const Layer& layer, const Tensor& x) {
  if (is_seen_ || !layer.children().empty() || layer.variables().empty()) return;
  is_seen_ = true;
  path_ = layer.path();
  is_exempt_ = takes_any_size(layer);
  if (!is_exempt_ && x.rank() >= 2 && x.size() > 0) add(x);
}

void InputCheck::add(const Tensor& x) {
  const Index size = x.shape()[-1];
  if (static_cast<Index>(features_.size()) != size) {
    features_.assign(static_cast<std::size_t>(size), {});
    count_ = 0;
  }
  if (count_ > 100000) return;  // enough is known
  is_table_ = x.rank() == 2;
  count_ += x.size() / size;
  dispatch(x.dtype(), [&](auto zero) {
    std::size_t feature = 0;
    for (const auto number : x.span<const decltype(zero)>()) {
      const double value = number;
      Sums& sums = features_[feature];
      sums.sum += value;
      sums.squares += value * value;
      sums.sizes += std::abs(value);
      sums.zeros += value == 0;
      if (++feature == features_.size()) feature = 0;
    }
  });
}

std::string InputCheck::finding(Index enough) const {
  constexpr Index enough_to_compare = 96;
  if (is_exempt_ || features_.empty() || count_ < enough) return {};
  const auto n = static_cast<double>(count_);
  const auto deviation = [&](const Sums& s) {
    return std::sqrt(std::max(0.0, s.squares / n - s.sum / n * (s.sum / n)));
  };
  const auto text = [&](const Sums& s) {
    return fmt::format("feature {} has mean {:.3g} and deviation {:.3g}", &s - features_.data(),
                       s.sum / n, deviation(s));
  };
  const auto by_size = [](const Sums& a, const Sums& b) { return a.sizes < b.sizes; };
  const auto by_deviation = [&](const Sums& a, const Sums& b) {
    return deviation(a) < deviation(b);
  };
  const Sums& largest = *std::max_element(features_.begin(), features_.end(), by_size);
  const Sums& widest = *std::max_element(features_.begin(), features_.end(), by_deviation);
  const auto is_large = [&](const Sums& s) { return s.sizes / n > large; };
  const char* const advice =
      "divide pixels by 255, or give the data through map(Standardization(train))";
  if (is_large(largest))
    return fmt::format("inputs not scaled: {} of {} features that {} gets lie far above 1, {}; {}",
                       std::count_if(features_.begin(), features_.end(), is_large),
                       features_.size(), path_, text(largest), advice);
  if (const double most = deviation(widest); most > 0 && most < small && largest.sizes / n < small)
    return fmt::format("inputs not scaled: all features that {} gets lie far below 1, {}; {}",
                       path_, text(widest), advice);
  if (!is_table_ || count_ < enough_to_compare) return {};
  for (const Sums& s : features_)
    if (const double width = deviation(s);
        width > 0 && width * apart < deviation(widest) && 2 * s.zeros < count_)
      return fmt::format(
          "inputs not scaled: the features that {} gets are of different sizes, {}, {}; {}", path_,
          text(widest), text(s), "give the data through map(Standardization(train))");
  return {};
}

}  // namespace reel::detail
