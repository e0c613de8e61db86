// How layers are called: class names in snake case, and paths in front of errors. What throws one
// with its path at once is `throw_at` (error_path.h), which comes along with this header.
//
// Invariant: an error that leaves a layer's call carries the path of the innermost layer exactly
// once and keeps its class, so that a message from deep inside a model says where.
// Read next: layer.h.
#pragma once

#include <map>
#include <string>
#include <typeinfo>
#include <utility>

#include <reel/core/inspect/error_path.h>

namespace reel::detail {

/// `SeparableConv2D` for reel::SeparableConv2D; without namespaces and template arguments.
std::string class_name(const std::type_info& type);

/// "separable_conv2d" for "SeparableConv2D", as Keras does it; "private_block" for "_Block", since
/// no scope may begin so.
std::string snake_case(const std::string& name);

/// `base`, or the first of `base_1`, `base_2`, ... that is no key of `taken` once `path` was put
/// before it. The value of a key is the last number that was tried behind it, so that n names cost
/// n steps.
std::string unused_name(const std::string& base, std::map<std::string, int>& taken,
                        const auto& path) {
  const auto found = taken.find(path(base));
  if (found == taken.end()) return base;
  for (int& i = found->second;; ++i)
    if (std::string name = base + "_" + std::to_string(i); i > 0 && !taken.contains(path(name)))
      return name;
}

/// To be called in a handler: throws the exception that is being handled again, with "path: " in
/// front unless a layer inside did so already.
[[noreturn]] void rethrow_with_path(const std::string& path);

/// What `f` returns; its errors get the path in front.
template <class F>
auto with_path(const std::string& path, const F& f) {
  try {
    return f();
  } catch (...) {
    rethrow_with_path(path);
  }
}

}  // namespace reel::detail
