// Who owns the draw numbers, and how words become numbers of each distribution.
//
// The first half is the state: the innermost scope of the thread, a rehearsal's own, or the
// process's under a lock. The second half fills tensors tile by tile, each from its position alone;
// a truncated normal number that falls outside is drawn again from blocks that nobody else reads.
// Read before: random.h, philox.h. Read next: dropout_op.h.
#include <reel/core/ops/random.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numbers>
#include <numeric>

#include <reel/core/kernels/random/philox.h>
#include <reel/core/runtime/fork.h>
#include <reel/core/runtime/parallel.h>

namespace reel {
namespace detail {
namespace {

// A bijection of 64 bits without pattern (the finaliser of SplitMix64).
std::uint64_t mixed(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

kernels::PhiloxKey philox_key(const RandomKey& key) {
  const std::uint64_t k = mixed(mixed(key.seed) ^ key.stream);
  return {static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(k >> 32)};
}

}  // namespace

void random_words(const RandomKey& key, std::uint64_t first_block, Index count,
                  std::uint32_t* words) {
  kernels::philox().blocks(philox_key(key), first_block, key.draw, count / 4, words);
}

}  // namespace detail

// --- the state ---------------------------------------------------------------------------------

namespace {

// The draws of all threads that have no scope of their own.
RandomState process_state;

std::mutex& process_mutex() {
  static auto& mutex = *new detail::ForkMutex;
  return mutex;
}
[[maybe_unused]] const std::mutex& made_at_load = process_mutex();  // fork.h

thread_local detail::OwnedDraws* innermost_scope = nullptr;

// Keeps first values apart from the draws of stream 0, whatever their numbers.
constexpr std::uint64_t initial_stream = 0x696e697469616c;

// The innermost of a rehearsal and those around it that takes its draws back.
Rehearsal* repeating(Rehearsal* rehearsal) {
  while (rehearsal && !rehearsal->repeats_draws()) rehearsal = rehearsal->outer();
  return rehearsal;
}

// The state that counts inside `rehearsal` (null: outside of all): that of a scope opened in it,
// else the rehearsal's own, which starts as a copy of what surrounds it at the first draw. `lock`
// is taken when it is the process's.
RandomState& state_in(Rehearsal* rehearsal, std::unique_lock<std::mutex>& lock) {
  if (innermost_scope && (!rehearsal || innermost_scope->opened_in == rehearsal))
    return innermost_scope->state;
  if (!rehearsal) {
    lock = std::unique_lock(process_mutex());
    return process_state;
  }
  if (!rehearsal->random_state) {
    std::unique_lock<std::mutex> of_outer;
    rehearsal->random_state = state_in(repeating(rehearsal->outer()), of_outer);
  }
  return *rehearsal->random_state;
}

template <class F>
auto with_state(Rehearsal* rehearsal, F f) {
  std::unique_lock<std::mutex> lock;
  return f(state_in(repeating(rehearsal), lock));
}

template <class F>
auto with_state(F f) {
  return with_state(Rehearsal::innermost(), f);
}

}  // namespace

void set_seed(std::uint64_t seed) { set_random_state({.seed = seed}); }

RandomState random_state() {
  return with_state([](const RandomState& state) { return state; });
}

void set_random_state(const RandomState& state) {
  with_state([&](RandomState& s) { return s = state; });
}

RandomKey next_key(std::uint64_t stream) {
  return with_state([&](RandomState& s) { return RandomKey{s.seed, stream, s.draw++}; });
}

// A rehearsal takes no first value back: a layer is built only once.
RandomKey next_initial_key() {
  return with_state(nullptr, [](RandomState& s) {
    return RandomKey{s.seed, initial_stream, s.initial++};
  });
}

RandomScope::RandomScope() : RandomScope(random_state()) { replays_ = true; }

RandomScope::RandomScope(const RandomState& state)
    : draws_{state, innermost_scope, repeating(Rehearsal::innermost())}, replays_(false) {
  innermost_scope = &draws_;
}

RandomScope::~RandomScope() {
  innermost_scope = draws_.outer;
  if (replays_) with_state([&](RandomState& s) { return s.initial = draws_.state.initial; });
}

// --- random tensors ----------------------------------------------------------------------------

namespace {

constexpr Index tile_size = 4096;

void check_normal(const char* op, double mean, double stddev) {
  detail::check_finite(op, "mean", mean);
  detail::check_finite(op, "stddev", stddev);
  if (stddev < 0) throw ValueError("{}: stddev must be >= 0; got {}", op, stddev);
}

// y[first, first + count) for each tile of y, in parallel: fill(first, count, elements).
template <class Fill>
Tensor generate(const Shape& shape, DType dtype, Fill fill) {
  Tensor y = Tensor::empty(shape, dtype);
  dispatch(dtype, [&](auto zero) {
    auto* to = writable<decltype(zero)>(y);
    parallel_ranges(y.size(), tile_size,
                    [&](Index first, Index end) { fill(first, end - first, to + first); });
  });
  return y;
}

// The words of elements [first, first + count), one each; first is a multiple of 4.
struct TileWords {
  std::array<std::uint32_t, tile_size> words;
  TileWords(const RandomKey& key, Index first, Index count) {
    detail::random_words(key, static_cast<std::uint64_t>(first) / 4, (count + 3) / 4 * 4,
                         words.data());
  }
};

struct Two {
  double first, second;
};

// Two independent normal numbers from two words (Box and Muller). The radius takes a word in (0,
// 1], so its logarithm is finite.
Two normal_pair(std::uint32_t a, std::uint32_t b) {
  const double radius = std::sqrt(-2.0 * std::log((a + 1.0) * 0x1p-32));
  const double angle = 2.0 * std::numbers::pi * (b * 0x1p-32);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

// The first of four normal numbers within two deviations; not a number when there is none.
double first_within_two(const std::uint32_t* w) {
  for (int pair = 0; pair < 4; pair += 2) {
    const Two z = normal_pair(w[pair], w[pair + 1]);
    if (std::abs(z.first) < 2.0) return z.first;
    if (std::abs(z.second) < 2.0) return z.second;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

// Element i has a block of its own for each attempt; one in 230 000 needs the second.
double truncated_at(const RandomKey& key, Index i, const std::uint32_t* first_attempt) {
  double z = first_within_two(first_attempt);
  for (std::uint64_t attempt = 1; std::isnan(z); ++attempt) {
    std::uint32_t w[4];
    detail::random_words(key, (attempt << 48) + static_cast<std::uint64_t>(i), 4, w);
    z = first_within_two(w);
  }
  return z;
}

}  // namespace

Tensor uniform(const Shape& shape, double low, double high, DType dtype, const RandomKey& key) {
  detail::check_finite("uniform", "low", low);
  detail::check_finite("uniform", "high", high);
  if (low > high) throw ValueError("uniform: low must not be above high; got {} and {}", low, high);
  return generate(shape, dtype, [&](Index first, Index count, auto* y) {
    using T = std::remove_pointer_t<decltype(y)>;
    // Rounding must not reach `high`, which is outside; if low == high both are the result.
    const T last = low < high ? std::nextafter(static_cast<T>(high), static_cast<T>(low))
                              : static_cast<T>(low);
    const TileWords tile(key, first, count);
    for (Index i = 0; i < count; ++i)
      y[i] = std::min(static_cast<T>(low + (high - low) * (tile.words[i] * 0x1p-32)), last);
  });
}

Tensor randn(const Shape& shape, DType dtype, const RandomKey& key) {
  return normal(shape, 0.0, 1.0, dtype, key);
}

Tensor normal(const Shape& shape, double mean, double stddev, DType dtype, const RandomKey& key) {
  check_normal("normal", mean, stddev);
  return generate(shape, dtype, [&](Index first, Index count, auto* y) {
    using T = std::remove_pointer_t<decltype(y)>;
    const TileWords tile(key, first, count);
    for (Index i = 0; i < count; i += 2) {
      const Two z = normal_pair(tile.words[i], tile.words[i + 1]);
      y[i] = static_cast<T>(mean + stddev * z.first);
      if (i + 1 < count) y[i + 1] = static_cast<T>(mean + stddev * z.second);
    }
  });
}

// Element i has block i to itself, so words are drawn in batches that fit the stack.
Tensor truncated_randn(const Shape& shape, double mean, double stddev, DType dtype,
                       const RandomKey& key) {
  check_normal("truncated_randn", mean, stddev);
  return generate(shape, dtype, [&](Index first, Index count, auto* y) {
    using T = std::remove_pointer_t<decltype(y)>;
    constexpr Index batch = tile_size / 4;
    std::array<std::uint32_t, 4 * batch> words;
    for (Index i = 0; i < count; ++i) {
      if (i % batch == 0)
        detail::random_words(key, static_cast<std::uint64_t>(first + i),
                             4 * std::min(batch, count - i), words.data());
      const std::uint32_t* own = words.data() + 4 * (i % batch);
      y[i] = static_cast<T>(mean + stddev * truncated_at(key, first + i, own));
    }
  });
}

// In order on one thread: each step depends on all before it.
std::vector<std::int32_t> permutation(Index n, const RandomKey& key) {
  if (n < 0 || n > std::numeric_limits<std::int32_t>::max())
    throw ValueError("permutation: n must be in [0, 2^31 - 1]; got {}", n);
  std::vector<std::int32_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  // Fisher and Yates, from the end; two words a step keep the bias below 2^-32.
  std::array<std::uint32_t, 256> words;
  for (Index i = n - 1; i > 0; --i) {
    const std::size_t at = static_cast<std::size_t>(n - 1 - i) * 2 % words.size();
    if (at == 0)
      detail::random_words(key, static_cast<std::uint64_t>(n - 1 - i) / 2, words.size(),
                           words.data());
    const std::uint64_t bound = static_cast<std::uint64_t>(i) + 1;
    const std::uint64_t low = words[at] * bound >> 32;
    const std::uint64_t j = (words[at + 1] * bound + low) >> 32;
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(j)]);
  }
  return order;
}

}  // namespace reel
