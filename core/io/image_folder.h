// A folder of pictures as a dataset: each sub-folder is a class, each picture in it a sample.
//
// Classes are the sub-folders in the order of their names, samples those of a class in the order of
// their files'. What is read are files named .pgm, .ppm, .pnm, .png, .jpg and .jpeg; others and
// hidden ones are left alone. Invariant: all pictures have one shape, or there is an IoError that
// names the two that differ. Read before: picture.h, dataset.h. Read next: image_folder.cpp.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <reel/core/io/dataset.h>

namespace reel {

struct ImageFolderOptions {
  /// 1 (grey) or 3 (red, green, blue); 0: those of the first picture, transparency left out.
  Index channels = 0;
  /// The sub-folders that are classes, in the order of their numbers; empty: all. The test set
  /// takes those of the training set: `{.class_names = train.class_names()}`.
  std::vector<std::string> class_names = {};
};

/// Reads all pictures; `source(i)` is the path of one. IoError when a file is no sound picture, a
/// class has no folder, or there is no picture at all; ValueError for other channels.
Dataset load_image_folder(const std::filesystem::path& folder,
                          const ImageFolderOptions& options = {});

}  // namespace reel
