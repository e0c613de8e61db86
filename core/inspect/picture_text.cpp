// How pixels become characters: two rows of pixels a line in colours, one in plain text.
//
// A half block paints the upper pixel in the foreground and the lower one in the background.
// Read before: picture_text.h.
#include <reel/core/inspect/picture_text.h>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace reel {
namespace {

// A picture of one, or three, numbers a pixel.
struct Plane {
  Index rows, columns;
  std::vector<double> numbers;
  int channels;
  double at(Index row, Index column, int channel = 0) const {
    return numbers[static_cast<std::size_t>((row * columns + column) * channels + channel)];
  }
};

void check_rank(const Shape& shape, PictureLayout layout) {
  const bool kernel = layout == PictureLayout::kernel;
  if (kernel ? shape.rank() != 4 : shape.rank() < 2 || shape.rank() > 4)
    throw ValueError("picture_text: {} must have rank {}; got shape {}",
                     kernel ? "a kernel" : "an image", kernel ? "4" : "2, 3 or 4", shape);
}

struct Planes {
  std::vector<Plane> shown;
  Index count;  // of all
};

// The first planes of x: element (outer, row, column, inner) of each (outer, inner), or of each
// outer with three numbers a pixel.
Planes planes_of(const Tensor& x, PictureLayout layout, Index most) {
  const Shape& shape = x.shape();
  const int rank = shape.rank();
  const bool kernel = layout == PictureLayout::kernel;
  const Index outer = !kernel && rank == 4 ? shape[0] : 1;
  const int first = !kernel && rank == 4 ? 1 : 0;
  const Index rows = shape[first], columns = shape[first + 1];
  Index inner = 1;
  for (int axis = first + 2; axis < rank; ++axis) inner *= shape[axis];
  const int channels = !kernel && inner == 3 ? 3 : 1;
  const Index of_outer = inner / channels;
  Planes planes{{}, outer * of_outer};
  dispatch(x.dtype(), [&](auto zero) {
    const auto* const values = x.data<decltype(zero)>();
    for (Index i = 0; i < std::min(planes.count, most); ++i) {
      const Index n = i / of_outer, k = i % of_outer;
      Plane plane{rows, columns, {}, channels};
      for (Index pixel = 0; pixel < rows * columns; ++pixel)
        for (int c = 0; c < channels; ++c)
          plane.numbers.push_back(values[(n * rows * columns + pixel) * inner + k + c]);
      planes.shown.push_back(std::move(plane));
    }
  });
  return planes;
}

struct Scale {
  double largest = 0;
  bool is_signed = false;

  explicit Scale(const std::vector<Plane>& planes) {
    for (const Plane& plane : planes)
      for (const double x : plane.numbers) {
        if (std::isfinite(x)) largest = std::max(largest, std::abs(x));
        is_signed = is_signed || x < 0;
      }
  }
  // In [-1, 1]; an infinity is beyond all others.
  double of(double x) const {
    return largest > 0     ? std::clamp(x / largest, -1.0, 1.0)
           : std::isinf(x) ? std::copysign(1, x)
                           : 0;
  }
};

using Colour = std::array<int, 3>;

Colour colour(const Plane& plane, Index row, Index column, const Scale& scale) {
  const auto byte = [](double share) { return static_cast<int>(std::lround(255 * share)); };
  constexpr Colour no_number{255, 0, 255};
  if (plane.channels == 3) {
    Colour rgb{};
    for (int c = 0; c < 3; ++c) {
      const double x = plane.at(row, column, c);
      if (std::isnan(x)) return no_number;
      rgb[static_cast<std::size_t>(c)] = byte(std::max(0.0, scale.of(x)));
    }
    return rgb;
  }
  const double x = plane.at(row, column);
  if (std::isnan(x)) return no_number;
  const double share = scale.of(x);
  if (!scale.is_signed) return {byte(share), byte(share), byte(share)};
  const int rest = byte(1 - std::abs(share));
  return share < 0 ? Colour{rest, rest, 255} : Colour{255, rest, rest};
}

std::string plain(const Plane& plane, Index row, Index column, const Scale& scale) {
  double x = plane.at(row, column);
  if (plane.channels == 3) x = (x + plane.at(row, column, 1) + plane.at(row, column, 2)) / 3;
  if (std::isnan(x)) return "??";
  const double share = scale.of(x);
  if (scale.is_signed) return fmt::format("{:>2}", std::lround(9 * share));
  constexpr std::string_view shades = " .:-=+*#%@";
  return std::string(2, shades[static_cast<std::size_t>(std::lround(9 * share))]);
}

std::string in_colours(const Plane& plane, Index row, const Scale& scale) {
  std::string line;
  for (Index column = 0; column < plane.columns; ++column) {
    const auto [r, g, b] = colour(plane, row, column, scale);
    line += fmt::format("\x1b[38;2;{};{};{}m", r, g, b);
    if (row + 1 < plane.rows) {
      const auto [under_r, under_g, under_b] = colour(plane, row + 1, column, scale);
      line += fmt::format("\x1b[48;2;{};{};{}m", under_r, under_g, under_b);
    }
    line += "\u2580\x1b[0m";
  }
  return line;
}

}  // namespace

std::string picture_text(const Tensor& x, const PictureTextOptions& options) {
  if (options.columns < 2 || options.planes < 1)
    throw ValueError("picture_text: columns must be >= 2 and planes >= 1; got {} and {}",
                     options.columns, options.planes);
  check_rank(x.shape(), options.layout);
  if (x.size() == 0) return fmt::format("nothing in {}\n", x.shape());
  const auto [planes, count] = planes_of(x, options.layout, options.planes);
  const bool colours = options.colours == PictureColours::always ||
                       (options.colours == PictureColours::automatic && isatty(STDOUT_FILENO) == 1);
  const Scale scale(planes);
  const Index width = planes[0].columns * (colours ? 1 : 2) + 1;
  const auto beside =
      static_cast<std::size_t>(std::max<Index>(1, (Index{options.columns} + 1) / width));
  std::string text;
  for (std::size_t first = 0; first < planes.size(); first += beside) {
    if (first > 0) text += '\n';
    const std::size_t end = std::min(planes.size(), first + beside);
    for (Index row = 0; row < planes[0].rows; row += colours ? 2 : 1) {
      for (std::size_t i = first; i < end; ++i) {
        if (i > first) text += ' ';
        if (colours)
          text += in_colours(planes[i], row, scale);
        else
          for (Index column = 0; column < planes[i].columns; ++column)
            text += plain(planes[i], row, column, scale);
      }
      text += '\n';
    }
  }
  if (const auto shown = static_cast<Index>(planes.size()); count > shown)
    text += fmt::format("... and {} more\n", count - shown);
  return text;
}

}  // namespace reel
