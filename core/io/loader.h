// The passes of a training over its data: a loader is made once, and each loop over it is one pass.
//
//   Loader loader(train, {.size = 64, .shuffle = true, .seed = 1});
//   for (int epoch = 0; epoch < 10; ++epoch)
//     for (const Batch& batch : loader) ...
//
// `Dataset::batches` is one pass, the same each time that it is asked for with the same options, so
// a loop over epochs that forgets to count them sees one order for ever. Here the count is kept.
// Invariant: the pass of a number is `batches` with that `epoch`, whatever the loops before it did;
// so a training is repeated by its seed and goes on from a position. A loop that is broken off has
// been its pass, unless `set_position` says otherwise. Read before: dataset.h. Read next:
// loader.cpp.
#pragma once

#include <cstdint>
#include <iterator>
#include <memory>

#include <reel/core/io/dataset.h>

namespace reel {

/// Where a training is in its data: what a checkpoint stores.
struct LoaderPosition {
  std::uint64_t epoch = 0;  ///< the number of the pass
  Index sample = 0;         ///< of its order, the next one
  friend bool operator==(const LoaderPosition&, const LoaderPosition&) = default;
};

class Loader {
 public:
  class Iterator;

  /// `options.epoch` is the number of the first pass, which alone begins at `options.first`.
  /// ValueError for options that do not fit the data.
  explicit Loader(Dataset dataset, const BatchOptions& options = {});

  /// Begins the next pass. Loops may stand in one another: each goes through a pass of its own.
  Iterator begin();
  std::default_sentinel_t end() const { return {}; }

  const Dataset& dataset() const { return dataset_; }
  /// As given; `epoch` and `first` are those of the next pass.
  const BatchOptions& options() const { return options_; }
  /// Batches a pass.
  Index count() const;
  /// The number of the next pass.
  std::uint64_t epoch() const { return options_.epoch; }

  /// What follows the batch that the loop begun last is at, as if that batch was done: inside the
  /// loop's body, after the step, it is where a resumed training goes on.
  LoaderPosition position() const;
  /// The next loop goes through the pass `position.epoch` from its sample on; the batches are those
  /// of the whole pass when that sample began one. ValueError for a sample outside of the pass.
  void set_position(const LoaderPosition& position);

 private:
  Dataset dataset_;
  BatchOptions options_;
  std::shared_ptr<LoaderPosition> at_;  // of the loop begun last; null before it
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
    advance();
    return *this;
  }
  void operator++(int) { ++*this; }
  friend bool operator==(const Iterator& i, std::default_sentinel_t end) { return i.at_ == end; }

 private:
  friend class Loader;
  Iterator(Batches pass, std::shared_ptr<LoaderPosition> position);
  void advance();

  std::shared_ptr<const Batches> pass_;
  Batches::Iterator at_;
  std::shared_ptr<LoaderPosition> position_;  // the loader's, if it lives
};

}  // namespace reel
