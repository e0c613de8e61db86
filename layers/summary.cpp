#include <reel/layers/summary.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>

#include <reel/core/random.h>
#include <reel/core/tape.h>
#include <reel/layers/call_observer.h>

namespace reel {
namespace {

// 1234567 as 1,234,567.
std::string grouped(Index number) {
  std::string digits = fmt::format("{}", number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(digits.begin() + i, ',');
  return digits;
}

Index size_of_all(const std::vector<Variable>& variables) {
  Index size = 0;
  for (const Variable& variable : variables) size += variable.size();
  return size;
}

// The variables that no layer below has.
Index own_size(const Layer& layer, std::vector<Variable> variables) {
  for (const Layer* child : layer.children())
    for (const Variable& variable : child->variables()) std::erase(variables, variable);
  return size_of_all(variables);
}

using Shapes = std::map<const Layer*, Shape>;

void append_rows(const Layer& layer, int depth, const Shapes& shapes,
                 std::vector<SummaryRow>& rows) {
  const std::string path = layer.path();
  SummaryRow row{.name = path.substr(path.rfind('/') + 1),
                 .depth = depth,
                 .output = {},
                 .parameters = own_size(layer, layer.variables()),
                 .trainable = own_size(layer, layer.trainable_variables())};
  if (const auto found = shapes.find(&layer); found != shapes.end()) row.output = found->second;
  rows.push_back(std::move(row));
  for (const Layer* child : layer.children()) append_rows(*child, depth + 1, shapes, rows);
}

}  // namespace

Summary summary(Layer& net, const Shape& input) {
  Shape known = input;
  for (int axis = 0; axis < known.rank(); ++axis)
    if (known[axis] == Shape::unknown) known[axis] = 1;
  Shapes shapes;
  {
    const bool unknown_batch = input.rank() > 0 && input[0] == Shape::unknown;
    const PauseRecording pause;
    const DiscardEntries discard;
    const RandomScope same_draws_afterwards;
    const CallObserver observer([&](const Layer& layer, const Tensor& y) {
      Shape shape = y.shape();
      if (unknown_batch && shape.rank() > 0 && shape[0] == 1) shape[0] = Shape::unknown;
      shapes.insert_or_assign(&layer, shape);
    });
    net(zeros(known, net.dtype().value_or(float32)));
  }
  Summary result{.name = net.path(),
                 .input = input,
                 .rows = {},
                 .parameters = size_of_all(net.variables()),
                 .trainable = size_of_all(net.trainable_variables())};
  append_rows(net, 0, shapes, result.rows);
  return result;
}

std::string Summary::str() const {
  struct Line {
    std::string name, output, parameters;
  };
  std::vector<Line> lines{{"layer", "output", "parameters"}};
  for (const SummaryRow& row : rows) {
    const bool is_net = row.depth == 0 && rows.size() > 1;
    if (is_net && row.parameters == 0) continue;  // the title names it
    lines.push_back(
        {std::string(2 * static_cast<std::size_t>(std::max(0, row.depth - 1)), ' ') + row.name,
         row.output ? row.output->str() : "not called",
         grouped(row.parameters) +
             (row.trainable < row.parameters
                  ? fmt::format(" ({} fixed)", grouped(row.parameters - row.trainable))
                  : "")});
  }
  std::size_t name_width = 0, output_width = 0;
  for (const Line& line : lines) {
    name_width = std::max(name_width, line.name.size());
    output_width = std::max(output_width, line.output.size());
  }
  std::string text = fmt::format("{}: input {}\n", name, input);
  for (const Line& line : lines)
    text += fmt::format("{:<{}}  {:<{}}  {}\n", line.name, name_width, line.output, output_width,
                        line.parameters);
  return text +
         fmt::format("{} parameters, {} trainable\n", grouped(parameters), grouped(trainable));
}

std::ostream& operator<<(std::ostream& out, const Summary& summary) { return out << summary.str(); }

}  // namespace reel
