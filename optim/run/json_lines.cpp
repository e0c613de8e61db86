#include <reel/optim/run/json_lines.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include <reel/core/error.h>

namespace reel {

JsonLines::JsonLines(const std::filesystem::path& path)
    : path_(path),
      descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0)
    throw IoError("{}: the file must be writable; {}", path.string(), std::strerror(errno));
}

JsonLines::~JsonLines() { ::close(descriptor_); }

void JsonLines::write(ListOf<JsonField> fields) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const JsonField& field : fields)
    std::visit([&](const auto& value) { object[std::string(field.name)] = value; }, field.value);
  // Text that is not UTF-8 keeps what can be read of it: a log must not end the run.
  const std::string line =
      object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
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
}

}  // namespace reel
