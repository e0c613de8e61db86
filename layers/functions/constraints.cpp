#include <reel/layers/functions/constraints.h>

#include <algorithm>
#include <optional>

#include <reel/layers/functions/lookup.h>

namespace reel {

namespace {

// The tensor whose element i is f(elements of w, i).
template <class F>
Tensor rewritten(const Tensor& w, F f) {
  Tensor y = Tensor::empty(w.shape(), w.dtype());
  dispatch(w.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = w.data<T>();
    T* to = writable<T>(y);
    for (Index i = 0; i < w.size(); ++i) to[i] = f(from, i);
  });
  return y;
}

Tensor without_negatives(const Variable& variable) {
  const Tensor& w = variable.stored();
  const bool met = dispatch(w.dtype(), [&](auto zero) {
    const auto values = w.span<decltype(zero)>();
    return std::none_of(values.begin(), values.end(), [](auto v) { return v < 0; });
  });
  if (met) return w;
  return rewritten(w, [](const auto* from, Index i) {
    return from[i] < 0 ? std::decay_t<decltype(*from)>(0) : from[i];  // what is no number stays
  });
}

// 0 for the one or four elements at the centre of a k x k plane, 1 for the ring around them.
Index ring_of(Index row, Index column, Index k) {
  const Index s = k / 2;
  const auto distance = [&](Index i) { return i >= s ? i - s : (k % 2 ? s - i : s - 1 - i); };
  return std::max(distance(row), distance(column));
}

// A kernel (k, k, C, M) whose rings take the values that stand at diagonal_of(ring).
template <class F>
Tensor rings(const Tensor& w, F diagonal_of) {
  const Index k = w.dim(0), planes = w.dim(2) * w.dim(3);
  return rewritten(w, [=](const auto* from, Index i) {
    const Index at = diagonal_of(ring_of(i / planes / k, i / planes % k, k));
    return from[(at * k + at) * planes + i % planes];
  });
}

Tensor with_rings(const Variable& variable) {
  const Tensor& w = variable.stored();
  const Shape& shape = w.shape();
  if (shape.rank() != 4 || shape[0] != shape[1] || shape[0] < 2)
    throw ValueError(
        "radial_constraint: the kernel must have shape (k, k, C, M) with k >= 2; got {} of shape "
        "{}",
        variable.name(), shape);
  const Index k = shape[0], s = k / 2;
  return rings(w, [=](Index ring) {
    if (ring == 0) return s - 1;
    return k % 2 ? s + ring - 1 : s + ring;
  });
}

// The rings that a kernel would have if each took the value that stands on it on the diagonal: the
// kernel itself when it is made of rings.
Tensor rings_of(const Variable& w) {
  return rings(w.stored(), [s = w.shape()[0] / 2](Index ring) { return s + ring; });
}

}  // namespace

Constraint non_neg() { return Constraint("non_neg", {}, without_negatives); }

Constraint radial_constraint() {
  return Constraint("radial_constraint", {},
                    detail::Projection{.project = with_rings, .inside = rings_of});
}

// --- look-up -----------------------------------------------------------------------------------

template <>
struct detail::ConfigTraits<NormAxes> {
  static NormAxes from(const ConfigEntry& entry) {
    const auto* rule = entry.value.get<std::string>();
    if (!rule) return ConfigTraits<std::vector<int>>::from(entry);
    if (*rule == "per_filter") return per_filter();
    if (*rule == "per_channel") return per_channel();
    throw ValueError("axis must be a list of axes, per_filter or per_channel; got '{}'", *rule);
  }
};

namespace {

using Read = detail::ConfigReader;

NormAxes read_axes(Read& read) { return read.take<NormAxes>("axis", 0); }

const std::vector<detail::Known<Constraint>>& table() {
  static const std::vector<detail::Known<Constraint>> known = {
      {{"max_norm", "maxnorm", "MaxNorm"},
       [](Read& read) { return max_norm(read.take("max_value", 2.0), read_axes(read)); }},
      {{"non_neg", "nonneg", "NonNeg"}, [](Read&) { return non_neg(); }},
      {{"unit_norm", "unitnorm", "UnitNorm"},
       [](Read& read) { return unit_norm(read_axes(read)); }},
      {{"min_max_norm", "MinMaxNorm"},
       [](Read& read) {
         return min_max_norm({read.take("min_value", 0.0), read.take("max_value", 1.0),
                              read.take("rate", 1.0), read_axes(read)});
       }},
      {{"radial_constraint", "RadialConstraint"}, [](Read&) { return radial_constraint(); }},
  };
  return known;
}

}  // namespace

Constraint resolve(const Constraint& constraint, const std::string& where) {
  return detail::look_up<Constraint>("constraint", table(), constraint, where);
}

}  // namespace reel
