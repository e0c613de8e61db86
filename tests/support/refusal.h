// What a file of these bytes is refused with, without the file's path: one crafted file a rule.
#pragma once

#include <string>

#include <reel/core/error.h>

#include "temporary_folder.h"

namespace reel::test {

/// Writes `bytes` to a file of this name and loads it: the IoError's message with FILE in the place
/// of the path, or "loaded".
template <class Load>
std::string refusal_of(const std::string& bytes, const Load& load,
                       const std::string& name = "file") {
  const TemporaryFolder folder;
  const auto path = folder / name;
  write_bytes(path, bytes);
  try {
    load(path);
  } catch (const IoError& error) {
    std::string message = error.what();
    for (std::size_t at; (at = message.find(path.string())) != std::string::npos;)
      message.replace(at, path.string().size(), "FILE");
    return message;
  }
  return "loaded";
}

}  // namespace reel::test
