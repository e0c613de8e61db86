#include <reel/core/io/safetensors_header.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include <reel/core/error.h>
#include <reel/core/runtime/joined.h>

namespace reel::detail {
namespace {

using Json = nlohmann::json;

constexpr std::string_view metadata_key = "__metadata__";

struct TypeRow {
  StoredType type;
  std::string_view name;
  std::uint64_t size;
};
constexpr std::array<TypeRow, 3> types{
    {{StoredType::f32, "F32", 4}, {StoredType::f64, "F64", 8}, {StoredType::i32, "I32", 4}}};

const TypeRow& row_of(StoredType type) {
  return *std::find_if(types.begin(), types.end(),
                       [&](const TypeRow& row) { return row.type == type; });
}

// One tensor's part of the header, and how to complain about it.
class EntryParser {
 public:
  EntryParser(const std::string& file, const std::string& name, const Json& json)
      : file_(file), name_(name), json_(json) {}

  SafetensorsEntry parse(std::uint64_t data_bytes) const {
    const bool complete = json_.is_object() && json_.size() == 3 && json_.contains("dtype") &&
                          json_.contains("shape") && json_.contains("data_offsets");
    if (!complete) fail("an entry must hold dtype, shape and data_offsets, nothing else");
    SafetensorsEntry entry{name_, parse_type(), parse_shape()};
    std::tie(entry.begin, entry.end) = parse_range();
    if (entry.begin > entry.end || entry.end > data_bytes)
      fail("data_offsets must lie in order in the {} bytes of data; got [{}, {}]", data_bytes,
           entry.begin, entry.end);
    const std::uint64_t size = static_cast<std::uint64_t>(entry.shape.size()) * size_of(entry.type);
    if (entry.end - entry.begin != size)
      fail("{} of {} takes {} bytes; data_offsets span {}", entry.shape, name_of(entry.type), size,
           entry.end - entry.begin);
    return entry;
  }

 private:
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> rule, Args&&... args) const {
    throw IoError("{}: tensor '{}': {}", file_, name_,
                  fmt::format(rule, std::forward<Args>(args)...));
  }

  StoredType parse_type() const {
    const Json& json = json_["dtype"];
    for (const TypeRow& row : types)
      if (json == row.name) return row.type;
    fail("dtype must be F32, F64 or I32; got {}", json.dump());
  }

  // The bytes of any shape that passes can be counted in an Index.
  Shape parse_shape() const {
    const Json& json = json_["shape"];
    if (!json.is_array() || !all_counts(json))
      fail("shape must be a list of sizes; got {}", json.dump());
    Shape shape;
    Index bound = std::numeric_limits<Index>::max() / 8;
    for (const Json& extent : json) {
      const std::uint64_t size = extent.get<std::uint64_t>();
      if (size > static_cast<std::uint64_t>(bound)) fail("shape {} is too large", json.dump());
      if (size > 0) bound /= static_cast<Index>(size);
      shape.push_back(static_cast<Index>(size));
    }
    return shape;
  }

  std::pair<std::uint64_t, std::uint64_t> parse_range() const {
    const Json& json = json_["data_offsets"];
    if (!json.is_array() || json.size() != 2 || !all_counts(json))
      fail("data_offsets must be two positions; got {}", json.dump());
    return {json[0].get<std::uint64_t>(), json[1].get<std::uint64_t>()};
  }

  static bool all_counts(const Json& json) {
    return std::all_of(json.begin(), json.end(),
                       [](const Json& value) { return value.is_number_unsigned(); });
  }

  const std::string& file_;
  const std::string& name_;
  const Json& json_;
};

[[noreturn]] void throw_repeated(const std::string& file, const std::string& key) {
  throw IoError("{}: a key must stand once in an object of the header; '{}' is repeated", file,
                key);
}

// By hashes, since a hundred thousand names lie all over the memory.
void check_names(const std::string& file, const std::vector<SafetensorsEntry>& entries) {
  std::vector<std::pair<std::size_t, const std::string*>> names;
  for (const SafetensorsEntry& entry : entries)
    names.emplace_back(std::hash<std::string>()(entry.name), &entry.name);
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : *a.second < *b.second;
  });
  const auto again = std::adjacent_find(
      names.begin(), names.end(),
      [](const auto& a, const auto& b) { return a.first == b.first && *a.second == *b.second; });
  if (again != names.end()) throw_repeated(file, *again->second);
}

// What the header says, taken from the parser value by value: an entry is put together, checked,
// and forgotten when the next begins. Refuses what would cost memory or hide a value: nesting, long
// lists, a key that stands twice in one object.
class HeaderReader : public nlohmann::json_sax<Json> {
 public:
  HeaderReader(const std::string& file, std::uint64_t data_bytes)
      : file_(file), data_bytes_(data_bytes) {}

