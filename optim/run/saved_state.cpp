#include <reel/optim/run/saved_state.h>

#include <charconv>

#include <reel/core/error.h>

namespace reel {
namespace {

template <class Number>
Number parsed(const std::string& name, const std::string& text, const char* kind) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [rest, status] = std::from_chars(text.data(), end, number);
  if (status != std::errc() || rest != end)
    throw ValueError("{}: must be {}; got '{}'", name, kind, text);
  return number;
}

}  // namespace

void SavedState::set(const std::string& name, double number) {
  texts[name] = fmt::format("{}", number);
}

void SavedState::set(const std::string& name, Index number) {
  texts[name] = fmt::format("{}", number);
}

void SavedState::set(const std::string& name, std::uint64_t number) {
  texts[name] = fmt::format("{}", number);
}

const std::string& SavedState::text(const std::string& name) const {
  const auto found = texts.find(name);
  if (found == texts.end()) throw ValueError("{}: must be there; it is not", name);
  return found->second;
}

double SavedState::number(const std::string& name) const {
  return parsed<double>(name, text(name), "a number");
}

Index SavedState::index(const std::string& name) const {
  return parsed<Index>(name, text(name), "a whole number");
}

std::uint64_t SavedState::natural(const std::string& name) const {
  return parsed<std::uint64_t>(name, text(name), "a whole number >= 0");
}

}  // namespace reel
