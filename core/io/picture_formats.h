// The decoders of pictures: from the bytes of a whole file to pixels. Internal.
//
// Each throws an IoError that starts with `file`. Read before: picture.h. Read next: pnm.cpp,
// png.cpp, jpeg.cpp.
#pragma once

#include <span>
#include <string>

#include <reel/core/io/picture.h>

namespace reel::detail {

using FileBytes = std::span<const std::uint8_t>;

/// PGM and PPM, ASCII (P2, P3) and binary (P5, P6). Source: netpbm.sourceforge.net/doc.
Picture decode_pnm(const std::string& file, FileBytes bytes);
/// By libpng. Source: www.w3.org/TR/png.
Picture decode_png(const std::string& file, FileBytes bytes);
/// By libjpeg. Source: ITU-T T.81.
Picture decode_jpeg(const std::string& file, FileBytes bytes);

/// (height, width, channels). IoError unless each is at least 1, and `most` pixels, of which the
/// file can hold no more, are enough.
Shape check_picture(const std::string& file, std::uint64_t height, std::uint64_t width,
                    std::uint64_t channels, std::uint64_t most);

}  // namespace reel::detail
