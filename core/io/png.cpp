// PNG by libpng's simplified interface, which comes back from errors by itself.
//
// Its memory is bounded before it is asked for: a pixel takes depth x channels bits of data that
// deflate made at most 1,032 times smaller (byte_reader.h). Read before: picture_formats.h.
#include <reel/core/error.h>
#include <reel/core/io/picture_formats.h>

#include <png.h>

#include <cstring>

namespace reel {
namespace {

struct PngImage {
  png_image image;
  PngImage() {
    std::memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
  }
  ~PngImage() { png_image_free(&image); }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;

  bool failed() const { return (image.warning_or_error & PNG_IMAGE_ERROR) != 0; }
};

// Bits a pixel has in the file, by the header chunk, which is the first one.
std::uint64_t bits_a_pixel(detail::FileBytes bytes) {
  constexpr std::size_t depth_at = 24, colour_type_at = 25;
  if (bytes.size() <= colour_type_at) return 1;
  const int type = bytes[colour_type_at];
  const int channels = type == 2 ? 3 : type == 4 ? 2 : type == 6 ? 4 : 1;
  return static_cast<std::uint64_t>(channels) * std::max<std::uint64_t>(bytes[depth_at], 1);
}

}  // namespace

Picture detail::decode_png(const std::string& file, FileBytes bytes) {
  PngImage png;
  png_image& image = png.image;
  png_image_begin_read_from_memory(&image, bytes.data(), bytes.size());
  if (png.failed()) throw IoError("{}: the PNG data must be sound; {}", file, image.message);
  constexpr std::uint64_t most_smaller = 1032;
  const std::uint64_t held = bytes.size() * most_smaller * 8 / bits_a_pixel(bytes);
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // else 16 bits are taken for linear light
  image.format &= PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA;  // bytes, in the order RGBA
  Picture picture{
      check_picture(file, image.height, image.width, PNG_IMAGE_SAMPLE_CHANNELS(image.format), held),
      {}};
  picture.pixels.resize(static_cast<std::size_t>(picture.shape.size()));
  png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr);
  if (png.failed()) throw IoError("{}: the PNG data must be sound; {}", file, image.message);
  return picture;
}

bool reads_png() { return true; }

}  // namespace reel
