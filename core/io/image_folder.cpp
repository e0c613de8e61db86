// Which files of a folder are pictures, and how they become one set.
//
// Read before: image_folder.h.
#include <reel/core/io/image_folder.h>

#include <algorithm>

#include <reel/core/error.h>
#include <reel/core/io/memory_limit.h>
#include <reel/core/io/picture.h>

namespace reel {
namespace {

namespace fs = std::filesystem;

bool is_picture_name(const fs::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto known = {".pgm", ".ppm", ".pnm", ".png", ".jpg", ".jpeg"};
  return std::find(known.begin(), known.end(), ending) != known.end() &&
         !path.filename().string().starts_with('.');
}

// What a folder holds, by name: its folders or its pictures.
std::vector<fs::path> sorted_entries(const fs::path& folder, bool folders) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator each(folder, error), end; !error && each != end;
       each.increment(error)) {
    std::error_code gone;
    const fs::path& path = each->path();
    if (folders ? fs::is_directory(path, gone) && !path.filename().string().starts_with('.')
                : is_picture_name(path))
      found.push_back(path);
  }
  if (error) throw IoError("{}: the folder must be readable; {}", folder.string(), error.message());
  std::sort(found.begin(), found.end());
  return found;
}

// Appends a picture, whose shape must be that of those before it.
void append(const fs::path& path, const std::string& first, Index channels,
            DatasetContents& contents) {
  Picture picture = load_picture(path);
  if (channels == 0)
    channels = contents.labels.empty() ? (picture.shape[2] < 3 ? 1 : 3) : contents.image_shape[2];
  if (picture.shape[2] != channels) picture = with_channels(picture, channels);
  if (contents.labels.empty()) contents.image_shape = picture.shape;
  if (picture.shape != contents.image_shape)
    throw IoError("{}: all pictures must have one shape, that of {}, {}; got {}", path.string(),
                  first, contents.image_shape, picture.shape);
  detail::check_memory(path.string(), contents.images.size() + picture.pixels.size());
  contents.images.insert(contents.images.end(), picture.pixels.begin(), picture.pixels.end());
}

}  // namespace

Dataset load_image_folder(const fs::path& folder, const ImageFolderOptions& options) {
  if (options.channels != 0 && options.channels != 1 && options.channels != 3)
    throw ValueError("load_image_folder: channels must be 0, 1 or 3; got {}", options.channels);
  DatasetContents contents{.name = folder.string(), .class_names = options.class_names};
  if (contents.class_names.empty())
    for (const fs::path& path : sorted_entries(folder, true))
      contents.class_names.push_back(path.filename().string());
  std::vector<std::string> files;
  for (std::size_t label = 0; label < contents.class_names.size(); ++label)
    for (const fs::path& path : sorted_entries(folder / contents.class_names[label], false)) {
      files.push_back(path.string());
      append(path, files.front(), options.channels, contents);
      contents.labels.push_back(static_cast<std::int32_t>(label));
    }
  if (files.empty())
    throw IoError("{}: there must be a sub-folder for each class, with pictures; {}",
                  folder.string(),
                  contents.class_names.empty() ? "there is no sub-folder" : "there is no picture");
  contents.source = [files = std::move(files)](Index i) {
    return files[static_cast<std::size_t>(i)];
  };
  return Dataset(std::move(contents));
}

}  // namespace reel
