// The bytes of a file in order, uncompressed if the file is gzip.
//
// What a file says about itself is not believed: `bound` tells how many bytes can come at most, so
// that a reader can refuse a length before it takes memory for it. A gzip file shows its length
// only at its end, but deflate cannot make one byte out of less than 1/1032 (zlib's technical
// notes), which bounds it too. Decision: inflate by hand instead of gzread, which reads over
// rubbish behind the compressed data without a word; several gzip members in a row are one file, as
// gzip has it. Read next: idx.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <reel/core/runtime/language.h>

namespace reel {

class ByteReader {
 public:
  /// Opens a file. IoError when there is none, it is not readable, or something else has the name.
  explicit ByteReader(const std::filesystem::path& path);
  ~ByteReader();
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  /// Up to `count` bytes; fewer only at the end. IoError for damaged gzip data.
  std::size_t read(void* bytes, std::size_t count);

  /// Bytes read so far.
  std::uint64_t position() const { return position_; }
  /// No more bytes than this can be in the file; exact unless it is compressed.
  std::uint64_t bound() const;
  bool compressed() const { return inflater_ != nullptr; }
  /// The path, for messages.
  const std::string& name() const { return name_; }

 private:
  struct Inflater;
  std::size_t read_stored(void* bytes, std::size_t count);
  std::size_t inflate(void* bytes, std::size_t count);

  std::string name_;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
  int descriptor_ = -1;
  std::unique_ptr<Inflater> inflater_;
};

}  // namespace reel
