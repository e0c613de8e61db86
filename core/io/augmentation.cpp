// How an image is changed: twelve random words, then pixels that are copied or interpolated.
//
// A pixel (r, c) of the result comes from c0 + f R (p - c1 - d): p is its centre, c1 the image's,
// d the shift, R a rotation, f the part that is cut out and c0 the centre of that part; then left
// and right may change places. Read before: augmentation.h, random.h.
#include <reel/core/io/augmentation.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <reel/core/error.h>
#include <reel/core/ops/random.h>
#include <reel/core/runtime/memory.h>

namespace reel::detail {
namespace {

// Keeps augmentations apart from all other random numbers of the same seed.
constexpr std::uint64_t augment_stream = 0x6175676d656e74;  // "augment"
constexpr Index words_per_image = 12;

// The random numbers of one image, each in a place of its own: so none depends on which are used.
class Dice {
 public:
  enum Use { flip, down, right, turn, part, part_top, part_left, side, side_top, side_left };

  Dice(std::uint64_t seed, std::uint64_t epoch, std::int32_t position) {
    random_words({seed, augment_stream, epoch},
                 static_cast<std::uint64_t>(position) * (words_per_image / 4), words_per_image,
                 words_.data());
  }
  double between(Use use, double low, double high) const {
    return low + (high - low) * (words_[use] * 0x1p-32);
  }
  /// In [low, high], both included.
  Index among(Use use, Index low, Index high) const {
    return low + static_cast<Index>(between(use, 0, static_cast<double>(high - low + 1)));
  }

 private:
  std::array<std::uint32_t, words_per_image> words_;
};

template <class T>
struct Pixels {
  const T* values;
  Index height, width, channels;

  T at(Index row, Index column, Index channel) const {
    const bool inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? values[(row * width + column) * channels + channel] : T(0);
  }
};

// Writes all channels of the place (row, column) to y: the four pixels around it, whose centres lie
// at halves, with weights between 0 and 1.
template <class T>
void interpolate(const Pixels<T>& x, double row, double column, T* y) {
  const double top = std::floor(row - 0.5), left = std::floor(column - 0.5);
  const auto v = static_cast<T>(row - 0.5 - top), u = static_cast<T>(column - 0.5 - left);
  const auto r = static_cast<Index>(top), c = static_cast<Index>(left);
  const auto mix = [&](T a, T b, T below_a, T below_b) {
    return (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * below_a + u * below_b);
  };
  const bool inside = r >= 0 && r + 1 < x.height && c >= 0 && c + 1 < x.width;
  const T* const a = inside ? x.values + (r * x.width + c) * x.channels : nullptr;
  const Index below = x.width * x.channels;
  for (Index k = 0; k < x.channels; ++k)
    y[k] = inside ? mix(a[k], a[k + x.channels], a[k + below], a[k + below + x.channels])
                  : mix(x.at(r, c, k), x.at(r, c + 1, k), x.at(r + 1, c, k), x.at(r + 1, c + 1, k));
}

template <class T>
void copy_moved(const Pixels<T>& x, bool flip, Index down, Index right, T* y) {
  for (Index r = 0; r < x.height; ++r)
    for (Index c = 0; c < x.width; ++c) {
      const Index column = flip ? x.width - 1 - (c - right) : c - right;
      for (Index k = 0; k < x.channels; ++k) *y++ = x.at(r - down, column, k);
    }
}

struct Geometry {
  double sine, cosine, part, row, column;  // of the centre of the part
};

template <class T>
void copy_turned(const Pixels<T>& x, bool flip, Index down, Index right, const Geometry& geometry,
                 T* y) {
  const auto height = static_cast<double>(x.height), width = static_cast<double>(x.width);
  for (Index r = 0; r < x.height; ++r)
    for (Index c = 0; c < x.width; ++c) {
      const double py = static_cast<double>(r - down) + 0.5 - height / 2;
      const double px = static_cast<double>(c - right) + 0.5 - width / 2;
      const double row = geometry.row + geometry.part * (geometry.cosine * py - geometry.sine * px);
      const double column =
          geometry.column + geometry.part * (geometry.sine * py + geometry.cosine * px);
      interpolate(x, row, flip ? width - column : column, y);
      y += x.channels;
    }
}

}  // namespace

void check_augmentation(const char* op, const Augmentation& augment, const Shape& image) {
  if (image.rank() != 3)
    throw ValueError("{}: only images (H, W, C) can be augmented; got samples {}", op, image);
  const Index least = std::min(image[0], image[1]);
  if (augment.shift < 0 || augment.shift >= least)
    throw ValueError("{}: augment.shift must be in [0, {}), the image's side; got {}", op, least,
                     augment.shift);
  if (!(augment.rotate >= 0 && augment.rotate <= 180))
    throw ValueError("{}: augment.rotate must be in [0, 180] degrees; got {}", op, augment.rotate);
  if (!(augment.crop > 0 && augment.crop <= 1))
    throw ValueError("{}: augment.crop must be in (0, 1], a part of the image; got {}", op,
                     augment.crop);
  if (augment.erase < 0 || augment.erase > least)
    throw ValueError("{}: augment.erase must be in [0, {}], the image's side; got {}", op, least,
                     augment.erase);
}

template <class T>
void augment_image(const Augmentation& augment, std::uint64_t seed, std::uint64_t epoch,
                   std::int32_t position, const Shape& image, T* pixels) {
  const Index height = image[0], width = image[1], channels = image[2];
  const Dice dice(seed, epoch, position);
  const bool flip = augment.flip && dice.among(Dice::flip, 0, 1) == 1;
  const Index down = dice.among(Dice::down, -augment.shift, augment.shift);
  const Index right = dice.among(Dice::right, -augment.shift, augment.shift);
  const bool between = augment.rotate > 0 || augment.crop < 1;  // the pixels of the old image
  if (flip || down != 0 || right != 0 || between) {
    const memory::Vector<T> old(pixels, pixels + image.size());
    const Pixels<T> x{old.data(), height, width, channels};
    if (between) {
      const double angle =
          dice.between(Dice::turn, -augment.rotate, augment.rotate) * std::numbers::pi / 180;
      const double part = dice.between(Dice::part, augment.crop, 1);
      const auto centre = [&](Dice::Use use, Index extent) {
        const auto e = static_cast<double>(extent);
        return dice.between(use, 0, e - part * e) + part * e / 2;
      };
      copy_turned(x, flip, down, right,
                  {std::sin(angle), std::cos(angle), part, centre(Dice::part_top, height),
                   centre(Dice::part_left, width)},
                  pixels);
    } else {
      copy_moved(x, flip, down, right, pixels);
    }
  }
  const Index side = dice.among(Dice::side, 0, augment.erase);
  const Index top = dice.among(Dice::side_top, 0, height - side);
  const Index left = dice.among(Dice::side_left, 0, width - side);
  for (Index r = top; r < top + side; ++r)
    std::fill_n(pixels + (r * width + left) * channels, side * channels, T(0));
}

template void augment_image(const Augmentation&, std::uint64_t, std::uint64_t, std::int32_t,
                            const Shape&, float*);
template void augment_image(const Augmentation&, std::uint64_t, std::uint64_t, std::int32_t,
                            const Shape&, double*);

}  // namespace reel::detail
