// slice, strided_slice, reverse, pad: parts of a tensor, and a tensor as a part of a larger one.
//
// They check their arguments and turn them into a Section, which `take` and `put` move about.
// Mirroring is a gather, where positions may repeat. Read before: section.h. Read next:
// joining.cpp, gather.cpp.
#include <algorithm>
#include <limits>

#include <reel/core/ops/section.h>
#include <reel/core/ops/shape_ops.h>

namespace reel {
namespace {

void check_length(const char* op, const char* argument, std::size_t length, const Shape& shape) {
  if (static_cast<int>(length) != shape.rank())
    throw ValueError("{}: {} must have an entry for each of the {} axes of shape {}; got {}", op,
                     argument, shape.rank(), shape, length);
}

// The position that padding shows at `i` of an axis of n elements, `before` of them in front:
// reflect mirrors at the first and last element, symmetric beside them.
std::int32_t mirrored(Index i, Index before, Index n, PadMode mode) {
  const Index outside = mode == PadMode::reflect ? 0 : 1;
  Index position = i - before;
  if (position < 0) position = -position - outside;
  if (position >= n) position = 2 * (n - 1) - position + outside;
  return static_cast<std::int32_t>(position);
}

}  // namespace

// A size of -1 is worked out first, so that one check of the bounds serves both.
Tensor slice(const Operand& operand, const std::vector<Index>& begin,
             const std::vector<Index>& size) {
  const Tensor& x = operand.tensor("slice");
  check_length("slice", "begin", begin.size(), x.shape());
  check_length("slice", "size", size.size(), x.shape());
  detail::Section section(x.shape());
  for (int i = 0; i < x.rank(); ++i) {
    const Index n = x.shape()[i];
    if (size[i] < -1)
      throw ValueError("slice: size must be >= 0, or -1 for all that follow; got {} on axis {}",
                       size[i], i);
    Index end = n;
    if (size[i] != -1 && __builtin_add_overflow(begin[i], size[i], &end))
      end = std::numeric_limits<Index>::max();
    if (begin[i] < 0 || begin[i] > n || end > n)
      throw ValueError(
          "slice: begin and begin + size must lie in [0, {}] on axis {}; got {} and {}", n, i,
          begin[i], end);
    section.begin[i] = begin[i];
    section.extents[i] = end - begin[i];
  }
  return detail::take("slice", x, section);
}

// Python's slices, to the letter, as a begin, a step and a count.
Tensor strided_slice(const Operand& operand, const std::vector<Index>& begin,
                     const std::vector<Index>& end, const std::vector<Index>& strides) {
  const Tensor& x = operand.tensor("strided_slice");
  check_length("strided_slice", "begin", begin.size(), x.shape());
  check_length("strided_slice", "end", end.size(), x.shape());
  check_length("strided_slice", "strides", strides.size(), x.shape());
  detail::Section section(x.shape());
  for (int i = 0; i < x.rank(); ++i) {
    const Index n = x.shape()[i], step = strides[i];
    if (step == 0) throw ValueError("strided_slice: strides must not be 0; got 0 on axis {}", i);
    // Python: a negative position counts from the end, then both are cut off where x ends.
    const Index lowest = step > 0 ? 0 : -1, highest = step > 0 ? n : n - 1;
    const auto cut = [&](Index position) {
      return std::clamp(position < 0 ? position + n : position, lowest, highest);
    };
    const Index first = cut(begin[i]), distance = cut(end[i]) - first;
    const bool is_empty = step > 0 ? distance <= 0 : distance >= 0;
    section.begin[i] = first;
    section.extents[i] = is_empty ? 0 : 1 + (distance - (step > 0 ? 1 : -1)) / step;
    section.step[i] = section.extents[i] > 1 ? step : 1;  // else it may be beyond all memory
  }
  return detail::take("strided_slice", x, section);
}

Tensor reverse(const Operand& operand, const std::vector<int>& axes) {
  const Tensor& x = operand.tensor("reverse");
  detail::Section section(x.shape());
  for (int axis_in : axes) {
    const int axis = normalize_axis("reverse", axis_in, x.rank());
    if (section.step[axis] < 0)
      throw ValueError("reverse: each axis may be named once; got axis {} twice", axis_in);
    section.begin[axis] = x.shape()[axis] - 1;
    section.step[axis] = -1;
  }
  return detail::take("reverse", x, section);
}

// All axes are checked before any is padded; sizes are added with care, as they may be absurd.
Tensor pad(const Operand& operand, const std::vector<std::array<Index, 2>>& paddings, PadMode mode,
           double value) {
  const Tensor& x = operand.tensor("pad");
  check_length("pad", "paddings", paddings.size(), x.shape());
  detail::Section section(x.shape());
  Shape shape = x.shape();
  for (int i = 0; i < x.rank(); ++i) {
    const auto [before, after] = paddings[i];
    if (before < 0 || after < 0)
      throw ValueError("pad: paddings must be >= 0; got ({}, {}) on axis {}", before, after, i);
    Index padding;
    if (__builtin_add_overflow(before, after, &padding) ||
        __builtin_add_overflow(shape[i], padding, &shape[i]))
      throw ValueError("pad: paddings must fit into memory; got ({}, {}) on axis {}", before, after,
                       i);
    const Index most = x.shape()[i] - (mode == PadMode::reflect ? 1 : 0);
    if (mode != PadMode::constant && std::max(before, after) > std::max<Index>(most, 0))
      throw ValueError("pad: {} padding of axis {} of shape {} must be at most {}; got ({}, {})",
                       mode == PadMode::reflect ? "reflect" : "symmetric", i, x.shape(),
                       std::max<Index>(most, 0), before, after);
    section.begin[i] = before;
  }
  if (mode == PadMode::constant || x.size() == 0)
    return detail::put("pad", x, section, shape, value);

  // A mirrored axis is a gather whose positions repeat, so the gradients of mirrored cells add up.
  Tensor y = x;
  for (int i = 0; i < x.rank(); ++i) {
    if (shape[i] == x.shape()[i]) continue;
    std::vector<std::int32_t> positions;
    for (Index k = 0; k < shape[i]; ++k)
      positions.push_back(mirrored(k, paddings[i][0], x.shape()[i], mode));
    y = gather(y, positions, i);
  }
  return y;
}

}  // namespace reel
