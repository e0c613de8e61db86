// Random numbers from keys.
//
// A random tensor is a function of a key {seed, stream, draw} and nothing else: element i comes
// from block i / 4 of the Philox4x32-10 generator, so it does not matter how many threads fill the
// tensor or in which order. Whoever wants other numbers takes another key. `next_key` numbers the
// draws; the number belongs to the innermost `RandomScope` of the thread, or to the process where
// there is none. First values of variables are numbered apart, because a numerical check or a
// recomputation replays draws but builds a layer only once. Price: 32 random bits an element in
// both dtypes, so that float32 is float64 rounded. Source: Salmon, Moraes, Dror and Shaw, "Parallel
// random numbers: as easy as 1, 2, 3" (2011). Read before: tensor.h. Read
// next: philox.h, random.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include <reel/core/recording.h>
#include <reel/core/tensor.h>

namespace reel {

namespace detail {
// The draws of one scope.
struct OwnedDraws {
  RandomState state;
  OwnedDraws* outer;
  const Rehearsal* opened_in;
};
}  // namespace detail

/// Starts the random numbers again from `seed`: the process's, or those of the innermost
/// RandomScope of this thread. A program that never calls it has seed 0.
void set_seed(std::uint64_t seed);

RandomState random_state();
void set_random_state(const RandomState& state);

/// The key of the next draw, for `stream`.
RandomKey next_key(std::uint64_t stream = 0);

/// The key of the next first value of a variable, or of the next stream of a random layer.
RandomKey next_initial_key();

/// Owns this thread's draw number while in scope.
///
/// `RandomScope()` starts at the present state and gives the draw number back at its end, so that
/// two such scopes one after the other draw the same (as a `Rehearsal` does); `RandomScope(state)`
/// starts at `state` and leaves no trace at all. Threads that train side by side need one each to
/// be reproducible.
class RandomScope {
 public:
  RandomScope();
  explicit RandomScope(const RandomState& state);
  ~RandomScope();
  RandomScope(const RandomScope&) = delete;
  RandomScope& operator=(const RandomScope&) = delete;

 private:
  detail::OwnedDraws draws_;
  bool replays_;
};

// --- random tensors ----------------------------------------------------------------------------
// The default key is taken at each call. ValueError for bounds and deviations that are not finite,
// low > high, stddev < 0.

/// Evenly spread over [low, high).
Tensor uniform(const Shape& shape, double low = 0.0, double high = 1.0, DType dtype = float32,
               const RandomKey& key = next_key());

/// Normal with mean 0 and deviation 1.
Tensor randn(const Shape& shape, DType dtype = float32, const RandomKey& key = next_key());

/// Normal with the given mean and deviation.
Tensor normal(const Shape& shape, double mean, double stddev, DType dtype = float32,
              const RandomKey& key = next_key());

/// Normal, drawn again where it falls more than two `stddev` from the mean; the deviation of what
/// remains is 0.8796 stddev.
Tensor truncated_randn(const Shape& shape, double mean = 0.0, double stddev = 1.0,
                       DType dtype = float32, const RandomKey& key = next_key());

/// 0, 1, ..., n - 1 in random order. ValueError when n is negative or above 2^31 - 1.
std::vector<std::int32_t> permutation(Index n, const RandomKey& key = next_key());

namespace detail {

/// Random words [4 first_block, 4 first_block + count) of `key`; count is a multiple of 4.
void random_words(const RandomKey& key, std::uint64_t first_block, Index count,
                  std::uint32_t* words);

}  // namespace detail
}  // namespace reel
