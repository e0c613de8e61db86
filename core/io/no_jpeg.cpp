// What stands in the place of jpeg.cpp where reel is built without libjpeg.
//
// Read before: picture_formats.h.
#include <reel/core/error.h>
#include <reel/core/io/picture_formats.h>

namespace reel {

Picture detail::decode_jpeg(const std::string& file, FileBytes) {
  throw IoError("{}: to read JPEG, reel must be built with libjpeg; it was not", file);
}

bool reads_jpeg() { return false; }

}  // namespace reel
