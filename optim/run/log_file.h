// LogFile: lines at the end of a file, and where the file ended once.
//
// A line is handed to the system whole, in one write, and what a full disk took of it is cut off
// again. A checkpoint keeps how long the log was, with a checksum of it; a training that goes on
// cuts off what was written since then, in a file that begins as that one did and in no other.
// Read before: error.h. Read next: json_lines.h, csv_log.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include <reel/core/dtype.h>
#include <reel/optim/run/saved_state.h>

namespace reel::detail {

class LogFile {
 public:
  /// Opens or makes the file and changes nothing in it; one that was made for nothing goes again.
  /// IoError.
  explicit LogFile(const std::filesystem::path& path);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// Empties the file. IoError.
  void begin();
  /// Whether this is the file of which `keep_end` wrote down the end; no for an empty one, which
  /// may be new. IoError when it is neither.
  bool is_that_of(const SavedState& end) const;
  /// Cuts off what stands behind that end; begins an empty file. IoError as above, and nothing is
  /// cut off.
  void go_on(const SavedState& end);
  void keep_end(SavedState& state) const;
  /// The state when it has such an end. ValueError when it has none.
  static const SavedState& checked_end(const SavedState& state);
  bool is_empty() const { return bytes_ == 0; }

  /// Appends. IoError, for instance when the disk is full.
  void write(std::string_view line);

 private:
  void cut(Index bytes);

  std::filesystem::path path_;
  int descriptor_;
  bool is_file_;         // else a pipe or a device, where nothing can be cut off
  bool is_new_ = false;  // made here, and not begun yet
  Index bytes_ = 0;
  std::uint32_t checksum_ = 0;  // of these bytes
};

}  // namespace reel::detail
