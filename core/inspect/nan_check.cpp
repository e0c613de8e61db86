#include <reel/core/inspect/nan_check.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace reel::detail {

bool environment_checks_numerics() {
  static const bool asked = [] {
    const char* value = std::getenv("REEL_CHECK_NUMERICS");
    return value && std::strcmp(value, "1") == 0;
  }();
  return asked;
}

// --- numbers ---------------------------------------------------------------------------------

bool all_finite(const Tensor& x) {
  return dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* values = x.data<T>();
    bool finite = true;
    for (Index i = 0; i < x.size(); ++i)
      finite &= std::abs(values[i]) <= std::numeric_limits<T>::max();
    return finite;
  });
}

namespace {

// "shape (2, 3), from -1 to 4"; "shape (), 0" for a single element.
std::string describe(const Tensor& x) {
  const std::vector<double> values = x.to_vector();
  if (values.empty()) return fmt::format("shape {}, empty", x.shape());
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low == *high) return fmt::format("shape {}, {:.6g}", x.shape(), *low);
  return fmt::format("shape {}, from {:.6g} to {:.6g}", x.shape(), *low, *high);
}

// "2 of 6 elements are not, the first, nan, at (0, 1)"
std::string describe_bad(const Tensor& x) {
  const std::vector<double> values = x.to_vector();
  const auto is_bad = [](double value) { return !std::isfinite(value); };
  const auto first = std::find_if(values.begin(), values.end(), is_bad);
  const auto count = std::count_if(values.begin(), values.end(), is_bad);
  Index rest = first - values.begin();
  Shape position = x.shape();
  for (int axis = x.rank(); axis-- > 0;) {
    const Index extent = x.shape()[axis];
    position[axis] = rest % extent;
    rest /= extent;
  }
  return fmt::format("{} of {} elements {} not, the first, {}, at {}", count, values.size(),
                     count == 1 ? "is" : "are",
                     std::isnan(*first) ? "nan"
                     : *first > 0       ? "inf"
                                        : "-inf",
                     position);
}

std::string at(const CallSite& site) {
  return site.file ? fmt::format(" at {}:{}", site.file, site.line) : std::string();
}
std::string called(const CallSite& site) {
  return site.file ? fmt::format("\n  called{}", at(site)) : std::string();
}

// ", the result of sub at model.cpp:12", or where else a tensor on the tape comes from.
std::string origin(NodeList& list, std::uint32_t slot) {
  if (slot == NodeList::none) return {};
  const std::string_view name = list[slot].name;
  if (name == "watch") return ", watched";
  if (name == "read") {
    for (const Read& read : list.reads())
      if (read.slot == slot) return fmt::format(", variable {}", read.variable.name());
  }
  return fmt::format(", the result of {}{}", name, at(list.place_of(slot)));
}

std::string describe_inputs(NodeList& list, std::uint32_t slot) {
  std::string text;
  const Witness* witness = list.witness_of(slot);
  for (std::size_t i = 0; witness && i < witness->inputs.size(); ++i) {
    const Tensor& x = witness->inputs[i];
    text += fmt::format("\n  input {}: {}{}", i, describe(x), origin(list, list.slot_of(x.id())));
  }
  return text;
}

[[noreturn]] void throw_in_scope(const Witness* witness, const std::string& text) {
  if (!witness || witness->scope.empty()) throw ValueError("{}", text);
  throw_at<ValueError>(witness->scope, "{}", text);
}

bool inputs_are_finite(const Witness& witness) {
  return std::all_of(witness.inputs.begin(), witness.inputs.end(), all_finite);
}

}  // namespace

// --- the checks ------------------------------------------------------------------------------

void check_read(const Variable& variable, const Tensor& value) {
  if (variable.trainable() && !all_finite(value))
    throw ValueError("read: variable {} of shape {} must be finite; {}; look at its last update",
                     variable.name(), value.shape(), describe_bad(value));
}

void check_result(NodeList& list, std::uint32_t slot, const Tensor& y) {
  const Witness* witness = list.witness_of(slot);
  if (all_finite(y) || !inputs_are_finite(*witness)) return;
  throw_in_scope(witness, fmt::format("{}: the result of shape {} must be finite; {}{}{}",
                                      list[slot].name, y.shape(), describe_bad(y),
                                      called(witness->site), describe_inputs(list, slot)));
}

void check_gradient(NodeList& list, std::uint32_t slot, std::uint32_t argument, const Tensor& dy,
                    const Tensor& gradient) {
  const Witness* witness = list.witness_of(slot);
  if (all_finite(gradient) || !all_finite(dy) || (witness && !inputs_are_finite(*witness))) return;
  const Node& node = list[slot];
  std::string which;
  for (std::uint32_t i = 0; i < node.input_count; ++i)
    if (list.slot_of(node.inputs[i]) == argument && which.empty()) which = fmt::format(" {}", i);
  throw_in_scope(
      witness,
      fmt::format("gradient of {}: the gradient of input{} of shape {} must be finite; {}{}\n"
                  "  dy: {}{}",
                  node.name, which, gradient.shape(), describe_bad(gradient),
                  called(list.place_of(slot)), describe(dy), describe_inputs(list, slot)));
}

void throw_of_sum(NodeList& list, std::uint32_t slot, const Tensor& sum) {
  throw_in_scope(
      list.witness_of(slot),
      fmt::format("gradient of {}: the sum of its result's gradients, of shape {}, must be finite; "
                  "{}{}",
                  list[slot].name, sum.shape(), describe_bad(sum), called(list.place_of(slot))));
}

}  // namespace reel::detail
