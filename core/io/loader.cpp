// How a loader counts: passes when they begin, samples when their batch is handed out.
//
// Read before: loader.h.
#include <reel/core/io/loader.h>

#include <utility>

#include <reel/core/error.h>

namespace reel {

Loader::Loader(Dataset dataset, const BatchOptions& options)
    : dataset_(std::move(dataset)), options_(options) {
  detail::check_batch_options("Loader", dataset_, options_);
}

Loader::Iterator Loader::begin() {
  auto position = std::make_shared<LoaderPosition>(LoaderPosition{options_.epoch, options_.first});
  Iterator first(dataset_.batches(options_), position);
  ++options_.epoch;
  options_.first = 0;
  at_ = std::move(position);
  return first;
}

Index Loader::count() const {
  const Index rest = dataset_.size() % options_.size;
  return dataset_.size() / options_.size + (rest != 0 && !options_.drop_remainder);
}

LoaderPosition Loader::position() const {
  return at_ ? *at_ : LoaderPosition{options_.epoch, options_.first};
}

void Loader::set_position(const LoaderPosition& position) {
  if (position.sample < 0 || position.sample > dataset_.size())
    throw ValueError("Loader: sample must be in [0, {}], the samples of a pass; got {}",
                     dataset_.size(), position.sample);
  options_.epoch = position.epoch;
  options_.first = position.sample;
  at_ = nullptr;
}

Loader::Iterator::Iterator(Batches pass, std::shared_ptr<LoaderPosition> position)
    : pass_(std::make_shared<const Batches>(std::move(pass))),
      at_(pass_->begin()),
      position_(std::move(position)) {
  if (pass_->count() == 0)
    *position_ = {position_->epoch + 1, 0};
  else
    advance();
}

// What is left of the pass may be less than a batch, which then is left out.
void Loader::Iterator::advance() {
  if (at_ == std::default_sentinel) return;
  position_->sample += at_->size();
  const Index left = pass_->dataset_.size() - position_->sample;
  if (left < (pass_->options_.drop_remainder ? pass_->options_.size : 1))
    *position_ = {position_->epoch + 1, 0};
}

}  // namespace reel
