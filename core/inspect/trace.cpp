// What a trace hears of the way forward: ops, reads, named parts.
//
// The list numbers its nodes anew for each computation, and forgets those that were computed again;
// the trace's own numbers stay, and one table leads from the list's to them. A tensor that no op
// made becomes a node when it is first used. Read before: trace.h. Read next: trace_passes.cpp.
#include <reel/core/inspect/trace.h>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include <reel/core/inspect/flops.h>
#include <reel/core/inspect/trace_telling.h>
#include <reel/core/node_list.h>

namespace reel {

using detail::no_node;
using detail::NodeIndex;
using detail::NodeList;

Trace::Trace(const TraceOptions& options)
    : options_(options),
      left_in_budget_(options.budget),
      began_at_(Clock::now()),
      resumed_at_(began_at_) {
  if (options.budget < 0)
    throw ValueError("Trace: budget must be a number of bytes >= 0; got {}", options.budget);
}

// --- from when to when -------------------------------------------------------------------------

void Trace::attach(NodeList& list) {
  if (list_ == &list) return;  // given to a tape inside of another
  if (list_) throw RuntimeError("Trace: it follows the tapes of one thread at a time");
  list.observers.push_back(this);
  list_ = &list;
  numbers_.clear();
  constants_.clear();
  other_values_.clear();
  passes_.clear();
  open_.clear();
  first_node_ = static_cast<int>(nodes_.size());
  ++computations_;
  reads_call_sites_.emplace();
  start_listening();
  resumed_at_ = Clock::now();
}

void Trace::let_go() {
  list_ = nullptr;
  reads_call_sites_.reset();
  stop_listening();
}

Trace::~Trace() {
  if (!list_) return;
  std::erase(list_->observers, this);
  let_go();
}

// By `Tape::reset`: the list counts its nodes from 0 again.
void Trace::follow() {
  if (!list_ || std::exchange(serial_, list_->serial()) == list_->serial()) return;
  numbers_.clear();
  passes_.clear();
}

// --- nodes -------------------------------------------------------------------------------------

int Trace::add_node(TraceNode node, NodeIndex index) {
  const int number = static_cast<int>(nodes_.size());
  node.interval = open_interval();
  node.pass = present_pass();
  if (index != no_node) {
    if (numbers_.size() <= index) numbers_.resize(index + 1, -1);
    numbers_[index] = number;
  }
  const bool is_leaf = node.op == "watch" || node.op == "constant";
  for (int i = node.interval; i >= 0; i = intervals_[static_cast<std::size_t>(i)].outer)
    intervals_[static_cast<std::size_t>(i)].last = number;
  nodes_.push_back(std::move(node));
  TraceEvent& event = happened(TraceEvent::Kind::forward, !is_leaf);
  event.node = number;
  event.place = nodes_.back().place;
  nodes_.back().seconds = event.seconds;
  return number;
}

int Trace::leaf(const char* op, const Tensor& x, NodeIndex index) {
  TraceNode node{.op = op};
  node.watched = index != no_node && (*list_)[index].watched;
  if (x.defined()) {
    node.value = value_of(x);
    node.bytes = static_cast<Index>(x.bytes());
  }
  const int number = add_node(std::move(node), index);
  if (index == no_node) constants_[x.id()] = number;
  return number;
}

// Of the list's node; one that it does not know yet was there before it came, or is a watched
// tensor.
int Trace::node_at(NodeIndex index, const Tensor& x) {
  if (index < numbers_.size() && numbers_[index] >= 0) return numbers_[index];
  const std::string_view name = (*list_)[index].name;
  return leaf(name == "watch" ? "watch" : "constant", x, index);
}

int Trace::node_of(const Tensor& x) {
  if (!x.defined()) return -1;
  if (const NodeIndex index = list_->find(x.id()); index != no_node) return node_at(index, x);
  const auto known = constants_.find(x.id());
  return known != constants_.end() ? known->second : leaf("constant", x, no_node);
}

// Of a tensor that is asked for; -1 for one that nothing was computed from since the trace came.
int Trace::node_of(TensorId id) {
  if (const NodeIndex index = list_->find(id); index != no_node)
    return index < numbers_.size() ? numbers_[index] : -1;
  const auto known = constants_.find(id);
  return known != constants_.end() ? known->second : -1;
}

namespace {

// What an op says of itself, which is no argument of it.
std::string taken_text(Config& attributes, const char* name) {
  const ConfigValue* value = attributes.find(name);
  const auto* text = value ? value->get<std::string>() : nullptr;
  if (!text) return {};
  std::string taken = *text;
  Config others;
  for (const auto& [key, other] : attributes.entries())
    if (key != name) others.set(key, other);
  attributes = std::move(others);
  return taken;
}

}  // namespace

void Trace::recorded(NodeIndex index, const Tensor& y, Arguments arguments,
                     const detail::Attributes& attributes) {
  const Telling telling(*this);
  TraceNode node{.op = (*list_)[index].name};
  std::vector<const Shape*> shapes;
  for (const std::span<const Tensor> some : arguments)
    for (const Tensor& x : some) {
      node.inputs.push_back(node_of(x));
      if (x.defined()) shapes.push_back(&x.shape());
    }
  node.value = value_of(y);
  node.watched = (*list_)[index].watched;
  node.place = present_place();
  node.bytes = static_cast<Index>(y.bytes());
  if (attributes.of) node.attributes = attributes.of(attributes.f);
  node.sentence = taken_text(node.attributes, "sentence");
  node.expression = taken_text(node.attributes, "expression");
  node.flops = detail::flops_of(node.op, shapes, y.shape());
  add_node(std::move(node), index);
}

// The node comes right after this.
void Trace::read(const Variable& variable, Tensor& value, std::uint32_t& tapes) {
  const Telling telling(*this);
  const int number = variable_of(variable);
  TraceNode node{.op = "read"};
  node.variable = number;
  node.value = value_of(value);
  node.bytes = static_cast<Index>(value.bytes());
  node.watched = tapes != 0;
  node.place = present_place();
  const int read = add_node(std::move(node), list_->size());
  variables_[static_cast<std::size_t>(number)].reads.push_back(read);
}

void Trace::forgotten(NodeIndex first) {
  if (numbers_.size() > first) numbers_.resize(first);
}

void Trace::copy(NodeIndex first) const {
  for (std::size_t i = first; i < numbers_.size(); ++i) {
    const int value = numbers_[i] < 0 ? -1 : nodes_[static_cast<std::size_t>(numbers_[i])].value;
    if (value < 0) continue;
    [[maybe_unused]] const Tensor copied = values_[static_cast<std::size_t>(value)].whole;
  }
}

int Trace::variable_of(TensorId id) const {
  const auto known = known_variables_.find(id);
  return known == known_variables_.end() ? -1 : known->second;
}

int Trace::variable_of(const Variable& variable) {
  if (const int known = variable_of(variable.id()); known >= 0) return known;
  known_variables_[variable.id()] = static_cast<int>(variables_.size());
  variables_.push_back({.name = variable.name(),
                        .kind = variable.kernel_kind(),
                        .trainable = variable.trainable(),
                        .shape = variable.shape(),
                        .dtype = variable.dtype(),
                        .reads = {},
                        .id = variable.id()});
  return static_cast<int>(variables_.size()) - 1;
}

// What a rule calls counts as called where its op was.
TracePlace Trace::present_place() {
  if (const NodeIndex behind = list_->running_node;
      behind != no_node && behind < numbers_.size() && numbers_[behind] >= 0)
    return nodes_[static_cast<std::size_t>(numbers_[behind])].place;
  const CallSite site = detail::last_call_site();
  if (!site.file) return {};
  const auto known = std::ranges::find(sources_, std::string_view(site.file));
  const int source = static_cast<int>(known - sources_.begin());
  if (known == sources_.end()) sources_.emplace_back(site.file);
  return {source, site.line};
}

// --- named parts -------------------------------------------------------------------------------

void Trace::entered(const char* kind, std::string_view name, std::string_view path) {
  const Telling telling(*this);
  const int outer = open_interval();
  std::string full(path);
  // A layer is known by the last part of its path; a user's part may be called anything.
  const std::string_view own_name = path.empty() ? name : path.substr(path.rfind('/') + 1);
  if (full.empty() && outer >= 0) full = intervals_[static_cast<std::size_t>(outer)].path;
  if (path.empty()) full = full.empty() ? std::string(name) : fmt::format("{}/{}", full, name);
  open_.push_back(static_cast<int>(intervals_.size()));
  intervals_.push_back({.kind = kind,
                        .name = std::string(own_name),
                        .path = std::move(full),
                        .outer = outer,
                        .first = static_cast<int>(nodes_.size()),
                        .last = -1});
}

// A part that began before the trace did is not among the open ones; one that made nothing was
// none.
void Trace::left() {
  if (open_.empty()) return;
  const bool is_newest = open_.back() + 1 == static_cast<int>(intervals_.size());
  if (is_newest && intervals_.back().last < intervals_.back().first) intervals_.pop_back();
  open_.pop_back();
}

}  // namespace reel
