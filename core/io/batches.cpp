// How batches are made: in which order, from which rows, here or ahead.
//
// A batch is filled in tiles of 64 samples. Its old memory serves for the new one, so it is given
// back first. Read before: dataset.h. Read next: augmentation.cpp, prefetch.h.
#include <algorithm>
#include <numeric>

#include <reel/core/io/dataset.h>
#include <reel/core/io/prefetch.h>
#include <reel/core/ops/random.h>
#include <reel/core/runtime/parallel.h>

namespace reel {
namespace {

// Keeps shuffles apart from all other random numbers of the same seed.
constexpr std::uint64_t shuffle_stream = 0x73687566666c65;  // "shuffle"

Shape with_count(Index count, const Shape& one) {
  Shape shape{count};
  for (const Index extent : one) shape.push_back(extent);
  return shape;
}

template <class T>
void copy_sample(const std::uint8_t* from, Index size, T* to) {
  for (Index k = 0; k < size; ++k) to[k] = static_cast<T>(from[k]) / T(255);
}

template <class T>
void copy_sample(const T* from, Index size, T* to) {
  std::copy_n(from, size, to);
}

template <class T>
const T* rows_of(const Tensor& values) {
  return values.size() == 0 ? nullptr : values.data<T>();
}

}  // namespace

void Dataset::fill(std::span<const std::int32_t> positions, Batch& batch,
                   const BatchOptions* augmented) const {
  const DatasetContents& all = *contents_;
  const auto count = static_cast<Index>(positions.size());
  const Index size = image_shape().size();
  const DType dtype = all.features.defined() ? all.features.dtype() : float32;
  batch.images = Tensor();  // its memory serves for the new one
  batch.images = Tensor::empty(with_count(count, image_shape()), dtype);
  batch.labels.resize(all.labels.empty() ? 0 : positions.size());
  batch.positions.assign(positions.begin(), positions.end());

  // copy(row, where it comes to stand in the batch) for each sample
  const auto each_sample = [&](const auto& copy) {
    parallel_for((count + 63) / 64, [&](Index tile) {
      for (Index i = tile * 64; i < std::min(count, (tile + 1) * 64); ++i)
        copy(row_of(positions[static_cast<std::size_t>(i)]), i);
    });
  };
  dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* const images = writable<T>(batch.images);
    each_sample([&](Index row, Index i) {
      T* const to = images + i * size;
      if (all.features.defined())
        copy_sample(all.features.data<T>() + row * size, size, to);
      else
        copy_sample(all.images.data() + row * size, size, to);
      if (augmented)
        detail::augment_image(augmented->augment, augmented->seed, augmented->epoch,
                              positions[static_cast<std::size_t>(i)], image_shape(), to);
      if (!all.labels.empty())
        batch.labels[static_cast<std::size_t>(i)] = all.labels[static_cast<std::size_t>(row)];
    });
  });
  if (all.targets.defined()) {
    const Shape one = all.targets.shape().without(0);
    batch.targets = Tensor();
    batch.targets = Tensor::empty(with_count(count, one), all.targets.dtype());
    dispatch(all.targets.dtype(), [&](auto zero) {
      using T = decltype(zero);
      T* const targets = writable<T>(batch.targets);
      each_sample([&](Index row, Index i) {
        copy_sample(all.targets.data<T>() + row * one.size(), one.size(), targets + i * one.size());
      });
    });
  }
  if (!mapped_) return;
  const PauseRecording unrecorded;
  for (const auto& f : mapped_->functions) {
    batch.images = f(batch.images);
    if (batch.images.rank() < 1 || batch.images.dim(0) != count)
      throw ValueError("map: the first axis must stay that of the samples, {}; got {}", count,
                       batch.images.shape());
  }
}

Batch Dataset::gather(ListOf<std::int32_t> positions) const {
  for (const std::int32_t position : positions) check_position(position);
  Batch batch;
  fill(positions, batch);
  return batch;
}

Batches Dataset::batches(const BatchOptions& options) const {
  detail::check_batch_options("batches", *this, options);
  return Batches(*this, options);
}

void detail::check_batch_options(const char* op, const Dataset& dataset,
                                 const BatchOptions& options) {
  const Index samples = dataset.size();
  if (options.size < 1) throw ValueError("{}: size must be >= 1; got {}", op, options.size);
  if (options.first < 0 || options.first > samples)
    throw ValueError("{}: first must be in [0, {}], the samples of a pass; got {}", op, samples,
                     options.first);
  if (options.prefetch < 0)
    throw ValueError("{}: prefetch must be >= 0; got {}", op, options.prefetch);
  if (options.drop_remainder && samples > 0 && options.size > samples)
    throw ValueError(
        "{}: size must be at most {}, the samples of a pass, to leave out the rest; "
        "got {}",
        op, samples, options.size);
  if (options.augment != Augmentation())
    check_augmentation(op, options.augment, dataset.image_shape());
}

Batches::Batches(const Dataset& dataset, const BatchOptions& options)
    : dataset_(dataset), options_(options) {
  options_.size = std::min(options.size, std::max<Index>(1, dataset.size()));
  std::vector<std::int32_t> order;
  if (options.shuffle) {
    order = permutation(dataset.size(), {options.seed, shuffle_stream, options.epoch});
  } else {
    order.resize(static_cast<std::size_t>(dataset.size()));
    std::iota(order.begin(), order.end(), 0);
  }
  order_ = std::make_shared<const std::vector<std::int32_t>>(std::move(order));
}

Index Batches::count() const {
  const Index left = dataset_.size() - options_.first;
  return (left + (options_.drop_remainder ? 0 : options_.size - 1)) / options_.size;
}

std::span<const std::int32_t> Batches::positions_of(Index number) const {
  const auto first = static_cast<std::size_t>(options_.first + number * options_.size);
  return std::span(*order_).subspan(
      first, std::min(static_cast<std::size_t>(options_.size), order_->size() - first));
}

void Batches::make(Index number, Batch& batch) const {
  dataset_.fill(positions_of(number), batch, options_.augment.any() ? &options_ : nullptr);
}

Batches::Iterator Batches::begin() const { return Iterator(*this); }

Batches::Iterator::Iterator(const Batches& batches) : batches_(&batches) {
  if (batches.options_.prefetch > 0 && batches.count() > 0)
    ahead_ = std::make_shared<detail::Prefetch>(
        [all = batches](Index number, Batch& batch) { all.make(number, batch); }, batches.count(),
        batches.options_.prefetch);
  make();
}

void Batches::Iterator::make() {
  if (number_ >= batches_->count()) return;
  if (ahead_)
    ahead_->take(batch_);
  else
    batches_->make(number_, batch_);
}

Batches::Iterator& Batches::Iterator::operator++() {
  ++number_;
  make();
  return *this;
}

}  // namespace reel
