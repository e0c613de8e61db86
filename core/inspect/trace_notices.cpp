// What a trace hears from layers and optimizers, and how it keeps values.
//
// Read before: notice.h, trace.cpp. Read next: trace_json.cpp.
#include <algorithm>
#include <cmath>
#include <utility>

#include <reel/core/inspect/notice.h>
#include <reel/core/inspect/trace_telling.h>
#include <reel/core/node_list.h>

namespace reel {

TraceEvent& Trace::happened(TraceEvent::Kind kind, bool takes_time) {
  const std::chrono::duration<double> spent = told_at_ - resumed_at_, at = told_at_ - began_at_;
  events_.push_back({.kind = kind, .seconds = takes_time ? spent.count() : 0, .at = at.count()});
  if (takes_time) resumed_at_ = told_at_;  // it belongs to one event of what is told at once
  return events_.back();
}

void Trace::noticed(const detail::Notice& notice) {
  using Kind = detail::Notice::Kind;
  constexpr std::array kinds{TraceEvent::Kind::loss, TraceEvent::Kind::update,
                             TraceEvent::Kind::step, TraceEvent::Kind::project,
                             TraceEvent::Kind::step_end};
  const Telling telling(*this);
  const int variable = notice.variable ? variable_of(*notice.variable) : -1;
  const int before = value_of(notice.before), after = value_of(notice.after);
  const int gradient = value_of(notice.gradient);
  const int norms_before = value_of(notice.norms_before);
  const int norms_after = value_of(notice.norms_after);
  const int node = notice.kind == Kind::loss && detail::active_tapes ? node_of(notice.after) : -1;
  const TracePlace place = present_place();
  if (notice.kind == Kind::step_end) ++steps_;
  TraceEvent& event = happened(kinds[static_cast<std::size_t>(notice.kind)]);
  event.place = place;
  event.owner = notice.owner;
  event.name = notice.name;
  event.variable = variable;
  event.node = node;
  event.before = before;
  event.after = after;
  event.gradient = gradient;
  event.norms_before = norms_before;
  event.norms_after = norms_after;
  event.rate = notice.rate;
  event.step = notice.step;
  if (notice.attributes.of) event.attributes = notice.attributes.of(notice.attributes.f);
}

// --- values ------------------------------------------------------------------------------------

namespace {

template <class T>
void describe(std::span<const T> elements, TraceValue& value) {
  const auto is_finite = [](T x) { return std::isfinite(x); };
  const auto first = std::find_if(elements.begin(), elements.end(), is_finite);
  if (first != elements.end()) value.least = value.greatest = static_cast<double>(*first);
  double total = 0;
  Index count = 0;
  for (const T x : elements) {
    if (std::isfinite(x)) {
      value.least = std::min(value.least, static_cast<double>(x));
      value.greatest = std::max(value.greatest, static_cast<double>(x));
      total += static_cast<double>(x);
      ++count;
    } else {
      ++(std::isnan(x) ? value.nans : value.infinities);
    }
  }
  if (count == 0) return;
  value.mean = total / static_cast<double>(count);
  if (!std::isfinite(value.mean)) {  // of a sum beyond the range: the mean is within it
    value.mean = 0;
    for (const T x : elements)
      if (std::isfinite(x)) value.mean += static_cast<double>(x) / static_cast<double>(count);
  }
  value.mean = std::clamp(value.mean, value.least, value.greatest);
  const double half_width = value.greatest / 2 - value.least / 2;  // the whole may be infinite
  for (const T x : elements)
    if (std::isfinite(x)) {
      const double from_least = static_cast<double>(x) / 2 - value.least / 2;
      const double share = half_width > 0 ? from_least / half_width : 0;
      const double bin = share * static_cast<double>(value.histogram.size());
      ++value.histogram[std::min(static_cast<std::size_t>(bin), value.histogram.size() - 1)];
    }
}

}  // namespace

// A tensor that is kept cannot change, nor can its id be another's: it is found again by it. One
// that is not kept may be written into when nobody looks, as by an optimizer's step: it is known
// until the next computation.
int Trace::value_of(const Tensor& x) {
  if (!x.defined()) return -1;
  for (const auto* known : {&known_values_, &other_values_})
    if (const auto found = known->find(x.id()); found != known->end()) return found->second;
  const int number = static_cast<int>(values_.size());
  TraceValue value{.shape = x.shape(), .dtype = x.dtype()};
  const Index bytes = static_cast<Index>(x.bytes());
  if (bytes <= left_in_budget_ && bytes <= options_.budget / 8) {
    left_in_budget_ -= bytes;
    value.whole = x;
    known_values_[x.id()] = number;
  } else {
    other_values_[x.id()] = number;
    value.described = options_.budget > 0;
  }
  if (value.described)
    dispatch(x.dtype(), [&](auto zero) { describe(x.span<const decltype(zero)>(), value); });
  values_.push_back(std::move(value));
  return number;
}

}  // namespace reel
