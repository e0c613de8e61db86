// A picture from a file: PGM and PPM always, PNG and JPEG where reel was built with their
// libraries.
//
// What a file is, its first bytes say, not its name. Invariant: whatever the bytes, the outcome is
// a picture whose pixels all came from the file, or an IoError that names the file and the rule:
// one that breaks off is refused, too, where viewers would show it half grey. Memory goes with the
// file's size, which bounds how many pixels it can hold. Colours are taken as they stand in the
// file, but for a PNG whose gamma is not that of sRGB. Read before: shape.h. Read next:
// picture.cpp, image_folder.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include <reel/core/shape.h>

namespace reel {

struct Picture {
  Shape shape;                       ///< (height, width, channels)
  std::vector<std::uint8_t> pixels;  ///< rows from the top, as many as the shape says
};

/// Reads a whole file. Channels are 1 (grey), 3 (red, green, blue) or, of a PNG with transparency,
/// one more, 255 being opaque; values with more than 8 bits are rounded to 8. IoError.
Picture load_picture(const std::filesystem::path& path);

/// The same with 1 or 3 channels: transparency is left out, grey repeated, colours weighed as luma
/// (0.299, 0.587, 0.114; ITU-R BT.601). ValueError for another number.
Picture with_channels(const Picture& picture, Index channels);

/// Whether reel was built with libpng, with libjpeg.
bool reads_png();
bool reads_jpeg();

}  // namespace reel
