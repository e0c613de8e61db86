// A file of JSON objects, one a line: what a training run measured, for programs to read.
//
// Invariant: a line is handed to the system whole, in one write, as soon as it is made, and what a
// full disk took of it is cut off again: a file ends with a whole line, and an interrupted run has
// lost nothing. Numbers keep all their digits; what JSON cannot say (nan, inf) is null. Price: a
// system call a line, so not for each of a million steps. Format: jsonlines.org.
// Read before: log_file.h. Read next: json_log.h.
#pragma once

#include <concepts>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <reel/core/dtype.h>
#include <reel/core/runtime/config.h>
#include <reel/core/runtime/list_of.h>
#include <reel/optim/run/log_file.h>

namespace reel {

/// One entry of an object: {"epoch", Index{3}}, {"loss", 0.25}, {"event", "interrupted"}; a config
/// is an object in the object.
struct JsonField {
  using Value = std::variant<Index, double, std::string, Config>;
  // No aggregate: `{{"event", "stop"}}` would be one whose name runs from "event" to "stop".
  JsonField(std::string_view its_name, Value its_value)
      : name(its_name), value(std::move(its_value)) {}
  /// Any other number, such as a size, and a view of a text; deduced, since braces around two texts
  /// would make a view from one to the other.
  template <std::integral Integer>
  JsonField(std::string_view its_name, Integer number)
      : JsonField(its_name, Value(static_cast<Index>(number))) {}
  template <std::same_as<std::string_view> View>
  JsonField(std::string_view its_name, View text) : JsonField(its_name, Value(std::string(text))) {}
  std::string_view name;
  Value value;
};

class JsonLines {
 public:
  /// Starts the file anew. IoError.
  explicit JsonLines(const std::filesystem::path& path) : file_(path) { file_.begin(); }
  /// Goes on in the file, behind what `keep_end` gave before.
  JsonLines(const std::filesystem::path& path, const SavedState& end) : file_(path) {
    file_.go_on(end);
  }

  /// Appends one line, fields in their order. IoError, for instance when the disk is full.
  void write(ListOf<JsonField> fields);
  /// Where the file ends now.
  void keep_end(SavedState& state) const { file_.keep_end(state); }

 private:
  detail::LogFile file_;
};

}  // namespace reel
