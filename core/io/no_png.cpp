// What stands in the place of png.cpp where reel is built without libpng.
//
// Read before: picture_formats.h.
#include <reel/core/error.h>
#include <reel/core/io/picture_formats.h>

namespace reel {

Picture detail::decode_png(const std::string& file, FileBytes) {
  throw IoError("{}: to read PNG, reel must be built with libpng; it was not", file);
}

bool reads_png() { return false; }

}  // namespace reel
