// A set of labelled images in memory, and the batches that it is handed out in.
//
// Images stay bytes until a batch needs them: a quarter of the memory. Invariant: once made, a
// dataset does not change, has one label in [0, classes) per image, and is cheap to copy; batches
// hold on to the data, so `load().take(100).batches({...})` may stand in a for loop. The order of a
// shuffled epoch is a function of (seed, epoch) alone. Read before: tensor.h, random.h.
#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <reel/core/runtime/list_of.h>
#include <reel/core/tensor.h>

namespace reel {

/// Some images and their labels.
struct Batch {
  Tensor images;                     ///< (n, H, W, C), float32 in [0, 1]
  std::vector<std::int32_t> labels;  ///< n of them
  Index size() const { return static_cast<Index>(labels.size()); }
};

struct BatchOptions {
  Index size = 32;          ///< images a batch; the last one may be smaller
  bool shuffle = false;     ///< in an order given by seed and epoch
  std::uint64_t seed = 0;   ///< of the shuffles of a run
  std::uint64_t epoch = 0;  ///< which pass over the data this is: each has its own order
};

/// What a dataset is made from. Image i stands at bytes [i, i + 1) * size of image_shape.
struct DatasetContents {
  std::string name = "dataset";               ///< for messages and reports
  Shape image_shape = {28, 28, 1};            ///< (H, W, C)
  std::vector<std::uint8_t> images = {};      ///< 0 is 0.0, 255 is 1.0
  std::vector<std::int32_t> labels = {};      ///< one per image
  std::vector<std::string> class_names = {};  ///< their number is that of the classes
};

class Batches;

class Dataset {
 public:
  /// ValueError when the bytes are no whole number of images, there is not one label per image, or
  /// a label is not in [0, classes).
  explicit Dataset(DatasetContents contents);

  const std::string& name() const { return contents_->name; }
  Index size() const { return size_; }
  Index num_classes() const { return static_cast<Index>(class_names().size()); }
  const std::vector<std::string>& class_names() const { return contents_->class_names; }
  const Shape& image_shape() const { return contents_->image_shape; }
  std::span<const std::int32_t> labels() const;
  /// The bytes of one image. ValueError when there is none at this position.
  std::span<const std::uint8_t> image(Index position) const;

  /// The first n images, all if there are no more. ValueError when n < 1.
  Dataset take(Index n) const;

  /// The images at these positions, in their order; repetitions are fine. ValueError when one is
  /// out of range.
  Batch gather(ListOf<std::int32_t> positions) const;

  /// All images, each once, in batches: `for (const Batch& batch : train.batches({.size = 64}))`.
  /// ValueError when size < 1.
  Batches batches(const BatchOptions& options = {}) const;

 private:
  friend class Batches;
  Dataset(std::shared_ptr<const DatasetContents> contents, Index size)
      : contents_(std::move(contents)), size_(size) {}
  void fill(std::span<const std::int32_t> positions, Batch& batch) const;

  std::shared_ptr<const DatasetContents> contents_;
  Index size_;
};

/// One pass over a dataset. Each batch is made when the loop comes to it, and gone when it moves
/// on.
class Batches {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;
    using pointer = const Batch*;
    using reference = const Batch&;

    const Batch& operator*() const { return batch_; }
    const Batch* operator->() const { return &batch_; }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& i, std::default_sentinel_t) {
      return i.number_ >= i.batches_->count();
    }

   private:
    friend class Batches;
    explicit Iterator(const Batches& batches) : batches_(&batches) { make(); }
    void make();

    const Batches* batches_;
    Index number_ = 0;
    Batch batch_;
  };

  Iterator begin() const { return Iterator(*this); }
  std::default_sentinel_t end() const { return {}; }
  /// How many batches there are.
  Index count() const { return (dataset_.size() + size_ - 1) / size_; }

 private:
  friend class Dataset;
  Batches(const Dataset& dataset, const BatchOptions& options);
  std::span<const std::int32_t> positions_of(Index number) const;

  Dataset dataset_;
  Index size_;
  std::vector<std::int32_t> order_;
};

/// What the loaders give: `auto [train, test] = fashion_mnist();`.
struct DataSplit {
  Dataset train, test;
};

}  // namespace reel
