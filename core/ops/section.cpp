// Taking a section out of a tensor, and putting one in.
//
// The two are each other's gradient. They are written out as a pair because their names differ by
// who asks: the gradient of a reverse is a "pad", whose gradient is a "slice". Read before:
// section.h. Read next: slicing.cpp.
#include <reel/core/ops/section.h>

#include <reel/core/ops/factories.h>
#include <reel/core/ops/layout.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/record.h>

namespace reel {
namespace detail {
namespace {

// The axes of a copy between a section of a tensor of `whole` and a tensor of its own, and the
// first element in `whole`.
struct SectionCopy {
  CopyAxes axes;
  Index offset = 0;

  SectionCopy(const Section& section, const Shape& whole, bool takes) {
    const Strides inside = strides_of(whole), own = strides_of(section.extents);
    for (int i = 0; i < whole.rank(); ++i) {
      const Index step = section.step[i] * inside[i];
      axes[i] = {section.extents[i], takes ? step : own[i], takes ? own[i] : step};
      offset += section.begin[i] * inside[i];
    }
  }
};

// A section of a tensor of `whole`, in the words of the op that asked if they say it all: reverse's
// axes, slice's begin and size, else strided_slice's.
Config taken(std::string_view op, const Section& section, const Shape& whole) {
  std::bitset<Shape::max_rank> reversed;
  std::vector<Index> begin, end, strides;
  bool plain = true;
  for (int i = 0; i < whole.rank(); ++i) {
    const Index n = section.extents[i], step = section.step[i];
    begin.push_back(n > 0 ? section.begin[i] : 0);
    strides.push_back(step);
    const Index last = begin.back() + (n - 1) * step;
    end.push_back(n == 0     ? begin.back()
                  : step > 0 ? last + 1
                  : last > 0 ? last - 1
                             : -whole[i] - 1);
    reversed[i] = step < 0;
    plain = plain && step == 1;
  }
  if (op == "reverse") return named("axes", reversed);
  if (op == "slice" && plain) return named("begin", begin, "size", section.extents);
  return named("begin", begin, "end", end, "strides", strides);
}

// How x was put into a tensor of `whole`: pad's words where no step is left out or turned round,
// else strided_slice's, and the shape.
Config padded(const Section& section, const Shape& whole, double fill) {
  ConfigValue::List paddings;
  for (int i = 0; i < whole.rank(); ++i) {
    const Index n = section.extents[i], before = n > 0 ? section.begin[i] : 0;
    if (section.step[i] != 1) return named(taken("pad", section, whole), "shape", whole);
    paddings.emplace_back(ConfigValue::List{before, whole[i] - n - before});
  }
  return named("paddings", paddings, "mode", "constant", "value", fill);
}

}  // namespace

Tensor take(const char* op, const Tensor& x, const Section& section) {
  Tensor y = Tensor::empty(section.extents, x.dtype());
  const SectionCopy copy(section, x.shape(), true);
  if (y.size() > 0) copy_axes(copy.axes, x.rank(), x, copy.offset, y, 0);
  if (!recording()) return y;
  return record(op, y,
                wrt(x, [section, shape = x.shape()](
                           const Tensor& dy) { return put("pad", dy, section, shape); }),
                attributes([&] { return taken(op, section, x.shape()); }));
}

Tensor put(const char* op, const Tensor& x, const Section& section, const Shape& shape,
           double fill) {
  Tensor y = fill == 0 ? zeros(shape, x.dtype()) : full(shape, fill, x.dtype());
  const SectionCopy copy(section, shape, false);
  if (x.size() > 0) copy_axes(copy.axes, shape.rank(), x, 0, y, copy.offset);
  if (!recording()) return y;
  return record(op, y, wrt(x, [section](const Tensor& dy) { return take("slice", dy, section); }),
                attributes([&] { return padded(section, shape, fill); }));
}

}  // namespace detail
}  // namespace reel
