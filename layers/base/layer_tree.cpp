// How a layer owns those below it: they are destroyed with it, in reverse order.
#include <algorithm>

#include <reel/layers/base/layer.h>
#include <reel/layers/base/naming.h>

namespace reel {
namespace {

thread_local Layer* next_parent = nullptr;

// Tells the next layer that is constructed on this thread who its parent is.
struct Adoption {
  explicit Adoption(Layer& parent) { next_parent = &parent; }
  ~Adoption() { next_parent = nullptr; }
};

}  // namespace

Layer* Layer::take_parent() { return std::exchange(next_parent, nullptr); }

Layer::~Layer() {
  while (!owned_.empty()) owned_.pop_back();
  owner_->gone = true;
}

Layer& Layer::child_made_by(const std::function<std::unique_ptr<Layer>()>& make) {
  const Adoption adoption(*this);
  owned_.push_back(make());
  Layer& made = *owned_.back();
  made.choose_segment();
  made.owner_->parent = owner_;
  owner_->segments.try_emplace(made.segment_, 0);
  children_.push_back(&made);
  return made;
}

void Layer::add_shared(Layer& layer) {
  const std::vector<Layer*> below = layer.flatten_layers();
  if (std::find(below.begin(), below.end(), this) != below.end())
    detail::throw_at<ValueError>(
        path(), "a shared layer must not have the layer that shares it below; got {}",
        layer.path());
  owner_->segments.try_emplace(layer.segment_, 0);
  children_.push_back(&layer);
}

void Layer::append_layers(memory::Vector<Layer*>& layers) const {
  auto* const self = const_cast<Layer*>(this);
  if (std::find(layers.begin(), layers.end(), self) == layers.end()) layers.push_back(self);
  for (const Layer* child : children_) child->append_layers(layers);
}

std::vector<Layer*> Layer::flatten_layers() const {
  memory::Vector<Layer*> layers;
  append_layers(layers);
  return {layers.begin(), layers.end()};
}

}  // namespace reel
