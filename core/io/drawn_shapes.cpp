#include <reel/core/io/drawn_shapes.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <reel/core/ops/random.h>
#include <reel/core/runtime/checked_index.h>
#include <reel/core/runtime/parallel.h>

namespace reel {
namespace {

constexpr Index side = 28;
constexpr Index pixels = side * side;
constexpr double pi = std::numbers::pi;

struct Point {
  double x, y;
};
using Line = std::vector<Point>;

// --- the figures, within the circle of radius 1 around the origin, y downwards ------------------

Line arc(double x, double y, double radius, double from, double to, int steps) {
  Line line;
  for (int i = 0; i <= steps; ++i) {
    const double angle = from + (to - from) * i / steps;
    line.push_back({x + radius * std::cos(angle), y + radius * std::sin(angle)});
  }
  return line;
}

// Corners on the unit circle, joined in steps of `skip`, closed; the first points upwards.
Line star(int corners, int skip) {
  Line line;
  for (int i = 0; i <= corners; ++i) {
    const double angle = 2 * pi * (i * skip % corners) / corners - pi / 2;
    line.push_back({std::cos(angle), std::sin(angle)});
  }
  return line;
}

Line spiral() {
  Line line;
  for (int i = 0; i <= 36; ++i) {
    const double t = i / 36.0;
    line.push_back({t * std::cos(4.2 * pi * t), t * std::sin(4.2 * pi * t)});
  }
  return line;
}

Line wave() {
  Line line;
  for (int i = 0; i <= 24; ++i) {
    const double t = i / 12.0 - 1;
    line.push_back({t, -0.45 * std::sin(2 * pi * t)});
  }
  return line;
}

Line heart() {
  Line line = arc(-0.45, -0.35, 0.47, pi * 0.75, pi * 2, 12);
  const Line right = arc(0.45, -0.35, 0.47, pi, pi * 2.25, 12);
  line.insert(line.end(), right.begin(), right.end());
  line.push_back({0, 0.95});
  line.push_back(line.front());
  return line;
}

struct Figure {
  const char* name;
  std::vector<Line> lines;
};

const std::array<Figure, 10>& figures() {
  static const auto& all = *new const std::array<Figure, 10>{{
      {"circle", {arc(0, 0, 0.95, 0, 2 * pi, 32)}},
      {"triangle", {star(3, 1)}},
      {"square", {{{-0.8, -0.8}, {0.8, -0.8}, {0.8, 0.8}, {-0.8, 0.8}, {-0.8, -0.8}}}},
      {"star", {star(5, 2)}},
      {"plus", {{{0, -1}, {0, 1}}, {{-1, 0}, {1, 0}}}},
      {"cross", {{{-0.75, -0.75}, {0.75, 0.75}}, {{-0.75, 0.75}, {0.75, -0.75}}}},
      {"arrow", {{{-1, 0}, {1, 0}}, {{0.35, -0.6}, {1, 0}, {0.35, 0.6}}}},
      {"heart", {heart()}},
      {"spiral", {spiral()}},
      {"wave", {wave()}},
  }};
  return all;
}

// --- one image ---------------------------------------------------------------------------------

// The random numbers of one image: the first for its look, one for each pixel's noise.
constexpr Index look_words = 16;
constexpr Index words_per_image = look_words + pixels;
using Words = std::array<std::uint32_t, words_per_image>;

class Look {
 public:
  explicit Look(const Words& words) : words_(words) {}
  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(words_[next_++]) * 0x1p-32;
  }

