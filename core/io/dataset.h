// A set of samples in memory, features with their targets, and the batches it is handed out in.
//
// Bytes stay bytes until a batch needs them: a quarter of the memory. Invariant: once made, a
// dataset does not change, has one target per sample (a class in [0, classes), a number, a tensor)
// or none at all, and is cheap to copy: parts of it share its samples. Batches hold on to the data,
// so `load().take(100).batches({...})` may stand in a for loop. The order of a shuffled epoch is a
// function of (seed, epoch) alone. Read before: batch.h, random.h. Read next: loader.h.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <reel/core/io/batch.h>
#include <reel/core/runtime/list_of.h>

namespace reel {

/// What a dataset is made from: bytes under `image_shape` or a tensor of features; labels, a tensor
/// of targets, or neither. Sample i of bytes stands at [i, i + 1) * size of image_shape.
struct DatasetContents {
  std::string name = "dataset";               ///< for messages and reports
  Shape image_shape = {28, 28, 1};            ///< of one sample; a tensor of features has its own
  std::vector<std::uint8_t> images = {};      ///< 0 is 0.0, 255 is 1.0
  std::vector<std::int32_t> labels = {};      ///< one per sample
  std::vector<std::string> class_names = {};  ///< their number is that of the classes
  Tensor features = {};                       ///< (n, ...) in the place of bytes
  Tensor targets = {};                        ///< (n, ...) in the place of labels
  /// Where sample i came from: a file, a line. May be empty.
  std::function<std::string(Index)> source = {};
};

/// How `split` chooses.
struct SplitOptions {
  std::uint64_t seed = 0;   ///< of the choice
  bool stratified = false;  ///< each class has its share in both parts, but for less than a sample
};

struct DataSplit;
class Batches;

class Dataset {
 public:
  /// ValueError when the bytes are no whole number of samples, there is not one target per sample,
  /// or a label is not in [0, classes).
  explicit Dataset(DatasetContents contents);

  const std::string& name() const { return contents_->name; }
  Index size() const { return size_; }
  Index num_classes() const { return static_cast<Index>(class_names().size()); }
  const std::vector<std::string>& class_names() const { return contents_->class_names; }
  /// One sample as it is stored, of images (H, W, C).
  const Shape& image_shape() const { return contents_->image_shape; }
  /// One sample as it stands in a batch: what the functions given to `map` make of it.
  const Shape& feature_shape() const { return mapped_ ? mapped_->shape : image_shape(); }
  DType dtype() const;
  /// The classes; empty where targets are none.
  std::span<const std::int32_t> labels() const;
  /// The bytes of one sample. ValueError when there is none at this position; TypeError when
  /// features are no bytes.
  std::span<const std::uint8_t> image(Index position) const;
  /// Where a sample came from, for people: its file, its line. ValueError as above.
  std::string source(Index position) const;

  // --- parts, which share the samples (dataset_parts.cpp) --------------------------------------

  /// The first n samples, all if there are no more. ValueError when n < 1.
  Dataset take(Index n) const;
  /// The samples at these positions, in their order; repetitions are fine. ValueError when one is
  /// out of range.
  Dataset select(ListOf<std::int32_t> positions) const;
  /// The samples whose position `keep` says yes to: `data.filter([&](Index i) { return
  /// data.labels()[i] < 2; })`, in their order.
  Dataset filter(const std::function<bool(Index)>& keep) const;
  /// n samples, chosen at random, as `test`, and the others as `train`, both in the order that they
  /// have here: `auto [train, validation] = data.split(6000, {.seed = 1})`. ValueError unless
  /// 1 <= n < size, or when there are no classes to stratify by.
  DataSplit split(Index n, const SplitOptions& options = {}) const;

  /// The same samples with f applied to the features of each batch, (m, ...) -> (m, ...), when it
  /// is made. f must treat each sample for itself and give the same for the same; it may run on
  /// another thread. No tape records it. ValueError when the first axis of its result is another.
  Dataset map(std::function<Tensor(const Tensor&)> f) const;

  // --- batches (batches.cpp) -------------------------------------------------------------------

  /// The samples at these positions, in their order; repetitions are fine. ValueError when one is
  /// out of range.
  Batch gather(ListOf<std::int32_t> positions) const;

  /// All samples, each once, in batches: `for (const Batch& batch : train.batches({.size = 64}))`.
  /// ValueError when size < 1, and for other options that do not fit the data.
  Batches batches(const BatchOptions& options = {}) const;

 private:
  friend class Batches;
  // The samples that a part has, and their labels once more, which `labels` gives as a span.
  struct Rows {
    std::vector<std::int32_t> rows, labels;
  };
  // What `map` was given, and what that makes of a sample.
  struct Mapped {
    std::vector<std::function<Tensor(const Tensor&)>> functions;
    Shape shape;
    DType dtype;
  };
  void check_position(Index position) const;
  Index row_of(Index position) const;
  Dataset part(std::vector<std::int32_t> rows) const;
  void fill(std::span<const std::int32_t> positions, Batch& batch,
            const BatchOptions* augmented = nullptr) const;

  std::shared_ptr<const DatasetContents> contents_;
  std::shared_ptr<const Rows> rows_;  // null: the first `size_` ones
  std::shared_ptr<const Mapped> mapped_;
  Index size_ = 0;
};

/// One pass over a dataset. Each batch is made when the loop comes to it, or ahead on a thread of
/// its own, and gone when the loop moves on.
class Batches {
 public:
  class Iterator;
  Iterator begin() const;
  std::default_sentinel_t end() const { return {}; }
  /// How many batches there are.
  Index count() const;

 private:
  friend class Dataset;
  friend class Loader;
  Batches(const Dataset& dataset, const BatchOptions& options);
  std::span<const std::int32_t> positions_of(Index number) const;
  void make(Index number, Batch& batch) const;

  Dataset dataset_;
  BatchOptions options_;
  std::shared_ptr<const std::vector<std::int32_t>> order_;  // shared, so that a copy is cheap
};

namespace detail {
class Prefetch;
/// ValueError that starts with `op` for options that do not fit the data.
void check_batch_options(const char* op, const Dataset& dataset, const BatchOptions& options);
}  // namespace detail

class Batches::Iterator {
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
  explicit Iterator(const Batches& batches);
  void make();

  const Batches* batches_;
  std::shared_ptr<detail::Prefetch> ahead_;  // null: batches are made here
  Index number_ = 0;
  Batch batch_;
};

/// What the loaders give: `auto [train, test] = fashion_mnist();`.
struct DataSplit {
  Dataset train, test;
};

}  // namespace reel
