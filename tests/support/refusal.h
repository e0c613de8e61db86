// What a file or folder is refused with, without its path: one crafted file a rule.
#pragma once

#include <filesystem>
#include <string>

#include <reel/core/error.h>

#include "temporary_folder.h"

namespace reel::test {

/// The IoError's message of `load()` with `word` in the place of the path, or "loaded".
template <class Load>
std::string refusal_at(const std::filesystem::path& path, const std::string& word,
                       const Load& load) {
  try {
    load();
  } catch (const IoError& error) {
    std::string message = error.what();
    for (std::size_t at; (at = message.find(path.string())) != std::string::npos;)
      message.replace(at, path.string().size(), word);
    return message;
  }
  return "loaded";
}

/// Writes `bytes` to a file of this name and loads it: that with FILE in the place of the path.
template <class Load>
std::string refusal_of(const std::string& bytes, const Load& load,
                       const std::string& name = "file") {
  const TemporaryFolder folder;
  const auto path = folder / name;
  write_bytes(path, bytes);
  return refusal_at(path, "FILE", [&] { load(path); });
}

}  // namespace reel::test
