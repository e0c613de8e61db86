#include <reel/layers/base/layer_tree.h>

#include <algorithm>

#include <reel/layers/base/layer.h>

namespace reel {
namespace {

thread_local LayerTree* next_parent = nullptr;

// Tells the next layer that is constructed on this thread who its parent is.
struct Adoption {
  explicit Adoption(LayerTree& parent) { next_parent = &parent; }
  ~Adoption() { next_parent = nullptr; }
};

}  // namespace

LayerTree::LayerTree() : parent_(static_cast<Layer*>(std::exchange(next_parent, nullptr))) {}

LayerTree::~LayerTree() {
  while (!owned_.empty()) owned_.pop_back();
}

Layer& LayerTree::child_made_by(const std::function<std::unique_ptr<Layer>()>& make) {
  const Adoption adoption(*this);
  owned_.push_back(make());
  Layer& made = *owned_.back();
  made.choose_segment();
  children_.push_back(&made);
  return made;
}

void LayerTree::append_layers(memory::Vector<Layer*>& layers) const {
  auto* const self = const_cast<Layer*>(static_cast<const Layer*>(this));
  if (std::find(layers.begin(), layers.end(), self) == layers.end()) layers.push_back(self);
  for (const Layer* child : children_) child->append_layers(layers);
}

std::vector<Layer*> LayerTree::flatten_layers() const {
  memory::Vector<Layer*> layers;
  append_layers(layers);
  return {layers.begin(), layers.end()};
}

}  // namespace reel
