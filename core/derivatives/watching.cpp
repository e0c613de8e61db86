// What a tape is told to watch, and what it has watched.
//
// A watch counts from its time on: to what was computed before, the tensor or variable is a
// constant. The list keeps it with the tape's bit, so no other tape sees it (marks.h).
// Read before: tape.h, marks.h.
#include <algorithm>

#include <reel/core/tape.h>

namespace reel {

void Tape::watch(const Tensor& x) {
  check_usable();
  if (!x.defined()) throw ValueError("Tape: watch needs a tensor; got an undefined one");
  detail::NodeIndex node = list_->find(x.id());
  if (node == detail::no_node) {
    list_->append("watch", x.id(), 0);
    node = list_->size() - 1;
  }
  (*list_)[node].watched = true;
  list_->watches.push_back({bit_, 0, node, list_->size()});
}

void Tape::watch(const Variable& variable) {
  check_usable();
  if (!variable.defined()) throw ValueError("Tape: watch needs a variable; got none");
  list_->watches.push_back({bit_, variable.id(), detail::no_node, list_->size()});
  list_->append_read(variable, variable.stored(), bit_);
}

namespace {

// All or none: what is not there is found before the first is watched.
template <class Source>
void watch_all(Tape& tape, std::span<const Source> sources) {
  const auto missing = std::find_if(sources.begin(), sources.end(),
                                    [](const Source& each) { return !each.defined(); });
  if (missing != sources.end()) return tape.watch(*missing);  // which says so
  for (const Source& each : sources) tape.watch(each);
}

}  // namespace

void Tape::watch(std::span<const Variable> variables) { watch_all(*this, variables); }
void Tape::watch(std::span<const Tensor> xs) { watch_all(*this, xs); }

template <class Source>
void Tape::watch(std::initializer_list<Source> sources) {
  watch_all(*this, std::span<const Source>(ListOf(sources)));
}
template void Tape::watch(std::initializer_list<Variable>);
template void Tape::watch(std::initializer_list<Tensor>);

std::vector<Variable> Tape::watched_variables() const {
  check_usable();
  std::vector<Variable> result;
  for (const detail::Read& read : list_->reads())
    if (read.node >= begin_ && (read.tapes & bit_) &&
        std::find(result.begin(), result.end(), read.variable) == result.end())
      result.push_back(read.variable);
  return result;
}

}  // namespace reel
