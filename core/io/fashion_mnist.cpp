#include <reel/core/io/fashion_mnist.h>

#include <filesystem>
#include <optional>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/idx.h>

namespace reel {
namespace {

namespace fs = std::filesystem;

constexpr const char* debian_directory = "/usr/share/datasets/fashion-mnist";
constexpr const char* file_names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                      "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

fs::path directory_of(const FashionMnistOptions& options) {
  return options.directory.empty() ? debian_directory : options.directory;
}

std::optional<fs::path> find(const fs::path& directory, const std::string& name) {
  std::error_code ignored;
  for (const char* ending : {"", ".gz"})
    if (fs::path path = directory / (name + ending); fs::exists(path, ignored)) return path;
  return std::nullopt;
}

Dataset load(const std::string& name, const fs::path& image_path, const fs::path& label_path) {
  IdxArray images = load_idx(image_path);
  const IdxArray labels = load_idx(label_path);
  const Shape& shape = images.shape;
  if (shape.rank() != 3 || shape[0] < 1 || shape[1] != 28 || shape[2] != 28)
    throw IoError("{}: images must have shape (n, 28, 28), n >= 1; got {}", image_path.string(),
                  shape);
  if (labels.shape != Shape{shape[0]})
    throw IoError("{}: there must be one label for each of the {} images in {}; got shape {}",
                  label_path.string(), shape[0], image_path.filename().string(), labels.shape);
  for (std::size_t i = 0; i < labels.values.size(); ++i)
    if (labels.values[i] >= 10)
      throw IoError("{}: labels must be in [0, 10); got {} at position {}", label_path.string(),
                    labels.values[i], i);
  return Dataset({.name = name,
                  .images = std::move(images.values),
                  .labels = {labels.values.begin(), labels.values.end()},
                  .class_names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal",
                                  "Shirt", "Sneaker", "Bag", "Ankle boot"}});
}

}  // namespace

bool fashion_mnist_available(const FashionMnistOptions& options) {
  for (const char* name : file_names)
    if (find(directory_of(options), name)) return true;
  return false;
}

DataSplit fashion_mnist(const FashionMnistOptions& options) {
  const fs::path directory = directory_of(options);
  std::vector<fs::path> paths;
  std::string missing;
  for (const char* name : file_names) {
    if (const auto path = find(directory, name))
      paths.push_back(*path);
    else
      missing += std::string(missing.empty() ? "" : ", ") + name + "[.gz]";
  }
  if (!missing.empty())
    throw IoError(
        "fashion_mnist: four files must lie in {}; missing: {}; run `apt-get install "
        "dataset-fashion-mnist` or set FashionMnistOptions::directory",
        directory.string(), missing);
  return {load("fashion_mnist/train", paths[0], paths[1]),
          load("fashion_mnist/test", paths[2], paths[3])};
}

}  // namespace reel
