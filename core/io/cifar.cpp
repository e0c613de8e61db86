// Records of labels and planes, made images with their channels last.
//
// Read before: cifar.h, byte_reader.h.
#include <reel/core/io/cifar.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/io/byte_reader.h>
#include <reel/core/io/memory_limit.h>

namespace reel {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

constexpr std::size_t side = 32, plane = side * side, image_bytes = 3 * plane;
constexpr const char* of_cifar10[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                      "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};
constexpr const char* of_cifar100[] = {"train.bin", "test.bin"};

std::optional<fs::path> find(const fs::path& folder, const std::string& name) {
  std::error_code ignored;
  for (const char* ending : {"", ".gz"})
    if (fs::path path = folder / (name + ending); fs::exists(path, ignored)) return path;
  return std::nullopt;
}

std::vector<fs::path> find_all(const char* set, std::span<const char* const> names,
                               const std::string& folder) {
  std::vector<fs::path> paths;
  std::string missing;
  for (const char* name : names) {
    if (const auto path = find(folder, name))
      paths.push_back(*path);
    else
      missing += std::string(missing.empty() ? "" : ", ") + name + "[.gz]";
  }
  if (!missing.empty())
    throw IoError("{}: {} files must lie in {}; missing: {}; set CifarOptions::directory", set,
                  names.size(), folder, missing);
  return paths;
}

// What stands in a record in front of the image: so many labels, of which one is wanted.
struct Labels {
  std::size_t count, wanted;
  Names classes;
};

void append_record(const std::string& file, Index record, const std::vector<std::uint8_t>& bytes,
                   const Labels& labels, DatasetContents& contents) {
  const std::int32_t label = bytes[labels.wanted];
  if (label >= static_cast<std::int32_t>(labels.classes.size()))
    throw IoError("{}: labels must be in [0, {}); got {} in record {}", file, labels.classes.size(),
                  label, record);
  contents.labels.push_back(label);
  const std::uint8_t* const planes = bytes.data() + labels.count;
  for (std::size_t i = 0; i < plane; ++i)
    for (std::size_t c = 0; c < 3; ++c) contents.images.push_back(planes[c * plane + i]);
}

// Which records came from which file: the first one's number, in the set, of each.
using Files = std::vector<std::pair<Index, std::string>>;

void append_file(const fs::path& path, const Labels& labels, DatasetContents& contents,
                 Files& files) {
  ByteReader file(path);
  const std::size_t record_bytes = labels.count + image_bytes;
  files.emplace_back(static_cast<Index>(contents.labels.size()), file.name());
  if (!file.compressed()) {
    detail::check_memory(file.name(), contents.images.size() + file.bound());
    contents.images.reserve(contents.images.size() + file.bound());
  }
  std::vector<std::uint8_t> bytes(record_bytes);
  for (Index record = 0;; ++record) {
    const std::size_t got = file.read(bytes.data(), record_bytes);
    if (got == 0 && record > 0) return;
    if (got < record_bytes)
      throw IoError("{}: the file must be records of {} bytes each; record {} has {}", file.name(),
                    record_bytes, record, got);
    append_record(file.name(), record, bytes, labels, contents);
    if (record % 65536 == 0) detail::check_memory(file.name(), contents.images.capacity());
  }
}

Dataset load(const std::string& name, std::span<const fs::path> paths, const Labels& labels) {
  DatasetContents contents{.name = name, .image_shape = {side, side, 3}};
  contents.class_names = labels.classes;
  Files files;
  for (const fs::path& path : paths) append_file(path, labels, contents, files);
  contents.source = [files = std::move(files)](Index i) {
    const auto behind = std::upper_bound(files.begin(), files.end(), i,
                                         [](Index a, const auto& file) { return a < file.first; });
    return fmt::format("{}, record {}", std::prev(behind)->second, i - std::prev(behind)->first);
  };
  return Dataset(std::move(contents));
}

// A name a line; their numbers where there is no such file.
Names read_names(const fs::path& path, std::size_t count) {
  Names names;
  std::ifstream file(path);
  for (std::string line; names.size() <= count && std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) names.push_back(line.substr(0, 100));
  }
  if (names.empty())
    for (std::size_t i = 0; i < count; ++i) names.push_back(fmt::to_string(i));
  if (names.size() != count)
    throw IoError("{}: there must be {} names, one a line; got {}{}", path.string(), count,
                  names.size() > count ? "more than " : "", std::min(names.size(), count));
  return names;
}

bool any_of(std::span<const char* const> names, const CifarOptions& options) {
  return std::any_of(names.begin(), names.end(),
                     [&](const char* name) { return find(options.directory, name).has_value(); });
}

}  // namespace

bool cifar10_available(const CifarOptions& options) { return any_of(of_cifar10, options); }
bool cifar100_available(const CifarOptions& options) { return any_of(of_cifar100, options); }

DataSplit cifar10(const CifarOptions& options) {
  const std::vector<fs::path> paths = find_all("cifar10", of_cifar10, options.directory);
  const Labels labels{
      1,
      0,
      {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}};
  return {load("cifar10/train", std::span(paths).first(5), labels),
          load("cifar10/test", std::span(paths).last(1), labels)};
}

DataSplit cifar100(const CifarOptions& options) {
  const std::vector<fs::path> paths = find_all("cifar100", of_cifar100, options.directory);
  const fs::path folder = options.directory;
  const Labels labels{2, options.coarse ? std::size_t{0} : std::size_t{1},
                      options.coarse ? read_names(folder / "coarse_label_names.txt", 20)
                                     : read_names(folder / "fine_label_names.txt", 100)};
  return {load("cifar100/train", std::span(paths).first(1), labels),
          load("cifar100/test", std::span(paths).last(1), labels)};
}

}  // namespace reel
