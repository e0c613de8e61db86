// A tensor as text: numbers in columns, brackets for axes, long axes shortened to their ends.
//
//   [[ 1.5,   -2],
//    [   0, 0.25]]  (2, 2) float32
//
// Two walks over the same text: the first finds the widest number, the second writes, so columns
// stand under each other without a buffer of strings. The price: all elements become doubles first,
// also those that are not shown. Read before: tensor.h. Read next: variable_text.cpp.
#include <reel/core/tensor.h>

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace reel {
namespace {

constexpr Index edge_items = 3;     // how many items of a long axis are shown at each end
constexpr Index short_axis = 1000;  // tensors with more elements, or a longer axis, are shortened

struct Printer {
  const Tensor& tensor;
  const std::vector<double> values;
  const bool shorten;
  std::size_t width = 0;

  explicit Printer(const Tensor& t)
      : tensor(t), values(t.to_vector()), shorten(brackets(t) > short_axis) {
    walk(
        0, 0, [&](double v) { width = std::max(width, number(v).size()); }, [](const char*) {});
  }

  // The elements; of a tensor without any, its axes may still ask for more brackets than anybody
  // can wait for.
  static Index brackets(const Tensor& t) {
    Index product = 1;
    for (Index extent : t.shape()) product *= std::max<Index>(extent, 1);
    return product;
  }

  std::string number(double value) const { return fmt::format("{:.6g}", value); }

  template <class OnNumber, class OnText>
  void walk(int axis, Index offset, OnNumber on_number, OnText on_text) const {
    const Shape& shape = tensor.shape();
    if (axis == shape.rank()) return on_number(values[offset]);
    const Index n = shape[axis], stride = shape.around(axis).inner;
    on_text("[");
    for (Index i = 0; i < n; ++i) {
      if (i > 0) separate(axis, on_text);
      if (shorten && n > 2 * edge_items && i == edge_items) {
        on_text("...");
        separate(axis, on_text);
        i = n - edge_items;
      }
      walk(axis + 1, offset + i * stride, on_number, on_text);
    }
    on_text("]");
  }

  template <class OnText>
  void separate(int axis, OnText on_text) const {
    if (axis + 1 == tensor.rank()) return on_text(", ");
    on_text(",");
    for (int i = axis + 1; i < tensor.rank(); ++i) on_text("\n");
    on_text(std::string(static_cast<std::size_t>(axis) + 1, ' ').c_str());
  }
};

}  // namespace

std::string Tensor::str() const {
  if (!defined()) return "Tensor(undefined)";
  const Printer printer(*this);
  std::string text;
  printer.walk(
      0, 0, [&](double v) { text += fmt::format("{:>{}}", printer.number(v), printer.width); },
      [&](const char* part) { text += part; });
  return fmt::format("{}  {} {}", text, shape(), dtype());
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << tensor.str(); }

}  // namespace reel
