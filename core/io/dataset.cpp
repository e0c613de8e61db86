#include <reel/core/io/dataset.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include <reel/core/ops/random.h>
#include <reel/core/runtime/checked_index.h>
#include <reel/core/runtime/parallel.h>

namespace reel {

namespace {

// Keeps shuffles apart from all other random numbers of the same seed.
constexpr std::uint64_t shuffle_stream = 0x73687566666c65;  // "shuffle"

}  // namespace

Dataset::Dataset(DatasetContents contents) : contents_(), size_(0) {
  const Shape& shape = contents.image_shape;
  if (shape.rank() != 3 || *std::min_element(shape.begin(), shape.end()) < 1)
    throw ValueError("{}: image_shape must be (H, W, C), each at least 1; got {}", contents.name,
                     shape);
  const Index image_size = detail::checked_size(contents.name.c_str(), shape);
  const auto bytes = static_cast<Index>(contents.images.size());
  if (bytes % image_size != 0)
    throw ValueError("{}: images must be a whole number of {} bytes each; got {} bytes",
                     contents.name, image_size, bytes);
  const Index count = bytes / image_size;
  if (count != static_cast<Index>(contents.labels.size()))
    throw ValueError("{}: there must be one label per image; got {} images and {} labels",
                     contents.name, count, contents.labels.size());
  if (count > std::numeric_limits<std::int32_t>::max())
    throw ValueError("{}: there must be at most 2147483647 images; got {}", contents.name, count);
  const auto classes = static_cast<std::int32_t>(contents.class_names.size());
  for (std::size_t i = 0; i < contents.labels.size(); ++i)
    if (contents.labels[i] < 0 || contents.labels[i] >= classes)
      throw ValueError("{}: labels must be in [0, {}); got {} at position {}", contents.name,
                       classes, contents.labels[i], i);
  size_ = count;
  contents_ = std::make_shared<const DatasetContents>(std::move(contents));
}

std::span<const std::int32_t> Dataset::labels() const {
  return std::span(contents_->labels).first(static_cast<std::size_t>(size_));
}

std::span<const std::uint8_t> Dataset::image(Index position) const {
  if (position < 0 || position >= size_)
    throw ValueError("{}: positions must be in [0, {}); got {}", name(), size_, position);
  const auto size = static_cast<std::size_t>(image_shape().size());
  return std::span(contents_->images).subspan(static_cast<std::size_t>(position) * size, size);
}

Dataset Dataset::take(Index n) const {
  if (n < 1) throw ValueError("take: n must be >= 1; got {}", n);
  return Dataset(contents_, std::min(n, size_));
}

void Dataset::fill(std::span<const std::int32_t> positions, Batch& batch) const {
  const Shape& one = image_shape();
  const auto count = static_cast<Index>(positions.size());
  const Index size = one.size();
  batch.images = Tensor();  // its memory serves for the new one
  batch.images = Tensor::empty({count, one[0], one[1], one[2]}, float32);
  batch.labels.resize(positions.size());
  float* const images = writable<float>(batch.images);
  parallel_for((count + 63) / 64, [&](Index tile) {
    for (Index i = tile * 64; i < std::min(count, (tile + 1) * 64); ++i) {
      const std::int32_t position = positions[static_cast<std::size_t>(i)];
      const std::uint8_t* from = contents_->images.data() + position * size;
      float* to = images + i * size;
      for (Index k = 0; k < size; ++k) to[k] = static_cast<float>(from[k]) / 255.0f;
      batch.labels[static_cast<std::size_t>(i)] =
          contents_->labels[static_cast<std::size_t>(position)];
    }
  });
}

Batch Dataset::gather(ListOf<std::int32_t> positions) const {
  for (const std::int32_t position : positions)
    if (position < 0 || position >= size_)
      throw ValueError("{}: positions must be in [0, {}); got {}", name(), size_, position);
  Batch batch;
  fill(positions, batch);
  return batch;
}

Batches Dataset::batches(const BatchOptions& options) const {
  if (options.size < 1) throw ValueError("batches: size must be >= 1; got {}", options.size);
  return Batches(*this, options);
}

Batches::Batches(const Dataset& dataset, const BatchOptions& options)
    : dataset_(dataset), size_(std::min(options.size, std::max<Index>(1, dataset.size()))) {
  if (options.shuffle) {
    order_ = permutation(dataset.size(), {options.seed, shuffle_stream, options.epoch});
  } else {
    order_.resize(static_cast<std::size_t>(dataset.size()));
    std::iota(order_.begin(), order_.end(), 0);
  }
}

std::span<const std::int32_t> Batches::positions_of(Index number) const {
  const auto first = static_cast<std::size_t>(number * size_);
  return std::span(order_).subspan(
      first, std::min(static_cast<std::size_t>(size_), order_.size() - first));
}

void Batches::Iterator::make() {
  if (number_ < batches_->count()) batches_->dataset_.fill(batches_->positions_of(number_), batch_);
}

Batches::Iterator& Batches::Iterator::operator++() {
  ++number_;
  make();
  return *this;
}

}  // namespace reel
