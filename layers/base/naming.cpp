#include <reel/layers/base/naming.h>

#include <cxxabi.h>

#include <cctype>
#include <cstdlib>
#include <memory>

namespace reel::detail {
namespace {

bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)); }
bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)); }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }

template <class E>
void rethrow_as(const std::string& path, const Error& error) {
  if (typeid(error) == typeid(E)) throw WithPath<E>(path, error.what());
}

}  // namespace

std::string class_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> demangled(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  std::string name = status == 0 ? demangled.get() : type.name();
  // Drop template arguments from the end, then everything up to the last "::".
  while (!name.empty() && name.back() == '>') {
    std::size_t begin = name.size();
    for (int depth = 0; begin-- > 0;) {
      if (name[begin] == '>') ++depth;
      if (name[begin] == '<' && --depth == 0) break;
    }
    name.erase(begin);
  }
  const std::size_t colons = name.rfind("::");
  return colons == std::string::npos ? name : name.substr(colons + 2);
}

std::string snake_case(const std::string& name) {
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char next = i + 1 < name.size() ? name[i + 1] : '\0';
    // A word begins at a capital that a small letter or digit follows, or that follows a small one.
    const bool starts_word =
        i > 0 && is_upper(name[i]) && (is_lower(next) || is_digit(next) || is_lower(name[i - 1]));
    if (starts_word && result.back() != '_') result += '_';
    const bool is_word = std::isalnum(static_cast<unsigned char>(name[i])) != 0;
    result += is_word ? static_cast<char>(std::tolower(static_cast<unsigned char>(name[i]))) : '_';
  }
  return result.starts_with('_') ? "private" + result : result;
}

void rethrow_with_path(const std::string& path) {
  try {
    throw;
  } catch (const HasPath&) {
    throw;
  } catch (const Error& error) {
    rethrow_as<ValueError>(path, error);
    rethrow_as<TypeError>(path, error);
    rethrow_as<RuntimeError>(path, error);
    rethrow_as<IoError>(path, error);
    throw;  // a class of the user's own, which must not be lost
  }
}

}  // namespace reel::detail
