#include <reel/core/runtime/arena.h>

#include <algorithm>

namespace reel::memory {

namespace {
constexpr std::size_t chunk_bytes = 128 * 1024;
}

void* Arena::take_chunk(std::size_t bytes) {
  const std::size_t chunk = std::max(bytes, chunk_bytes);
  chunks_.push_back({static_cast<char*>(allocate(chunk)), chunk});
  next_ = chunks_.back().memory;
  end_ = next_ + chunk;
  return take_at_hand(bytes);
}

void Arena::roll_back(const Position& to) {
  for (; chunks_.size() > to.chunks; chunks_.pop_back())
    deallocate(chunks_.back().memory, chunks_.back().bytes);
  next_ = to.next;
  end_ = to.end;
}

Index Arena::bytes() const {
  Index bytes = next_ - end_;
  for (const Chunk& chunk : chunks_) bytes += static_cast<Index>(chunk.bytes);
  return bytes;
}

}  // namespace reel::memory
