// Taking a section out of a tensor, and putting one in.
//
// The two are each other's gradient. They are written out as a pair because their names differ by
// who asks: the gradient of a reverse is a "pad", whose gradient is a "slice". Read before:
// section.h. Read next: slicing.cpp.
#include <reel/core/ops/section.h>

#include <reel/core/ops/factories.h>
#include <reel/core/ops/layout.h>
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

}  // namespace

Tensor take(const char* op, const Tensor& x, const Section& section) {
  Tensor y = Tensor::empty(section.extents, x.dtype());
  const SectionCopy copy(section, x.shape(), true);
  if (y.size() > 0) copy_axes(copy.axes, x.rank(), x, copy.offset, y, 0);
  if (!recording()) return y;
  return record(op, y, wrt(x, [section, shape = x.shape()](const Tensor& dy) {
                  return put("pad", dy, section, shape);
                }));
}

Tensor put(const char* op, const Tensor& x, const Section& section, const Shape& shape,
           double fill) {
  Tensor y = fill == 0 ? zeros(shape, x.dtype()) : full(shape, fill, x.dtype());
  const SectionCopy copy(section, shape, false);
  if (x.size() > 0) copy_axes(copy.axes, shape.rank(), x, 0, y, copy.offset);
  if (!recording()) return y;
  return record(op, y, wrt(x, [section](const Tensor& dy) { return take("slice", dy, section); }));
}

}  // namespace detail
}  // namespace reel
