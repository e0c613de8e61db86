#include <reel/layers/functions/custom_objects.h>

namespace reel::detail {
namespace {

thread_local constinit const CustomObjectScope* innermost = nullptr;

}  // namespace

CustomObjectScope::CustomObjectScope(const CustomObjects& objects)
    : objects_(objects), outer_(std::exchange(innermost, this)) {}

CustomObjectScope::~CustomObjectScope() { innermost = outer_; }

const CustomFunction* CustomObjectScope::find(const std::string& name) {
  for (const CustomObjectScope* scope = innermost; scope; scope = scope->outer_)
    if (const auto found = scope->objects_.find(name); found != scope->objects_.end())
      return &found->second;
  return nullptr;
}

}  // namespace reel::detail
