// The result's shape under broadcasting, and the walk over its blocks.
//
// The constructor goes through the axes from the innermost and opens a new group only where some
// operand cannot be stepped through as before: most calls end with one group or two, whatever their
// rank. An axis of extent 1 is no step at all and is left out. A range may begin and end within a
// row, since tiles are cut by numbers of elements; then a block is what is left of that row.
// Read before: broadcast.h. Read next: map.h.
#include <reel/core/kernels/elementwise/broadcast.h>

#include <reel/core/error.h>

namespace reel {

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  Shape result;
  for (int i = 0; i < rank; ++i) {
    const int ia = i - (rank - a.rank()), ib = i - (rank - b.rank());
    const Index na = ia < 0 ? 1 : a[ia], nb = ib < 0 ? 1 : b[ib];
    if (na != nb && na != 1 && nb != 1)
      throw ValueError("{}: shapes must broadcast; got {} and {}", op, a, b);
    result.push_back(na == 1 ? nb : na);
  }
  return result;
}

namespace kernels {

Broadcast::Broadcast(const Shape& y, std::initializer_list<const Shape*> operands) {
  std::array<Index, max_operands> sizes;  // of the axes passed so far
  sizes.fill(1);
  int last = -1;  // the group that grows
  for (int axis = -1; axis >= -y.rank(); --axis) {
    const Index extent = y[axis];
    Group next{extent, {}};
    bool merges = last >= 0;
    operand_count_ = 0;
    for (const Shape* shape : operands) {
      const int i = operand_count_++;
      const Index own = -axis <= shape->rank() ? (*shape)[axis] : 1;
      next.strides[i] = own == 1 ? 0 : sizes[i];
      sizes[i] *= own;
      merges = merges && next.strides[i] == groups_[last].strides[i] * groups_[last].extent;
    }
    if (extent == 1) continue;
    if (merges)
      groups_[last].extent *= extent;
    else
      groups_[++last] = next;
  }
  group_count_ = std::max(group_count_, last + 1);
  operand_count_ = static_cast<int>(operands.size());
  for (int i = 0; i < operand_count_; ++i)
    strides_[i] = {groups_[1].strides[i], groups_[0].strides[i]};
}

Broadcast::Block Broadcast::block_at(Index begin, Index end) const {
  Block block{{}, begin, 1, 1};
  std::array<Index, Shape::max_rank + 2> position{};
  Index rest = begin;
  for (int g = 0; g < group_count_; ++g) {
    position[g] = rest % groups_[g].extent;
    rest /= groups_[g].extent;
    for (int i = 0; i < operand_count_; ++i) block.at[i] += position[g] * groups_[g].strides[i];
  }
  const Index columns = groups_[0].extent, left = end - begin;
  if (position[0] > 0 || left < columns) {
    block.columns = std::min(columns - position[0], left);
  } else {
    block.columns = columns;
    block.rows = std::min(groups_[1].extent - position[1], left / columns);
  }
  return block;
}

}  // namespace kernels
}  // namespace reel
