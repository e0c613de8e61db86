#include "class_table.h"

#include <fmt/core.h>

using reel::Index;

ClassTable::ClassTable(std::vector<std::string> names)
    : names_(std::move(names)), counts_(names_.size() * names_.size()) {}

void ClassTable::count(std::span<const std::int32_t> labels,
                       std::span<const std::int32_t> predictions) {
  for (std::size_t i = 0; i < labels.size(); ++i)
    ++at(static_cast<std::size_t>(labels[i]), static_cast<std::size_t>(predictions[i]));
}

double ClassTable::accuracy() const {
  Index all = 0, right = 0;
  for (std::size_t label = 0; label < names_.size(); ++label)
    for (std::size_t said = 0; said < names_.size(); ++said) {
      all += at(label, said);
      if (label == said) right += at(label, said);
    }
  return all > 0 ? static_cast<double>(right) / static_cast<double>(all) : 0.0;
}

std::string ClassTable::str() const {
  const auto share = [](Index part, Index whole) {
    return whole > 0 ? fmt::format("{:.3f}", static_cast<double>(part) / static_cast<double>(whole))
                     : std::string("-");
  };
  std::string text = fmt::format("{:<14}{:>7}{:>9}{:>11}   mostly taken for\n", "class", "images",
                                 "recall", "precision");
  for (std::size_t label = 0; label < names_.size(); ++label) {
    Index images = 0, named = 0;
    std::size_t rival = label;
    for (std::size_t other = 0; other < names_.size(); ++other) {
      images += at(label, other);
      named += at(other, label);
      const Index worst = rival == label ? 0 : at(label, rival);
      if (other != label && at(label, other) > worst) rival = other;
    }
    const Index right = at(label, label);
    text += fmt::format("{:<14}{:>7}{:>9}{:>11}", names_[label], images, share(right, images),
                        share(right, named));
    if (rival != label) text += fmt::format("   {} ({})", names_[rival], at(label, rival));
    text += "\n";
  }
  return text;
}