 private:
  const Words& words_;
  std::size_t next_ = 0;
};

// From the figure's unit circle to pixels.
struct Map {
  double xx, xy, yx, yy, x, y;
  Point operator()(Point p) const { return {xx * p.x + xy * p.y + x, yx * p.x + yy * p.y + y}; }
};

Map random_map(Look& look) {
  const double size = look.between(6.0, 10.5);
  const double angle = look.between(-0.35, 0.35);
  const double stretch = look.between(0.8, 1.25);
  const double shear = look.between(-0.25, 0.25);
  const double room = std::max(0.0, side / 2.0 - 1.5 - size);
  const double x = side / 2.0 + look.between(-room, room);
  const double y = side / 2.0 + look.between(-room, room);
  const double c = std::cos(angle) * size, s = std::sin(angle) * size;
  const double wide = std::sqrt(stretch), high = 1 / wide;
  return {c * wide, (c * shear - s) * high, s * wide, (s * shear + c) * high, x, y};
}

using Canvas = std::array<double, pixels>;

// Lowers each pixel to the squared distance of its centre from the segment, within `reach` of it.
void draw_segment(Canvas& squared, Point a, Point b, double reach) {
  const auto first = [&](double v) {
    return std::max<Index>(0, static_cast<Index>(std::floor(v - reach)));
  };
  const auto last = [&](double v) {
    return std::min<Index>(side, static_cast<Index>(std::floor(v + reach)) + 1);
  };
  const double dx = b.x - a.x, dy = b.y - a.y;
  const double length = std::max(1e-12, dx * dx + dy * dy);
  for (Index row = first(std::min(a.y, b.y)); row < last(std::max(a.y, b.y)); ++row)
    for (Index column = first(std::min(a.x, b.x)); column < last(std::max(a.x, b.x)); ++column) {
      const double px = static_cast<double>(column) + 0.5 - a.x;
      const double py = static_cast<double>(row) + 0.5 - a.y;
      const double along = std::clamp((px * dx + py * dy) / length, 0.0, 1.0);
      const double qx = px - along * dx, qy = py - along * dy;
      double& pixel = squared[static_cast<std::size_t>(row * side + column)];
      pixel = std::min(pixel, qx * qx + qy * qy);
    }
}

void draw(const Figure& figure, const Words& words, std::uint8_t* image) {
  Look look(words);
  const Map map = random_map(look);
  const double half_width = look.between(0.6, 1.5);
  const double paper = look.between(0.0, 0.3), ink = look.between(0.6, 1.0);
  const double noise = look.between(0.02, 0.12);

  Canvas squared;
  squared.fill(1e9);
  for (const Line& line : figure.lines)
    for (std::size_t i = 1; i < line.size(); ++i)
      draw_segment(squared, map(line[i - 1]), map(line[i]), half_width + 1);
  for (std::size_t i = 0; i < pixels; ++i) {
    // A pixel is covered as far as the stroke's edge reaches into it.
    const double cover = std::clamp(half_width + 0.5 - std::sqrt(squared[i]), 0.0, 1.0);
    // Four random bytes added are nearly normal; their deviation is 147.8.
    const std::uint32_t w = words[look_words + i];
    const double sum = (w & 255) + (w >> 8 & 255) + (w >> 16 & 255) + (w >> 24);
    const double value = paper + (ink - paper) * cover + noise * (sum - 510) / 147.8;
    image[i] = static_cast<std::uint8_t>(std::lround(255 * std::clamp(value, 0.0, 1.0)));
  }
}

// The sets of one seed draw from streams of their own ("drawn", then which set).
constexpr std::uint64_t train_stream = 0x647261776e30, test_stream = 0x647261776e31;

Dataset draw_set(const char* name, Index count, const RandomKey& key) {
  DatasetContents contents{.name = name, .image_shape = {side, side, 1}};
  for (const Figure& figure : figures()) contents.class_names.emplace_back(figure.name);
  contents.images.resize(
      static_cast<std::size_t>(detail::checked_product("drawn_shapes", count, pixels)));
  contents.labels.resize(static_cast<std::size_t>(count));
  parallel_for((count + 63) / 64, [&](Index tile) {
    for (Index i = tile * 64; i < std::min(count, (tile + 1) * 64); ++i) {
      Words words;
      detail::random_words(key, static_cast<std::uint64_t>(i * words_per_image / 4),
                           words_per_image, words.data());
      const auto label = static_cast<std::size_t>(i % 10);
      contents.labels[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(label);
      draw(figures()[label], words, contents.images.data() + i * pixels);
    }
  });
  return Dataset(std::move(contents));
}

}  // namespace

DataSplit drawn_shapes(const DrawnShapesOptions& options) {
  if (options.train < 1 || options.test < 1)
    throw ValueError("drawn_shapes: train and test must be >= 1; got {} and {}", options.train,
                     options.test);
  return {draw_set("drawn_shapes/train", options.train, {options.seed, train_stream, 0}),
          draw_set("drawn_shapes/test", options.test, {options.seed, test_stream, 0})};
}

}  // namespace reel
