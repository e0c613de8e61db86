#include <reel/core/io/loader.h>

#include <utility>

#include <reel/core/error.h>

namespace reel {

Loader::Loader(Dataset dataset, const BatchOptions& options)
    : dataset_(std::move(dataset)), options_(options) {
  if (options.size < 1) throw ValueError("Loader: size must be >= 1; got {}", options.size);
}

Loader::Iterator Loader::begin() {
  Iterator first(dataset_.batches(options_));
  ++options_.epoch;
  return first;
}

Index Loader::count() const {
  return dataset_.size() / options_.size + (dataset_.size() % options_.size != 0);
}

}  // namespace reel
