// Where the points of each set lie, before the noise.
//
// Read before: generated_sets.h, random.h.
#include <reel/core/io/generated_sets.h>

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <reel/core/ops/random.h>

namespace reel {
namespace {

constexpr double pi = std::numbers::pi;
// Keep the sets' places and their noise apart from all other random numbers of the same seed.
constexpr std::uint64_t place_stream = 0x706c616365, noise_stream = 0x6e6f697365;

struct Point {
  double x, y;
};

void check(const char* set, Index count, double noise, int classes = 2) {
  if (count < 1) throw ValueError("{}: count must be >= 1; got {}", set, count);
  if (!(noise >= 0) || !std::isfinite(noise))
    throw ValueError("{}: noise must be finite and >= 0; got {}", set, noise);
  if (classes < 1) throw ValueError("{}: classes must be >= 1; got {}", set, classes);
}

Tensor noise_of(double deviation, const Shape& shape, std::uint64_t seed) {
  return normal(shape, 0.0, deviation, float64, {seed, noise_stream, 0});
}

// point(class, u, v) -> Point for each sample, u and v evenly spread over [0, 1); the class may be
// changed by it.
template <class Options, class PointOf>
Dataset points(const char* name, const Options& options, int classes, const PointOf& point) {
  check(name, options.count, options.noise, classes);
  const Tensor places = uniform({options.count, 2}, 0, 1, float64, {options.seed, place_stream, 0});
  const Tensor noise = noise_of(options.noise, {options.count, 2}, options.seed);
  DatasetContents contents{.name = name};
  for (int c = 0; c < classes; ++c) contents.class_names.push_back(fmt::to_string(c));
  contents.features = Tensor::empty({options.count, 2}, float32);
  float* const features = writable<float>(contents.features);
  for (Index i = 0; i < options.count; ++i) {
    auto label = static_cast<std::int32_t>(i % classes);
    const double* const uv = places.data<double>() + 2 * i;
    const double* const e = noise.data<double>() + 2 * i;
    const Point p = point(label, uv[0], uv[1]);
    features[2 * i] = static_cast<float>(p.x + e[0]);
    features[2 * i + 1] = static_cast<float>(p.y + e[1]);
    contents.labels.push_back(label);
  }
  return Dataset(std::move(contents));
}

}  // namespace

Dataset moons(const GeneratedOptions& options) {
  return points("moons", options, 2, [](std::int32_t label, double u, double) {
    const double x = std::cos(pi * u), y = std::sin(pi * u);
    return label == 0 ? Point{x, y} : Point{1 - x, 0.5 - y};
  });
}

Dataset circles(const GeneratedOptions& options) {
  return points("circles", options, 2, [](std::int32_t label, double u, double) {
    const double radius = label == 0 ? 1.0 : 0.5;
    return Point{radius * std::cos(2 * pi * u), radius * std::sin(2 * pi * u)};
  });
}

Dataset spirals(const SpiralsOptions& options) {
  if (!std::isfinite(options.turns))
    throw ValueError("spirals: turns must be finite; got {}", options.turns);
  return points("spirals", options, options.classes, [&](std::int32_t label, double u, double) {
    const double angle =
        2 * pi * (static_cast<double>(label) / options.classes + options.turns * u);
    return Point{u * std::cos(angle), u * std::sin(angle)};
  });
}

Dataset blobs(const BlobsOptions& options) {
  return points("blobs", options, options.classes, [&](std::int32_t label, double, double) {
    const double angle = 2 * pi * static_cast<double>(label) / options.classes;
    return Point{2 * std::cos(angle), 2 * std::sin(angle)};
  });
}

// Classes take turns: u is in the right or left half, v in the half that the class then asks for.
Dataset exclusive_or(const GeneratedOptions& options) {
  return points("exclusive_or", options, 2, [](std::int32_t label, double u, double v) {
    const double x = 2 * u - 1;
    return Point{x, (x > 0) == (label == 1) ? -v : v};
  });
}

Dataset noisy_sine(const GeneratedOptions& options) {
  check("noisy_sine", options.count, options.noise);
  const Shape shape{options.count, 1};
  const Tensor x = uniform(shape, -pi, pi, float64, {options.seed, place_stream, 0});
  const Tensor noise = noise_of(options.noise, shape, options.seed);
  DatasetContents contents{.name = "noisy_sine"};
  contents.features = Tensor::empty(shape, float32);
  contents.targets = Tensor::empty(shape, float32);
  float* const features = writable<float>(contents.features);
  float* const targets = writable<float>(contents.targets);
  for (Index i = 0; i < options.count; ++i) {
    features[i] = static_cast<float>(x.data<double>()[i]);
    targets[i] = static_cast<float>(std::sin(x.data<double>()[i]) + noise.data<double>()[i]);
  }
  return Dataset(std::move(contents));
}

}  // namespace reel
