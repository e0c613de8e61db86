// Batches that another thread makes. Forks: forked_loop_test.cpp.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/loader.h>
#include <reel/core/ops.h>

#include "small_pictures.h"

using namespace reel;
using namespace reel::test;

TEST_CASE("batches that another thread makes are the same ones") {
  const Dataset data = pictures(50).map([](const Tensor& x) { return 1.0 - x; });
  BatchOptions options = everything;
  const Seen expected = seen_in(data.batches(options));
  for (const Index ahead : {1, 2, 100}) {
    options.prefetch = ahead;
    CHECK(seen_in(data.batches(options)) == expected);
    Loader loader(data, options);
    CHECK(seen_in(loader) == expected);
    CHECK_FALSE(seen_in(loader) == expected);
  }
  CHECK(seen_in(pictures(5).filter([](Index) { return false; }).batches({.prefetch = 2}))
            .labels.empty());
}

TEST_CASE("a batch made ahead may be kept after the loop has moved on") {
  std::vector<Batch> kept;
  for (const Batch& batch : pictures(6).batches({.size = 2, .prefetch = 2})) kept.push_back(batch);
  CHECK(kept[0].labels == std::vector<std::int32_t>{0, 1});
  CHECK(same(kept[2].images, pictures(6).gather({4, 5}).images));
}

TEST_CASE("what goes wrong on the other thread is thrown where its batch is due") {
  const Dataset data = pictures(10).map([calls = std::make_shared<int>(0)](const Tensor& x) {
    if (++*calls == 4) throw ValueError("the third batch");  // the first call is that of `map`
    return x;
  });
  std::vector<std::int32_t> seen;
  const auto run = [&] {
    for (const Batch& batch : data.batches({.size = 2, .prefetch = 3}))
      seen.insert(seen.end(), batch.labels.begin(), batch.labels.end());
  };
  CHECK_THROWS_WITH_AS(run(), "the third batch", ValueError);
  CHECK(seen == std::vector<std::int32_t>{0, 1, 2, 3});
}

TEST_CASE("a loop that is broken off waits for no batch that nobody wants") {
  const auto made = std::make_shared<std::atomic<int>>(0);
  const Dataset data = pictures(100).map([made](const Tensor& x) {
    ++*made;
    return x;
  });
  for (const Batch& batch : data.batches({.size = 1, .prefetch = 2})) {
    CHECK(batch.size() == 1);
    break;
  }
  CHECK(*made <= 1 + 1 + 2 + 1);  // map's own, the one taken, those ahead, the one at hand
  auto unused = data.batches({.size = 1, .prefetch = 2});
  {
    const auto begun = unused.begin();
    CHECK(begun->size() == 1);
  }
}
