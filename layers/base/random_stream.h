// RandomStream: which random numbers a layer draws.
//
// A layer with a seed of its own draws the same whatever was made before it; the others are counted
// with the first values of variables, so that `set_seed` starts them again too. How often was drawn
// is not kept here: `next_key` numbers the draws, so a call that is replayed in a RandomScope draws
// the same. It is a base of the layers that draw: so a checkpoint finds them, and keeps the
// streams, which depend on what was made before. Read before: random.h. Read next: dropout.h,
// gaussian_noise.h.
#pragma once

#include <cstdint>
#include <optional>

#include <reel/core/ops/random.h>

namespace reel::detail {

class RandomStream {
 public:
  std::uint64_t stream() const { return stream_; }
  void set_stream(std::uint64_t stream) { stream_ = stream; }

 protected:
  /// `family` is a number of the class with 32 zeros at its end.
  RandomStream(std::uint64_t family, const std::optional<std::uint64_t>& seed)
      : stream_(family + (seed ? 0 : next_initial_key().draw + 1)), seed_(seed) {}
  virtual ~RandomStream() = default;

  /// The key of the next draw.
  RandomKey next_random_key() const {
    RandomKey key = next_key(stream_);
    if (seed_) key.seed = *seed_;
    return key;
  }

 private:
  std::uint64_t stream_;
  std::optional<std::uint64_t> seed_;
};

}  // namespace reel::detail
