#include <reel/core/io/byte_reader.h>

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>

#include <reel/core/error.h>

namespace reel {

namespace fs = std::filesystem;

struct ByteReader::Inflater {
  z_stream stream{};
  std::array<unsigned char, 64 * 1024> input;
  bool member_ended = false;

  Inflater() {
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) throw std::bad_alloc();  // 16: gzip only
  }
  ~Inflater() { inflateEnd(&stream); }
};

ByteReader::ByteReader(const fs::path& path) : name_(path.string()) {
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    throw IoError("{}: a file must be there to be read; {}", name_,
                  error ? error.message() : "something else has this name");
  size_ = fs::file_size(path, error);
  descriptor_ = error ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0)
    throw IoError("{}: the file must be readable; {}", name_,
                  error ? error.message() : std::strerror(errno));
  unsigned char magic[2] = {};
  const bool gzip = ::pread(descriptor_, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
  if (gzip) inflater_ = std::make_unique<Inflater>();
}

ByteReader::~ByteReader() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::uint64_t ByteReader::bound() const {
  constexpr std::uint64_t most = 1032;
  if (!compressed()) return size_;
  return size_ > UINT64_MAX / most ? UINT64_MAX : size_ * most;
}

std::size_t ByteReader::read(void* bytes, std::size_t count) {
  const std::size_t got = compressed() ? inflate(bytes, count) : read_stored(bytes, count);
  position_ += got;
  return got;
}

std::size_t ByteReader::read_stored(void* bytes, std::size_t count) {
  std::size_t got = 0;
  while (got < count) {
    const ssize_t n = ::read(descriptor_, static_cast<char*>(bytes) + got, count - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw IoError("{}: the file must be readable; {}", name_, std::strerror(errno));
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  return got;
}

std::size_t ByteReader::inflate(void* bytes, std::size_t count) {
  z_stream& stream = inflater_->stream;
  std::size_t got = 0;
  while (got < count) {
    if (stream.avail_in == 0) {
      stream.next_in = inflater_->input.data();
      stream.avail_in =
          static_cast<uInt>(read_stored(inflater_->input.data(), inflater_->input.size()));
      if (stream.avail_in == 0) {
        if (inflater_->member_ended) break;
        throw IoError("{}: the gzip data must be whole; it breaks off after {} bytes", name_,
                      position_ + got);
      }
    }
    if (inflater_->member_ended) {  // more bytes: they must be another member
      inflateReset(&stream);
      inflater_->member_ended = false;
    }
    const std::size_t room = std::min<std::size_t>(count - got, std::size_t{1} << 30);
    stream.next_out = static_cast<Bytef*>(bytes) + got;
    stream.avail_out = static_cast<uInt>(room);
    const int status = ::inflate(&stream, Z_NO_FLUSH);
    got += room - stream.avail_out;
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status == Z_STREAM_END) {
      inflater_->member_ended = true;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      throw IoError("{}: the gzip data must be sound; {} after {} bytes", name_,
                    stream.msg ? stream.msg : "it is damaged", position_ + got);
    }
  }
  return got;
}

}  // namespace reel
