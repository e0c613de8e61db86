// A file that appears whole or not at all.
//
// The bytes go to a new file beside the target, `.reel-0.tmp` or the next number; `commit` brings
// them to the disk and renames it over the target, which on POSIX systems happens in one step. The
// temporary file is locked by its writer, so one that a killed program has left is known by its
// open lock, and removed by the next writer in this folder. Invariant: until `commit` returns, the
// target is what it was before; without it nothing stays behind. The new file has mode and owner of
// the old one. A target that is a symbolic link stays one: the file behind it is replaced, or made.
// Price: the folder must be writable, not only the file; a copy of the old file's size is needed
// for a moment; other hard links to the old file keep it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include <reel/core/runtime/language.h>

namespace reel {

class AtomicFile {
 public:
  /// Opens a temporary file in the folder of `path`. IoError when that is not possible, or when
  /// `path` is no name that a file can have or is something else than a file: so a caller finds out
  /// before there is work to lose.
  explicit AtomicFile(const std::filesystem::path& path);
  /// Removes the temporary file, unless it was committed.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends. IoError, for instance when the disk is full.
  void write(const void* bytes, std::size_t count);
  /// Makes the file appear under its name, and the disk remember it. IoError.
  void commit();

 private:
  void keep_mode_and_owner() const;

  std::filesystem::path path_;
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

/// All of a file at once: it has these bytes, or is what it was before. IoError.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace reel
