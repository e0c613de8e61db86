// JPEG by libjpeg, whose errors jump: what they jump over has no destructor.
//
// A warning of libjpeg (data that break off, or are none) is an error here. Memory is bounded
// before the library takes it: each block of 8 x 8 costs at least a bit of Huffman code, and at
// most 1,024 pixels of the widest sampling come from one byte; arithmetic coding has no such bound
// and is refused. Scans are counted, since a small file may hold thousands that each pass over the
// picture. Read before: picture_formats.h.
#include <reel/core/error.h>
#include <reel/core/io/picture_formats.h>

#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include <jpeglib.h>

namespace reel {
namespace {

constexpr int most_scans = 100;

// All that a jump may pass over, and what it says.
struct JpegReader {
  jpeg_decompress_struct library;
  jpeg_error_mgr errors;
  jpeg_progress_mgr progress;
  std::jmp_buf back;
  char message[JMSG_LENGTH_MAX];
};

JpegReader& reader_of(j_common_ptr library) {
  return *static_cast<JpegReader*>(library->client_data);
}

[[noreturn]] void fail(j_common_ptr library) {
  JpegReader& reader = reader_of(library);
  library->err->format_message(library, reader.message);
  std::longjmp(reader.back, 1);
}

void note(j_common_ptr library, int level) {
  if (level < 0) fail(library);
}

void count_scans(j_common_ptr library) {
  JpegReader& reader = reader_of(library);
  if (reader.library.input_scan_number <= most_scans) return;
  std::snprintf(reader.message, sizeof reader.message, "more than %d scans", most_scans);
  std::longjmp(reader.back, 1);
}

// The picture's header; false, and a message, for data that libjpeg refuses.
bool begin(JpegReader& reader, detail::FileBytes bytes) {
  reader.library.err = jpeg_std_error(&reader.errors);
  reader.errors.error_exit = fail;
  reader.errors.emit_message = note;
  reader.library.client_data = &reader;
  if (setjmp(reader.back) != 0) return false;
  jpeg_create_decompress(&reader.library);
  reader.progress.progress_monitor = count_scans;
  reader.library.progress = &reader.progress;
  jpeg_mem_src(&reader.library, bytes.data(), bytes.size());
  jpeg_read_header(&reader.library, TRUE);
  const bool grey = reader.library.num_components == 1;
  reader.library.out_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
  return true;
}

// All rows into `pixels`.
bool decode(JpegReader& reader, std::uint8_t* pixels, std::size_t row_bytes) {
  if (setjmp(reader.back) != 0) return false;
  jpeg_start_decompress(&reader.library);
  while (reader.library.output_scanline < reader.library.output_height) {
    JSAMPROW row = pixels + reader.library.output_scanline * row_bytes;
    jpeg_read_scanlines(&reader.library, &row, 1);
  }
  jpeg_finish_decompress(&reader.library);
  return true;
}

struct Destroy {
  JpegReader& reader;
  ~Destroy() { jpeg_destroy_decompress(&reader.library); }
};

}  // namespace

Picture detail::decode_jpeg(const std::string& file, FileBytes bytes) {
  JpegReader reader;
  std::memset(&reader, 0, sizeof reader);
  const Destroy at_end{reader};
  if (!begin(reader, bytes))
    throw IoError("{}: the JPEG data must be sound; {}", file, reader.message);
  if (reader.library.arith_code)
    throw IoError("{}: the JPEG data must be in Huffman code; got arithmetic code", file);
  constexpr std::uint64_t most_pixels_a_byte = 1024;
  const std::uint64_t channels = reader.library.num_components == 1 ? 1 : 3;
  Picture picture{check_picture(file, reader.library.image_height, reader.library.image_width,
                                channels, bytes.size() * most_pixels_a_byte),
                  {}};
  picture.pixels.resize(static_cast<std::size_t>(picture.shape.size()));
  if (!decode(reader, picture.pixels.data(), static_cast<std::size_t>(picture.shape[1]) * channels))
    throw IoError("{}: the JPEG data must be sound; {}", file, reader.message);
  return picture;
}

bool reads_jpeg() { return true; }

}  // namespace reel
