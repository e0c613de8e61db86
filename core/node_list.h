// The list behind the tapes of one thread: nodes, the arena of their closures, and the look-up from
// a tensor's id to the node that made it.
//
// Invariants: nodes and closures never move while they live, so a sweep may append; ids of one
// thread are consecutive, so the look-up is a subtraction and an array access, and only tensors
// made before the list began (or on another thread) need a hash map. What few tapes need lies
// beside the nodes and costs the others nothing: the witnesses of tapes that check numbers
// (nan_check.h), the segments of `checkpoint` (recompute.h), whose nodes have lost their closures.
// Internal: included by the sources of core and inspect.
#pragma once

#include <deque>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/core/record.h>
#include <reel/core/runtime/memory.h>

namespace reel::detail {

// Memory that is taken in order and freed at once, or from the end.
class Arena {
 public:
  struct Position {
    std::size_t chunks;
    char* next;
    char* end;
  };

  bool has(std::size_t bytes) const { return static_cast<std::size_t>(end_ - next_) >= bytes; }
  /// What it has, a multiple of 8 bytes.
  void* take_at_hand(std::size_t bytes) { return std::exchange(next_, next_ + bytes); }
  void* take(std::size_t bytes) {
    bytes = (bytes + 7) & ~std::size_t{7};
    if (!has(bytes)) return take_chunk(bytes);
    return take_at_hand(bytes);
  }
  Position position() const { return {chunks_.size(), next_, end_}; }
  void roll_back(const Position& to);
  void clear() { roll_back({0, nullptr, nullptr}); }
  Index bytes() const;
  ~Arena() { clear(); }

 private:
  struct Chunk {
    char* memory;
    std::size_t bytes;
  };
  void* take_chunk(std::size_t bytes);

  memory::Vector<Chunk> chunks_;
  char* next_ = nullptr;
  char* end_ = nullptr;
};

struct Read {
  Variable variable;
  std::uint32_t slot;
  std::uint32_t previous;  // read of the same variable, or NodeList::none
  Tensor value;            // kept inside of a checkpoint only
};

// What a tape that checks numbers remembers of a node.
struct Witness {
  CallSite site;
  std::string scope;
  std::vector<Tensor> inputs;
};

// The nodes [begin, end) of a `checkpoint`. They have no closures; running the function again
// records the same nodes once more, with theirs, at the end of the list.
struct Segment {
  std::uint32_t begin;
  std::uint32_t end;
  std::uint32_t first_read;
  std::function<void()> run_again;
};

template <class Key, class Value>
using PoolMap = std::unordered_map<Key, Value, std::hash<Key>, std::equal_to<Key>,
                                   memory::Allocator<std::pair<const Key, Value>>>;

class NodeList {
 public:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  /// The list of the calling thread.
  static NodeList& current();

  ~NodeList() { clear(); }

  std::uint32_t size() const { return size_; }
  Node& operator[](std::uint32_t slot) { return chunks_[slot >> chunk_bits][slot & chunk_mask]; }

  /// The node that made the tensor with this id, or `none`.
  std::uint32_t slot_of(TensorId id) const {
    const TensorId offset = id - base_;
    if (offset < slots_.size()) return slots_[offset];
    return foreign_.empty() ? none : foreign_slot_of(id);
  }

  /// The same, but `none` also for what would take a search.
  std::uint32_t slot_at_hand(TensorId id) const {
    const TensorId offset = id - base_;
    if (offset < slots_.size()) return slots_[offset];
    return id == last_foreign_.id ? last_foreign_.slot : none;
  }

  Node& append(const char* name, TensorId output, std::size_t input_capacity);
  /// Makes gradients flow through the node.
  void watch(Node& node) {
    watched_leaves_ += !node.watched;
    node.watched = true;
  }
  /// An upper bound for the number of watched nodes that no rule made so: where gradients end.
  std::uint32_t watched_leaves() const { return watched_leaves_; }
  /// The tapes that were paused when some node was made.
  std::uint32_t ever_paused() const { return ever_paused_; }
  Arena& arena() { return arena_; }

