// LayerTree: a parent owns its children.
//
// `child<T>(...)` makes a layer, keeps it and returns a reference that stays, so that a member can
// be initialised with it; children are destroyed with their parent, in reverse order. While a child
// is constructed it knows its parent already, so its errors carry the whole path. Read next:
// layer.h, of which this is the base.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <reel/core/runtime/memory.h>

namespace reel {

class Layer;

namespace detail {
// Whether `child<T>(args...)` means T's options: given as such, or left out.
template <class T, class... Args>
concept MadeFromOptions = std::constructible_from<T, typename T::Options> &&
    (sizeof...(Args) == 0 ||
     (sizeof...(Args) == 1 && (std::convertible_to<Args, typename T::Options> && ...)));
}  // namespace detail

class LayerTree {
 public:
  LayerTree(const LayerTree&) = delete;
  LayerTree& operator=(const LayerTree&) = delete;

  /// Makes a layer that this one owns: `Dense& head = child<Dense>({.units = 10});`.
  template <class T>
  requires detail::MadeFromOptions<T> T& child(typename T::Options options = {}) {
    return adopt<T>(std::move(options));
  }
  template <class T, class... Args>
  requires(!detail::MadeFromOptions<T, Args...>) T& child(Args&&... args) {
    return adopt<T>(std::forward<Args>(args)...);
  }

  /// Counts a layer that somebody else owns, and that lives longer, among the children too: its
  /// variables, losses and updates are then part of this layer's. It keeps its own path.
  template <class T>
  T& share(T& layer) {
    children_.push_back(&layer);
    return layer;
  }

  /// In the order in which they were made.
  const std::vector<Layer*>& children() const { return children_; }
  /// Who owns this layer; null for a root.
  const Layer* parent() const { return parent_; }
  /// This layer, then all below it, depth first, each once.
  std::vector<Layer*> flatten_layers() const;

 protected:
  LayerTree();
  ~LayerTree();

  /// A child that `make` constructs, for one whose class is known at run time only.
  Layer& child_made_by(const std::function<std::unique_ptr<Layer>()>& make);

  /// Appends what `flatten_layers` returns and `layers` does not hold yet.
  void append_layers(memory::Vector<Layer*>& layers) const;

 private:
  friend class Layer;

  template <class T, class... Args>
  T& adopt(Args&&... args) {
    const auto make = [&] { return std::make_unique<T>(std::forward<Args>(args)...); };
    return static_cast<T&>(child_made_by(make));
  }

  Layer* parent_;
  std::vector<std::unique_ptr<Layer>> owned_;
  std::vector<Layer*> children_;
};

}  // namespace reel
