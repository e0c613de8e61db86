#include <reel/optim/run/log_file.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <reel/core/error.h>

namespace reel::detail {
namespace {

std::uint32_t checksum_with(std::uint32_t before, const char* bytes, std::size_t count) {
  return static_cast<std::uint32_t>(
      crc32_z(before, reinterpret_cast<const unsigned char*>(bytes), count));
}

}  // namespace

LogFile::LogFile(const std::filesystem::path& path) : path_(path) {
  constexpr int how = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC;
  descriptor_ = ::open(path.c_str(), how | O_EXCL, 0666);
  is_new_ = descriptor_ >= 0;
  if (!is_new_) descriptor_ = ::open(path.c_str(), how, 0666);
  // What can only be written to, a device or a pipe.
  if (descriptor_ < 0 && errno == EACCES)
    descriptor_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (descriptor_ < 0)
    throw IoError("{}: the file must be writable; {}", path.string(), std::strerror(errno));
  struct stat status {};
  is_file_ = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
}

LogFile::~LogFile() {
  if (is_new_) ::unlink(path_.c_str());
  ::close(descriptor_);
}

void LogFile::cut(Index bytes) {
  if (is_file_ && ::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0)
    throw IoError("{}: the file must be writable; {}", path_.string(), std::strerror(errno));
}

void LogFile::begin() {
  cut(0);
  is_new_ = false;
  bytes_ = 0;
  checksum_ = 0;
}

void LogFile::keep_end(SavedState& state) const {
  state.set("bytes", bytes_);
  state.set("checksum", static_cast<Index>(checksum_));
}

const SavedState& LogFile::checked_end(const SavedState& state) {
  static_cast<void>(state.index("bytes"));
  static_cast<void>(state.index("checksum"));
  return state;
}

bool LogFile::is_that_of(const SavedState& end) const {
  const Index bytes = end.index("bytes");
  struct stat status {};
  if (!is_file_ || ::fstat(descriptor_, &status) != 0 || status.st_size == 0) return false;
  std::uint32_t checksum = 0;
  Index read = 0;
  std::array<char, 1 << 16> part;
  while (read < bytes) {
    const auto wanted = std::min<Index>(bytes - read, static_cast<Index>(part.size()));
    const ssize_t got = ::pread(descriptor_, part.data(), static_cast<std::size_t>(wanted),
                                static_cast<off_t>(read));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    checksum = checksum_with(checksum, part.data(), static_cast<std::size_t>(got));
    read += got;
  }
  if (read != bytes || checksum != static_cast<std::uint32_t>(end.index("checksum")))
    throw IoError(
        "{}: the log must begin with the {} bytes that it had when the checkpoint was written; it "
        "has other ones; name the log of that training, or a new file",
        path_.string(), bytes);
  return true;
}

void LogFile::go_on(const SavedState& end) {
  if (!is_that_of(end)) return begin();
  bytes_ = end.index("bytes");
  checksum_ = static_cast<std::uint32_t>(end.index("checksum"));
  cut(bytes_);
}

void LogFile::write(std::string_view line) {
  ssize_t written;
  do {
    written = ::write(descriptor_, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  const int write_error = errno;
  if (written > 0 && written < static_cast<ssize_t>(line.size())) {
    // The file ends with the line before; where that cannot be (a pipe), half a line stays.
    const off_t before = ::lseek(descriptor_, 0, SEEK_END) - written;
    [[maybe_unused]] const int result = ::ftruncate(descriptor_, before);
  }
  if (written != static_cast<ssize_t>(line.size()))
    throw IoError("{}: a line must be written whole; {}", path_.string(),
                  written < 0 ? std::strerror(write_error) : "the disk is full");
  bytes_ += static_cast<Index>(line.size());
  checksum_ = checksum_with(checksum_, line.data(), line.size());
}

}  // namespace reel::detail