  void begin(const Tape& tape);
  void end(const Tape& tape);
  std::uint64_t serial() const { return serial_; }
  int tape_count() const { return static_cast<int>(tapes_.size()); }

  Tensor append_read(const Variable& variable, const Tensor& value, bool explicitly_watched);
  std::span<const Read> reads() const { return reads_; }
  std::uint32_t last_read(TensorId variable) const;

  bool reaches(std::uint32_t begin, std::span<const TensorId> from, TensorId y);
  void destroy_closures(std::uint32_t slot) noexcept;
  /// Bytes of the tensors that closures of the nodes from `begin` on hold.
  Index bytes_held(std::uint32_t begin);

  /// Whether a tape that records now checks numbers.
  bool checks_numbers() const { return checking_ && (checking_ & ~paused_tapes) != 0; }
  Witness& make_witness(std::uint32_t slot);
  bool has_witnesses() const { return !witnesses_.empty(); }
  /// Null for a node that no tape checked.
  const Witness* witness_of(std::uint32_t slot) const;
  /// Where the op was called; without a file when nobody knows.
  CallSite place_of(std::uint32_t slot) const;

  // --- checkpoints ---------------------------------------------------------------------------

  struct Position {
    std::uint32_t size;
    std::size_t slots, reads, segments;
    Arena::Position arena;
  };
  Position position() const;
  /// Forgets the nodes since then, as if they had never been made.
  void roll_back(const Position& to);

  /// Runs `f`, keeps the values of the variables that it reads instead of its closures, and makes
  /// its nodes a segment.
  Tensor record_segment(const std::function<Tensor()>& f, std::function<void()> run_again);
  /// Records the nodes of a segment again, for the paused tape `bit` too. RuntimeError when they
  /// are others.
  void record_again(const Segment& segment, std::uint32_t bit);
  /// Drops what recording it again needs.
  void release(Segment& segment);

  /// By their ends; an outer one comes after those inside.
  std::deque<Segment> segments;

  memory::Vector<std::function<void(bool)>> on_end;

 private:
  static constexpr int chunk_bits = 10;
  static constexpr std::uint32_t chunk_mask = (1u << chunk_bits) - 1;

  void clear();
  void add_chunk();
  std::uint32_t foreign_slot_of(TensorId id) const {
    return id == last_foreign_.id ? last_foreign_.slot : find_foreign(id);
  }
  std::uint32_t find_foreign(TensorId id) const;
  void enter(TensorId output, std::uint32_t slot);
  bool is_watched(const Variable& variable) const;
  Tensor replayed(const Variable& variable);

  memory::Vector<Node*> chunks_;
  std::uint32_t size_ = 0;
  Arena arena_;
  TensorId base_ = 0;
  memory::Vector<std::uint32_t> slots_;
  PoolMap<TensorId, std::uint32_t> foreign_;
  struct Found {
    TensorId id = 0;
    std::uint32_t slot = none;
  };
  mutable Found last_foreign_;  // the same one is asked for again and again, say a weight
  memory::Vector<Read> reads_;
  PoolMap<TensorId, std::uint32_t> last_reads_;
  PoolMap<TensorId, bool> watched_variables_;
  memory::Vector<const Tape*> tapes_;
  std::uint64_t serial_ = 0;
  int exceptions_ = 0;
  std::uint32_t watched_leaves_ = 0;
  std::uint32_t ever_paused_ = 0;
  std::uint32_t checking_ = 0;  // the tapes that check numbers
  std::unordered_map<std::uint32_t, Witness> witnesses_;
  int open_segments_ = 0;
  std::uint32_t next_replayed_ = none;  // the read whose value stands for the next one
};

}  // namespace reel::detail
