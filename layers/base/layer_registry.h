// From the name of a class and a config to a layer: how a container is read back from its config.
//
// The library's own classes are known; `register_layer<MyBlock>()` makes one's own known, which
// needs `static MyBlock from_config(const Config&)`. A table of functions, not a static object in
// each class, so that nothing depends on which files a program is linked from.
// Read before: config.h, layer.h. Read next: sequential.cpp.
#pragma once

#include <memory>
#include <string>
#include <typeinfo>

#include <reel/core/runtime/config.h>
#include <reel/layers/base/layer.h>
#include <reel/layers/base/naming.h>

namespace reel {
namespace detail {

using LayerMaker = std::unique_ptr<Layer> (*)(const Config& config);

template <class T>
std::unique_ptr<Layer> made_from_config(const Config& config) {
  return std::unique_ptr<Layer>(new T(T::from_config(config)));  // in place: layers do not move
}

void register_layer_maker(const std::string& class_name, LayerMaker make);

/// The maker for a class. ValueError when it is not known; the message starts with `where`.
LayerMaker layer_maker(const std::string& class_name, const std::string& where);

}  // namespace detail

/// Makes T known by its name without namespaces; one that was known gives way.
template <class T>
void register_layer() {
  detail::register_layer_maker(detail::class_name(typeid(T)), detail::made_from_config<T>);
}

}  // namespace reel
