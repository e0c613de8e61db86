// A file of JSON objects, one a line: what a training run measured, for programs to read.
//
// Invariant: a line is handed to the system whole, in one write, as soon as it is made, and what a
// full disk took of it is cut off again: a file ends with a whole line, and an interrupted run has
// lost nothing. Numbers keep all their digits; what JSON cannot say (nan, inf) is null. Price: a
// system call a line, so not for each of a million steps. Format: jsonlines.org.
// Read before: error.h. Read next: progress.h.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <reel/core/dtype.h>

namespace reel {

/// One entry of an object: {"epoch", Index{3}}, {"loss", 0.25}, {"event", "interrupted"}.
struct JsonField {
  std::string_view name;
  std::variant<Index, double, std::string> value;
};

class JsonLines {
 public:
  /// Starts the file anew. IoError.
  explicit JsonLines(const std::filesystem::path& path);
  ~JsonLines();
  JsonLines(const JsonLines&) = delete;
  JsonLines& operator=(const JsonLines&) = delete;

  /// Appends one line, fields in their order. IoError, for instance when the disk is full.
  void write(std::span<const JsonField> fields);

 private:
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace reel
