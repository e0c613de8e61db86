#include <reel/core/io/safetensors.h>

#include <bit>
#include <fstream>
#include <string_view>

#include <reel/core/error.h>
#include <reel/core/io/atomic_file.h>
#include <reel/core/io/memory_limit.h>
#include <reel/core/io/safetensors_header.h>
#include <reel/core/runtime/checked_index.h>

namespace reel {
namespace {

namespace fs = std::filesystem;
using detail::SafetensorsEntry;
using detail::SafetensorsHeader;
using detail::StoredType;

static_assert(std::endian::native == std::endian::little,
              "values are read and written as they lie in memory");

// An open file whose size is known, so that lengths are believed only after a look at it.
class InputFile {
 public:
  explicit InputFile(const fs::path& path) : name_(path.string()) {
    std::error_code error;
    if (!fs::is_regular_file(path, error))
      throw IoError("{}: a file must be there to be read; {}", name_,
                    error ? error.message() : "something else has this name");
    size_ = fs::file_size(path, error);
    stream_.open(path, std::ios::binary);
    if (error || !stream_) throw IoError("{}: the file must be readable", name_);
  }

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }

  void read(void* bytes, std::uint64_t count) {
    stream_.read(static_cast<char*>(bytes), static_cast<std::streamsize>(count));
    if (static_cast<std::uint64_t>(stream_.gcount()) != count)
      throw IoError("{}: the file must keep its {} bytes while it is read", name_, size_);
  }

 private:
  std::string name_;
  std::uint64_t size_ = 0;
  std::ifstream stream_;
};

// What else begins with these bytes, where that is known.
std::string other_format(std::string_view first) {
  struct Format {
    std::string_view first, name;
  };
  constexpr Format known[] = {{"\x89HDF", "HDF5 (Keras's .h5)"},
                              {"PK\x03\x04", "a ZIP archive (.keras, .npz, PyTorch's .pt)"},
                              {"\x93NUMPY", "NumPy's .npy"},
                              {"\x1f\x8b", "gzip"},
                              {"GGUF", "GGUF"},
                              {"version ", "a pointer of Git LFS, not the file itself,"},
                              {"\x80", "a pickle"}};
  for (const Format& format : known)
    if (first.starts_with(format.first)) return fmt::format("; it begins as {} does", format.name);
  return "";
}

std::string read_header(InputFile& file) {
  if (file.size() < 8)
    throw IoError("{}: 8 bytes must give the header's length; the file has {}", file.name(),
                  file.size());
  char bytes[8];
  file.read(bytes, 8);
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  if (length > file.size() - 8)
    throw IoError(
        "{}: the file must be in the safetensors format and whole: its first 8 bytes give the "
        "length of the header, {}, and {} follow{}",
        file.name(), length, file.size() - 8, other_format({bytes, 8}));
  if (length > detail::max_header_bytes)
    throw IoError("{}: the header must have at most {} bytes; got {}", file.name(),
                  detail::max_header_bytes, length);
  std::string text(length, '\0');
  file.read(text.data(), length);
  return text;
}

// A tensor or integers with the bytes where they lie.
struct Item {
  SafetensorsEntry entry;
  const void* bytes;
};

Item item_of(const std::string& file, const std::string& name, const Tensor& tensor) {
  if (!tensor.defined()) throw ValueError("{}: tensor '{}' must be defined", file, name);
  return tensor.dtype() == float32
             ? Item{{name, StoredType::f32, tensor.shape()}, tensor.data<float>()}
             : Item{{name, StoredType::f64, tensor.shape()}, tensor.data<double>()};
}

Item item_of(const std::string& file, const std::string& name, const Indices& integers) {
  if (static_cast<Index>(integers.values.size()) !=
      detail::checked_size(file.c_str(), integers.shape))
    throw ValueError("{}: integers '{}' must fill their shape {}; got {} values", file, name,
                     integers.shape, integers.values.size());
  return {{name, StoredType::i32, integers.shape}, integers.values.data()};
}

void save(const fs::path& path, const std::vector<Item>& items,
          const std::map<std::string, std::string>& metadata) {
  SafetensorsHeader header{{}, metadata};
  std::map<std::string, const void*> bytes;
  for (const Item& item : items) {
    const std::string& name = item.entry.name;
    if (name == "__metadata__" || !bytes.emplace(name, item.bytes).second)
      throw ValueError("{}: names must differ from each other and from __metadata__; got '{}'",
                       path.string(), name);
    header.entries.push_back(item.entry);
  }
  detail::lay_out(header.entries);
  const std::string text = format_header(path.string(), header);

  AtomicFile file(path);
  file.write(text.data(), text.size());
  for (const SafetensorsEntry& entry : header.entries)
    file.write(bytes.at(entry.name), entry.end - entry.begin);
  file.commit();
}

}  // namespace

Safetensors load_safetensors(const fs::path& path) {
  InputFile file(path);
  const std::string text = read_header(file);
  const std::uint64_t data_bytes = file.size() - 8 - text.size();
  SafetensorsHeader header = detail::parse_header(file.name(), text, data_bytes);
  detail::check_memory(file.name(), data_bytes);

  Safetensors contents;
  contents.metadata = std::move(header.metadata);
  for (const SafetensorsEntry& entry : header.entries) {
    const std::uint64_t count = entry.end - entry.begin;
    if (entry.type == StoredType::i32) {
      Indices& integers = contents.integers[entry.name];
      integers.shape = entry.shape;
      integers.values.resize(count / sizeof(std::int32_t));
      file.read(integers.values.data(), count);
    } else {
      const DType dtype = entry.type == StoredType::f32 ? float32 : float64;
      Tensor& tensor = contents.tensors[entry.name] = Tensor::empty(entry.shape, dtype);
      dispatch(dtype, [&](auto zero) { file.read(writable<decltype(zero)>(tensor), count); });
    }
  }
  return contents;
}

void save_safetensors(const fs::path& path,
                      const std::vector<std::pair<std::string, Tensor>>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  std::vector<Item> items;
  for (const auto& [name, tensor] : tensors) items.push_back(item_of(path.string(), name, tensor));
  save(path, items, metadata);
}

void save_safetensors(const fs::path& path, const Safetensors& contents) {
  std::vector<Item> items;
  for (const auto& [name, tensor] : contents.tensors)
    items.push_back(item_of(path.string(), name, tensor));
  for (const auto& [name, integers] : contents.integers)
    items.push_back(item_of(path.string(), name, integers));
  save(path, items, contents.metadata);
}

}  // namespace reel
