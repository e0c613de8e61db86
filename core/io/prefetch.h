// Batches that another thread makes ahead of the loop that takes them. Internal.
//
// Invariant: `take` gives batches 0, 1, 2, ... as `make` makes them, whoever made them; what `make`
// throws is thrown by the `take` that comes to that batch; the destructor waits for the one batch
// that is being made and for nothing else. A child of fork has no such thread: there, and where the
// system gives no thread, `take` makes its batches itself. What the child's copy of the thread's
// objects needs to be torn down is in the parent, so it is left as it is.
// Read before: batch.h, fork.h. Read next: prefetch.cpp.
#pragma once

#include <functional>

#include <reel/core/io/batch.h>

namespace reel::detail {

class Prefetch {
 public:
  /// Fills the batch of this number; called by one thread at a time.
  using Make = std::function<void(Index number, Batch& batch)>;

  /// `count` batches, up to `ahead` >= 1 of them waiting at a time.
  Prefetch(Make make, Index count, Index ahead);
  ~Prefetch();
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  /// The next batch in the place of an old one, whose memory is used again; at most `count` times.
  void take(Batch& batch);

 private:
  struct State;
  State* const state_;
};

}  // namespace reel::detail