  SafetensorsHeader header;

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
    return false;
  }

  bool key(string_t& name) override {
    const bool again = open_.size() == 1 ? name == metadata_key && has_metadata_
                       : in_metadata()   ? header.metadata.contains(name)
                                         : open_.back().value.contains(name);
    if (again) throw_repeated(file_, name);
    has_metadata_ |= open_.size() == 1 && name == metadata_key;
    open_.back().key = std::move(name);
    return true;
  }

 private:
  static constexpr std::size_t max_depth = 3;
  struct Container {
    Json value;       // of the header itself nothing is kept
    std::string key;  // the last one
  };

  bool open(Json empty) {
    if (open_.size() == max_depth)
      throw IoError("{}: the header must be nested at most {} deep", file_, max_depth);
    open_.push_back({std::move(empty), {}});
    return true;
  }

  bool close() {
    const Json value = std::move(open_.back().value);
    open_.pop_back();
    return open_.empty() || add(value);
  }

  bool add(Json value) {
    Container& container = open_.back();
    if (open_.size() == 1)
      take(container.key, value);
    else if (in_metadata())
      add_metadata(container.key, value);
    else if (container.value.is_object())
      container.value.emplace(container.key, std::move(value));
    else if (container.value.size() < Shape::max_rank)
      container.value.push_back(std::move(value));
    else
      throw IoError("{}: a list in the header must have at most {} items", file_, Shape::max_rank);
    return true;
  }

  bool in_metadata() const {
    return open_.size() == 2 && open_[0].key == metadata_key && open_[1].value.is_object();
  }

  void add_metadata(const std::string& key, const Json& value) {
    if (!value.is_string())
      throw IoError("{}: __metadata__ must be an object of strings; '{}' is none", file_, key);
    header.metadata[key] = value.get<std::string>();
  }

  void take(const std::string& name, const Json& value) {
    if (name != metadata_key)
      header.entries.push_back(EntryParser(file_, name, value).parse(data_bytes_));
    else if (!value.is_object())
      throw IoError("{}: __metadata__ must be an object of strings", file_);
  }

  const std::string& file_;
  const std::uint64_t data_bytes_;
  std::vector<Container> open_;
  bool has_metadata_ = false;
};

void check_cover(const std::string& file, const std::vector<SafetensorsEntry>& entries,
                 std::uint64_t data_bytes) {
  std::uint64_t covered = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin != covered)
      throw IoError(
          "{}: tensor '{}': data must follow the data before it without {}; starts at {}, "
          "not {}",
          file, entry.name, entry.begin < covered ? "overlap" : "gap", entry.begin, covered);
    covered = entry.end;
  }
  if (covered != data_bytes)
    throw IoError("{}: tensors must cover the {} bytes of data; they cover {}", file, data_bytes,
                  covered);
}

std::string quoted(const std::string& file, const std::string& text) {
  try {
    return Json(text).dump();
  } catch (const Json::exception&) {
    throw ValueError("{}: names and metadata must be UTF-8", file);
  }
}

}  // namespace

std::string_view name_of(StoredType type) { return row_of(type).name; }
std::uint64_t size_of(StoredType type) { return row_of(type).size; }

// The parser would pass over blanks and a byte order mark, and stop at a zero byte.
SafetensorsHeader parse_header(const std::string& file, std::string_view text,
                               std::uint64_t data_bytes) {
  if (!text.starts_with('{'))
    throw IoError(
        "{}: the header must begin with '{{'; got {}", file,
        text.empty() ? "nothing" : fmt::format("{:#04x}", static_cast<unsigned char>(text[0])));
  HeaderReader reader(file, data_bytes);
  if (text.find('\0') != text.npos || !Json::sax_parse(text.begin(), text.end(), &reader))
    throw IoError("{}: the header must be a JSON object in UTF-8", file);
  SafetensorsHeader& header = reader.header;
  check_names(file, header.entries);
  std::sort(header.entries.begin(), header.entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  check_cover(file, header.entries, data_bytes);
  return std::move(header);
}

void lay_out(std::vector<SafetensorsEntry>& entries) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return size_of(a.type) > size_of(b.type); });
  std::uint64_t offset = 0;
  for (SafetensorsEntry& entry : entries) {
    entry.begin = offset;
    offset += static_cast<std::uint64_t>(entry.shape.size()) * size_of(entry.type);
    entry.end = offset;
  }
}

std::string format_header(const std::string& file, const SafetensorsHeader& header) {
  std::vector<std::string> items;
  if (!header.metadata.empty()) {
    std::vector<std::string> pairs;
    for (const auto& [key, value] : header.metadata)
      pairs.push_back(quoted(file, key) + ":" + quoted(file, value));
    items.push_back(fmt::format("\"__metadata__\":{{{}}}", detail::joined(pairs, ",")));
  }
  for (const SafetensorsEntry& entry : header.entries)
    items.push_back(fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                                quoted(file, entry.name), name_of(entry.type),
                                detail::joined(entry.shape, ","), entry.begin, entry.end));
  std::string text = fmt::format("{{{}}}", detail::joined(items, ","));
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > max_header_bytes)
    throw ValueError("{}: the header must have at most {} bytes; names and metadata need {}", file,
                     max_header_bytes, text.size());
  std::string length(8, '\0');
  for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i) & 0xff);
  return length + text;
}

}  // namespace reel::detail
