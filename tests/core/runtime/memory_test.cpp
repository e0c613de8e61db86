#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include <reel/core/ops/factories.h>
#include <reel/core/runtime/memory.h>
#include <reel/core/tensor.h>

using namespace reel;

TEST_CASE("blocks are 64-byte aligned and writable to their last byte") {
  for (std::size_t bytes : {1, 63, 64, 65, 1000, 4097, 32768, 32769, 1000000}) {
    void* block = memory::allocate(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % 64 == 0);
    std::memset(block, 0xab, bytes);
    memory::deallocate(block, bytes);
  }
}

TEST_CASE("blocks are whole 64 bytes, above 256 less than a quarter more than asked for") {
  for (std::size_t bytes = 1; bytes < 10000; ++bytes) {
    const Index before = memory::stats().live;
    void* block = memory::allocate(bytes);
    const auto taken = static_cast<std::size_t>(memory::stats().live - before);
    memory::deallocate(block, bytes);
    CAPTURE(bytes);
    CHECK(taken % 64 == 0);
    CHECK((bytes <= 256 ? taken < bytes + 64 : 4 * taken < 5 * bytes));
  }
}

TEST_CASE("live bytes come back to where they were, also when another thread frees") {
  const Index before = memory::stats().live;
  std::vector<Tensor> tensors;
  for (Index n : {0, 1, 3, 100, 5000, 200000}) tensors.push_back(zeros({n}));
  CHECK(memory::stats().live >= before + 4 * 205000);
  std::thread([moved = std::move(tensors)]() mutable { moved.clear(); }).join();
  CHECK(memory::stats().live == before);
}

TEST_CASE("a freed large block is used again instead of asking the system") {
  { const Tensor warm_up = zeros({1 << 20}); }
  const Index reserved = memory::stats().reserved;
  for (int i = 0; i < 10; ++i) const Tensor again = zeros({1 << 20});
  CHECK(memory::stats().reserved == reserved);
  memory::release_unused();
  CHECK(memory::stats().reserved <= reserved - 4 * (1 << 20));
}

TEST_CASE("one thread may free what another allocates for ever without growing the pool") {
  const auto round = [] {
    std::vector<Tensor> made;
    made.reserve(2000);  // its memory, which comes from the pool too, stays this thread's
    std::thread([&] {
      for (int i = 0; i < 2000; ++i) made.push_back(zeros({8}));
    }).join();
  };
  for (int i = 0; i < 20; ++i) round();  // lists fill up, depending on what ran before
  const Index reserved = memory::stats().reserved;
  for (int i = 0; i < 20; ++i) round();
  CHECK(memory::stats().reserved == reserved);
}

TEST_CASE("small blocks by the ten thousand come back and serve again") {
  std::vector<void*> blocks(10'000);
  const Index before = memory::stats().live;
  Index reserved = 0;
  for (int i = 0; i < 3; ++i) {
    for (void*& block : blocks) {
      block = memory::allocate(64);
      std::memset(block, 0xcd, 64);
    }
    CHECK(memory::stats().live == before + 64 * 10'000);
    if (i == 0) reserved = memory::stats().reserved;
    for (std::size_t k = 0; k < blocks.size(); ++k)
      memory::deallocate(blocks[k * 7919 % blocks.size()], 64);
    CHECK(memory::stats().live == before);
    CHECK(memory::stats().reserved == reserved);
  }
}

TEST_CASE("the peak is the most that lived at once") {
  memory::reset_peak();
  const Index before = memory::stats().live;
  { const Tensor a = zeros({1 << 18}), b = zeros({1 << 18}); }
  const memory::Stats now = memory::stats();
  CHECK(now.live == before);
  CHECK(now.peak_live >= before + 2 * 4 * (1 << 18));
  CHECK(now.peak_live < before + 3 * 4 * (1 << 18));
}

TEST_CASE("every byte that is handed out is counted, in its class, and scratch a second time") {
  for (std::size_t bytes : {1, 64, 65, 1000, 4097, 32768, 32769, 1000000, 12345678}) {
    CAPTURE(bytes);
    const memory::Stats before = memory::stats();
    void* block = memory::allocate(bytes);
    const memory::Stats with_block = memory::stats();
    void* scratch = memory::allocate_scratch(bytes);
    const memory::Stats with_both = memory::stats();
    const Index counted = with_block.live - before.live, asked = static_cast<Index>(bytes);
    CHECK(counted >= asked);
    CHECK(counted <= (asked + 63) / 64 * 64 * 5 / 4);
    CHECK(with_block.scratch == before.scratch);
    CHECK(with_both.live - with_block.live == counted);
    CHECK(with_both.scratch - with_block.scratch == counted);
    CHECK(with_both.reserved >= with_both.live);
    std::thread([&] { memory::deallocate_scratch(scratch, bytes); }).join();
    CHECK(memory::stats().live == with_block.live);
    CHECK(memory::stats().scratch == before.scratch);
    memory::deallocate(block, bytes);
    CHECK(memory::stats().live == before.live);
  }
}
