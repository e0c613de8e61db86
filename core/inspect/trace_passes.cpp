// What a trace hears of the way back: seeds, contributions edge by edge, sums, answers.
//
// The pass tells a contribution before it adds it, and the sum after, if there was one before: so
// the event is written at the first and completed at the second. Seeds are known from the question.
// A pass that failed never ends; the next one of its tape takes its place. Read before: trace.cpp,
// backward_pass.cpp. Read next: trace_notices.cpp.
#include <algorithm>
#include <utility>

#include <reel/core/inspect/trace_telling.h>
#include <reel/core/node_list.h>

namespace reel {

using detail::no_node;
using detail::NodeIndex;

int Trace::present_pass() const {
  return list_->in_pass && !passes_.empty() ? passes_.back().number : -1;
}

void Trace::began(std::uint32_t tape, Tensors targets, Tensors seeds,
                  std::span<const TensorId> sources) {
  const Telling telling(*this);
  std::erase_if(passes_, [tape](const Pass& pass) { return pass.tape == tape; });
  std::vector<int> target_nodes, variables, tensors;
  std::vector<std::size_t> again;  // seeds of a target that has one already
  for (const Tensor& target : targets) target_nodes.push_back(node_of(target));
  for (const TensorId id : sources) {
    if (const int variable = variable_of(id); variable >= 0)
      variables.push_back(variable);
    else if (const int node = node_of(id); node >= 0)
      tensors.push_back(node);
  }
  passes_.push_back({passes_begun_++, tape});
  TraceEvent& event = happened(TraceEvent::Kind::pass);
  event.pass = passes_.back().number;
  event.nodes = target_nodes;
  event.variables = std::move(variables);
  event.tensors = std::move(tensors);
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    const int gradient = value_of(seeds[i]);
    TraceEvent& seed = happened(TraceEvent::Kind::seed);
    seed.pass = passes_.back().number;
    seed.node = seed.to = target_nodes[i];
    seed.gradient = seed.now = gradient;
    if (!passes_.back().sums.try_emplace(seed.node, gradient).second) again.push_back(i);
  }
  // The event of the i-th seed is the i-th from here.
  const std::size_t first = events_.size() - seeds.size();
  for (auto i = again.rbegin(); i != again.rend(); ++i)
    passes_.back().to_sum[target_nodes[*i]].push_back(first + *i);
}

// Of a question that only the pass itself heard, too. Passes are nested: one that began since has
// failed.
Trace::Pass& Trace::pass_of(std::uint32_t tape) {
  const auto running = std::ranges::find(passes_, tape, &Pass::tape);
  if (running != passes_.end()) {
    passes_.erase(running + 1, passes_.end());
    return passes_.back();
  }
  began(tape, {}, {}, {});
  return passes_.back();
}

void Trace::contributed(const detail::Contribution& c) {
  const Telling telling(*this);
  Pass& pass = pass_of(c.tape);
  // Of a node from before the trace came only the shape is known, which its gradient has, too.
  const auto node_like = [this](NodeIndex index, const Tensor& gradient) {
    const int number = node_at(index);
    TraceNode& known = nodes_[static_cast<std::size_t>(number)];
    if (known.value < 0) {
      known.value = static_cast<int>(values_.size());
      known.bytes = static_cast<Index>(gradient.bytes());
      values_.push_back({.shape = gradient.shape(), .dtype = gradient.dtype()});
    }
    return number;
  };
  const int node = node_like(c.node, c.dy), to = node_like(c.to, c.gradient);
  const int dy = value_of(c.dy), contribution = value_of(c.gradient);
  const int given = c.given.shape() == c.gradient.shape() ? -1 : value_of(c.given);
  TraceEvent& event = happened(TraceEvent::Kind::backward);
  event.pass = pass.number;
  event.node = node;
  event.to = to;
  event.place = nodes_[static_cast<std::size_t>(node)].place;
  event.gradient = dy;
  event.before_sum = given;
  event.contribution = event.now = contribution;
  int place = 0;  // among the inputs that are there
  const std::vector<int>& inputs = nodes_[static_cast<std::size_t>(node)].inputs;
  for (std::size_t i = 0; i < inputs.size() && event.input < 0; ++i) {
    if (inputs[i] == to && place % 256 == c.place) event.input = static_cast<int>(i);
    place += inputs[i] >= 0;
  }
  if (!pass.sums.try_emplace(to, contribution).second)
    pass.to_sum[to].push_back(events_.size() - 1);
}

void Trace::summed(std::uint32_t tape, NodeIndex index, const Tensor& a, const Tensor&,
                   const Tensor& sum) {
  const Telling telling(*this);
  Pass& pass = pass_of(tape);
  const int node = node_at(index);
  const int had = value_of(a), now = value_of(sum);
  pass.sums[node] = now;
  std::vector<std::size_t>& events = pass.to_sum[node];
  if (events.empty()) return;
  TraceEvent& event = events_[events.back()];
  events.pop_back();
  event.had = had;
  event.now = now;
}

// A variable's reads in the order in which the pass adds their gradients: the last one first.
void Trace::answered(std::uint32_t tape, std::span<const TensorId> sources, Tensors answers) {
  const Telling telling(*this);
  Pass& pass = pass_of(tape);
  const int number = pass.number;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const int gradient = value_of(answers[i]);
    const int variable = variable_of(sources[i]);
    const int own_node = node_of(sources[i]);
    TraceEvent& event = happened(TraceEvent::Kind::total);
    event.pass = number;
    event.gradient = gradient;
    if (variable >= 0) {
      event.variable = variable;
      const std::vector<int>& reads = variables_[static_cast<std::size_t>(variable)].reads;
      for (auto read = reads.rbegin(); read != reads.rend() && *read >= first_node_; ++read)
        event.nodes.push_back(*read);
    } else if (own_node >= 0) {
      event.nodes.push_back(own_node);
      event.node = own_node;
    }
    std::erase_if(event.nodes, [&](int node) { return !pass.sums.contains(node); });
    for (const int node : event.nodes) event.parts.push_back(pass.sums.at(node));
    // Of a target that the tape does not watch the pass adds no seeds; they are the answer's parts.
    if (own_node < 0) continue;
    const std::vector<std::size_t>& seeds = pass.to_sum[own_node];
    for (auto seed = seeds.rbegin(); seed != seeds.rend(); ++seed) {
      event.nodes.push_back(own_node);
      event.parts.push_back(events_[*seed].gradient);
    }
  }
  happened(TraceEvent::Kind::pass_end).pass = number;
  std::erase_if(passes_, [tape](const Pass& one) { return one.tape == tape; });
}

}  // namespace reel
