// The passes of a training over its data: a loader is made once, and each loop over it is one pass.
//
//   Loader loader(train, {.size = 64, .shuffle = true, .seed = 1});
//   for (int epoch = 0; epoch < 10; ++epoch)
//     for (const Batch& batch : loader) ...
//
// `Dataset::batches` is one pass, the same each time that it is asked for with the same options, so
// a loop over epochs that forgets to count them sees one order for ever. Here the count is kept.
// Invariant: the pass of a number is `batches` with that `epoch`, whatever the loops before it did;
// so a training is repeated by its seed and goes on from a number. A loop that is broken off has
// been its pass. Read before: dataset.h.
#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>

#include <reel/core/io/dataset.h>

namespace reel {

class Loader {
 public:
  class Iterator;

  /// `options.epoch` is the number of the first pass. ValueError when size < 1.
  explicit Loader(Dataset dataset, const BatchOptions& options = {});

  /// Begins the next pass. Loops may stand in one another: each goes through a pass of its own.
  Iterator begin();
  std::default_sentinel_t end() const { return {}; }

  const Dataset& dataset() const { return dataset_; }
  /// Batches a pass.
  Index count() const;
  /// The number of the next pass.
  std::uint64_t epoch() const { return options_.epoch; }

 private:
  Dataset dataset_;
  BatchOptions options_;
};

/// Where a loop is in its pass, which it owns.
class Loader::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;
  using pointer = const Batch*;
  using reference = const Batch&;

  const Batch& operator*() const { return *at_; }
  const Batch* operator->() const { return &*at_; }
  Iterator& operator++() {
    ++at_;
    return *this;
  }
  void operator++(int) { ++at_; }
  friend bool operator==(const Iterator& i, std::default_sentinel_t end) { return i.at_ == end; }

 private:
  friend class Loader;
  explicit Iterator(Batches pass)
      : pass_(std::make_shared<const Batches>(std::move(pass))), at_(pass_->begin()) {}

  std::shared_ptr<const Batches> pass_;
  Batches::Iterator at_;
};

}  // namespace reel
