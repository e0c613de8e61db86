// How a temporary file gets its name, whose it is, and how it takes that of the target.
//
// Invariant: a temporary file belongs to who holds the lock (flock) on it, and only that one
// removes it or gives it another name; the system opens the lock when a process dies, however that
// happens. Where a file system has no locks, nobody's file is removed; where its locks may stay on
// one machine, only one that has rested. Read before: atomic_file.h, left_file.h.
#include <reel/core/io/atomic_file.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <string>

#include <reel/core/error.h>
#include <reel/core/io/left_file.h>
#include <reel/core/runtime/log.h>

namespace reel {
namespace {

namespace fs = std::filesystem;

std::string reason() { return std::strerror(errno); }

// What stands at the end of all links that `path` may be, whether it is there or not.
fs::path resolved(const fs::path& path) {
  fs::path target = path;
  constexpr int most_links = 40;  // as Linux has it
  std::error_code none;
  for (int i = 0; i < most_links && fs::is_symlink(fs::symlink_status(target, none)); ++i)
    target = target.parent_path() / fs::read_symlink(target, none);
  return target;
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

fs::path temporary_name(const fs::path& folder, int number) {
  return folder / fmt::format(".reel-{}.tmp", number);
}

bool is_temporary_name(const std::string& name) {
  return name.starts_with(".reel-") && name.ends_with(".tmp");
}

// Whether `path` is still the name of the open file.
bool is_name_of(const fs::path& path, int descriptor) {
  struct stat named {
  }, open{};
  return ::lstat(path.c_str(), &named) == 0 && ::fstat(descriptor, &open) == 0 &&
         named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

// What `was_left` wants to know of an open file; no where the system does not say it.
bool was_left(int descriptor) {
  struct stat status {};
  struct statfs system {};
  if (::fstat(descriptor, &status) != 0 || ::fstatfs(descriptor, &system) != 0) return false;
  return detail::was_left(static_cast<std::uint32_t>(system.f_type),
                          std::int64_t{std::time(nullptr)} - std::int64_t{status.st_ctime});
}

// Removes a temporary file whose writer is gone. NFS wants it opened for writing to lock it.
void remove_if_left(const fs::path& path) {
  const int left = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (left < 0) return;
  if (::flock(left, LOCK_EX | LOCK_NB) == 0 && is_name_of(path, left) && was_left(left))
    ::unlink(path.c_str());
  ::close(left);
}

void remove_left_ones(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator each(folder, error), end; !error && each != end;
       each.increment(error))
    if (is_temporary_name(each->path().filename().string())) remove_if_left(each->path());
}

// Makes the file and locks it; -1 and errno when that is not possible. Between the two another
// writer may take it for one that was left: then there is another try.
int open_locked(const fs::path& path, mode_t mode) {
  while (true) {
    const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (made < 0) return -1;
    const bool taken = ::flock(made, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!taken && is_name_of(path, made)) return made;
    ::close(made);
  }
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : path_(path), target_(resolved(path)) {
  struct stat old {};
  const bool exists = ::stat(target_.c_str(), &old) == 0;
  if (!exists && errno != ENOENT && errno != ENOTDIR && errno != EACCES)
    throw IoError("{}: the target must be a file; {}", path_.string(), reason());
  if (exists ? !S_ISREG(old.st_mode) : !target_.has_filename())
    throw IoError("{}: the target must be a file; something else has this name", path_.string());
  const fs::path folder = folder_of(target_);
  remove_left_ones(folder);
  // What replaces a file is nobody else's to read before it has that file's mode.
  const mode_t mode = exists ? 0600 : 0666;
  int number = 0;
  do {
    temporary_ = temporary_name(folder, number++);
    descriptor_ = open_locked(temporary_, mode);
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0)
    throw IoError("{}: the folder must exist and be writable; {}", path_.string(), reason());
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::unlink(temporary_.c_str());
  ::close(descriptor_);
}

void AtomicFile::write(const void* bytes, std::size_t count) {
  const char* next = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = ::write(descriptor_, next, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw IoError("{}: all bytes must be written; {}", path_.string(), reason());
    next += written;
    count -= static_cast<std::size_t>(written);
  }
}

// The owner first: to change it takes some bits of the mode away. Without the right to give a file
// away at least its group stays; another group gets no rights of the old one.
void AtomicFile::keep_mode_and_owner() const {
  struct stat old {
  }, made{};
  if (::stat(target_.c_str(), &old) != 0 || ::fstat(descriptor_, &made) != 0) return;
  mode_t mode = old.st_mode & 07777;
  const bool others = old.st_uid != made.st_uid || old.st_gid != made.st_gid;
  if (others && ::fchown(descriptor_, old.st_uid, old.st_gid) != 0) {
    logging::warning("{}: the file that is replaced had another owner; {}", path_.string(),
                     reason());
    mode &= 0777;
    if (old.st_gid != made.st_gid && ::fchown(descriptor_, made.st_uid, old.st_gid) != 0)
      mode &= 0707;
  }
  ::fchmod(descriptor_, mode);
}

// The folder is brought to the disk, too, where the system can do that: the name stands in it.
void AtomicFile::commit() {
  keep_mode_and_owner();
  if (::fsync(descriptor_) != 0 || ::rename(temporary_.c_str(), target_.c_str()) != 0)
    throw IoError("{}: the finished file must take its name; {}", path_.string(), reason());
  ::close(descriptor_);
  descriptor_ = -1;
  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  const bool failed = ::fsync(folder) != 0 && errno == EIO;
  ::close(folder);
  if (failed) throw IoError("{}: the folder must remember the file; {}", path_.string(), reason());
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes.data(), bytes.size());
  file.commit();
}

}  // namespace reel
