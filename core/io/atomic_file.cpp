#include <reel/core/io/atomic_file.h>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

#include <reel/core/error.h>

namespace reel {
namespace {

namespace fs = std::filesystem;

// What stands at the end of all links that `path` may be.
fs::path resolved(const fs::path& path) {
  std::error_code none;
  const fs::path target = fs::weakly_canonical(path, none);
  return none || target.empty() ? path : target;
}

// A name that no other thread or process uses.
fs::path name_beside(const fs::path& target) {
  static std::atomic<unsigned> count{0};
  fs::path name = target;
  name += fmt::format(".{}-{}.tmp", ::getpid(), count++);
  return name;
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : path_(path), target_(resolved(path)) {
  std::error_code error;
  const fs::file_status status = fs::status(target_, error);
  if (error == std::errc::too_many_symbolic_link_levels)
    throw IoError("{}: the target must be a file; {}", path_.string(), error.message());
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw IoError("{}: the target must be a file; something else has this name", path_.string());
  temporary_ = name_beside(target_);
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0)
    throw IoError("{}: the folder must exist and be writable; {}", path_.string(),
                  std::strerror(errno));
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* bytes, std::size_t count) {
  const char* next = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = ::write(descriptor_, next, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      throw IoError("{}: all bytes must be written; {}", path_.string(), std::strerror(errno));
    next += written;
    count -= static_cast<std::size_t>(written);
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0 || ::rename(temporary_.c_str(), target_.c_str()) != 0)
    throw IoError("{}: the finished file must take its name; {}", path_.string(),
                  std::strerror(errno));
  ::close(descriptor_);
  descriptor_ = -1;
}

}  // namespace reel
