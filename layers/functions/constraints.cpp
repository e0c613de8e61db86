// The constraints by name, and non_neg, the simplest.
//
// Read before: constraints.h, lookup.h. Read next: norm_constraints.cpp, radial_constraint.cpp.
#include <reel/layers/functions/constraints.h>

#include <algorithm>

#include <reel/layers/functions/lookup.h>

namespace reel {
namespace {

// Loops, since `less`, `any` and `where` take 2 to 6 times as long, and it runs after each update.
Tensor without_negatives(const Variable& variable) {
  const Tensor& w = variable.stored();
  return dispatch(w.dtype(), [&](auto zero) {
    const auto values = w.span<decltype(zero)>();
    const auto is_negative = [](auto v) { return v < 0; };  // what is no number is not, and stays
    if (std::none_of(values.begin(), values.end(), is_negative)) return w;
    Tensor y = Tensor::empty_like(w);
    std::replace_copy_if(values.begin(), values.end(), writable<decltype(zero)>(y), is_negative,
                         decltype(zero){});
    return y;
  });
}

}  // namespace

Constraint non_neg() { return Constraint("non_neg", {}, detail::Projection{without_negatives}); }

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
  static const auto& known = *new const std::vector<detail::Known<Constraint>>{
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
