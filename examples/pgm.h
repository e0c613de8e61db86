// A grey picture from a binary PGM file ("P5"), the simplest format that every tool writes.
//
// Layout: "P5", width, height and the value of white as decimal numbers with white space and
// #-comments between them, one more white space, then one byte a pixel, rows from the top.
// Source: netpbm.sourceforge.net/doc/pgm.html.
#pragma once

#include <filesystem>

#include <reel/core/tensor.h>

/// The picture as (1, height, width, 1) in [0, 1]. IoError when the file is not such a picture of
/// the given size.
reel::Tensor read_pgm(const std::filesystem::path& path, reel::Index height, reel::Index width);
