// What a dataset may be made from, and its samples one by one.
//
// Read before: dataset.h. Read next: dataset_parts.cpp, batches.cpp.
#include <reel/core/io/dataset.h>

#include <algorithm>
#include <limits>

#include <reel/core/runtime/checked_index.h>

namespace reel {
namespace {

// How many samples the features are. ValueError when they are no whole number of them.
Index count_samples(DatasetContents& contents) {
  if (contents.features.defined()) {
    const Shape& shape = contents.features.shape();
    if (!contents.images.empty())
      throw ValueError("{}: features must be bytes or a tensor; got {} bytes and {}", contents.name,
                       contents.images.size(), shape);
    if (shape.rank() < 1)
      throw ValueError("{}: features must have an axis of samples; got a scalar", contents.name);
    contents.image_shape = shape.without(0);
    return shape[0];
  }
  const Shape& shape = contents.image_shape;
  const bool batched = shape.rank() >= 1 && shape.rank() < Shape::max_rank;
  if (!batched || *std::min_element(shape.begin(), shape.end()) < 1)
    throw ValueError(
        "{}: image_shape must be (H, W, C), or 1 to 7 extents, each at least 1; got {}",
        contents.name, shape);
  const Index image_size = detail::checked_size(contents.name.c_str(), shape);
  const auto bytes = static_cast<Index>(contents.images.size());
  if (bytes % image_size != 0)
    throw ValueError("{}: images must be a whole number of {} bytes each; got {} bytes",
                     contents.name, image_size, bytes);
  return bytes / image_size;
}

void check_labels(const DatasetContents& contents, Index count) {
  if (count != static_cast<Index>(contents.labels.size()))
    throw ValueError("{}: there must be one label per image; got {} images and {} labels",
                     contents.name, count, contents.labels.size());
  const auto classes = static_cast<std::int32_t>(contents.class_names.size());
  for (std::size_t i = 0; i < contents.labels.size(); ++i)
    if (contents.labels[i] < 0 || contents.labels[i] >= classes)
      throw ValueError("{}: labels must be in [0, {}); got {} at position {}{}", contents.name,
                       classes, contents.labels[i], i,
                       contents.source ? ", " + contents.source(static_cast<Index>(i)) : "");
}

void check_targets(const DatasetContents& contents, Index count) {
  if (!contents.labels.empty() || !contents.class_names.empty())
    throw ValueError("{}: targets must be classes or a tensor; got both", contents.name);
  const Shape& shape = contents.targets.shape();
  if (shape.rank() < 1 || shape[0] != count)
    throw ValueError("{}: there must be one target per sample; got {} samples and targets {}",
                     contents.name, count, shape);
}

}  // namespace

Dataset::Dataset(DatasetContents contents) {
  const Index count = count_samples(contents);
  if (contents.targets.defined())
    check_targets(contents, count);
  else if (!contents.labels.empty() || !contents.class_names.empty())
    check_labels(contents, count);
  if (count > std::numeric_limits<std::int32_t>::max())
    throw ValueError("{}: there must be at most 2147483647 images; got {}", contents.name, count);
  size_ = count;
  contents_ = std::make_shared<const DatasetContents>(std::move(contents));
}

DType Dataset::dtype() const {
  if (mapped_) return mapped_->dtype;
  return contents_->features.defined() ? contents_->features.dtype() : float32;
}

std::span<const std::int32_t> Dataset::labels() const {
  if (rows_) return rows_->labels;
  const std::span<const std::int32_t> all = contents_->labels;
  return all.empty() ? all : all.first(static_cast<std::size_t>(size_));
}

void Dataset::check_position(Index position) const {
  if (position < 0 || position >= size_)
    throw ValueError("{}: positions must be in [0, {}); got {}", name(), size_, position);
}

Index Dataset::row_of(Index position) const {
  return rows_ ? rows_->rows[static_cast<std::size_t>(position)] : position;
}

std::span<const std::uint8_t> Dataset::image(Index position) const {
  check_position(position);
  if (contents_->features.defined())
    throw TypeError("{}: features must be bytes to be read as such; they are {}; use gather",
                    name(), contents_->features.dtype());
  const auto size = static_cast<std::size_t>(image_shape().size());
  return std::span(contents_->images)
      .subspan(static_cast<std::size_t>(row_of(position)) * size, size);
}

std::string Dataset::source(Index position) const {
  check_position(position);
  const Index row = row_of(position);
  return contents_->source ? contents_->source(row) : fmt::format("{}, sample {}", name(), row);
}

}  // namespace reel
