// A loop whose batches another thread makes, in a child of fork.
#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include <reel/core/io/dataset.h>

#include "in_child.h"
#include "small_pictures.h"

using namespace reel;
using namespace reel::test;

TEST_CASE("a child of fork goes on with a loop, and ends it, without the thread") {
  BatchOptions options = everything;
  options.prefetch = 2;
  const Dataset data = pictures(50);
  const Seen expected = seen_in(data.batches(options));
  const Batches pass = data.batches(options);
  Seen seen;
  const auto take = [&](const Batch& batch) {
    seen.labels.insert(seen.labels.end(), batch.labels.begin(), batch.labels.end());
    const std::vector<double> pixels = batch.images.to_vector();
    seen.pixels.insert(seen.pixels.end(), pixels.begin(), pixels.end());
  };
  int batches = 0;
  for (const Batch& batch : pass) {
    take(batch);
    if (++batches != 3) continue;
    const int status = test::status_of_child([&] {
      int ahead = 0;
      for (const Batch& other : pass) ahead += other.size() > 0;  // one begun in the child
      return ahead == 13 ? 0 : 1;
    });
    CHECK(status == 0);
  }
  CHECK(seen == expected);

  auto at = pass.begin();
  const int status = test::status_of_child([&] {
    seen = {};
    {
      auto begun_in_parent = std::move(at);
      for (; begun_in_parent != pass.end(); ++begun_in_parent) take(*begun_in_parent);
    }
    return seen == expected ? 0 : 1;
  });
  CHECK(status == 0);
}
