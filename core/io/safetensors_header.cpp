#include <reel/core/io/safetensors_header.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include <reel/core/error.h>

namespace reel::detail {
namespace {

using Json = nlohmann::json;

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

// Refuses, while the parser runs, what would cost memory or hide a value: nesting, long lists, a
// key that stands twice in one object.
class Bounds {
 public:
  explicit Bounds(const std::string& file) : file_(file) {}

  bool operator()(int, Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_end || event == Event::array_end) {
      open_.pop_back();
      return true;
    }
    if (event == Event::key) {
      check_key(parsed.get<std::string>());
      return true;
    }
    if (!open_.empty() && open_.back().is_list && ++open_.back().count > Shape::max_rank)
      throw IoError("{}: a list in the header must have at most {} items", file_, Shape::max_rank);
    if (event == Event::value) return true;
    if (open_.size() == max_depth)
      throw IoError("{}: the header must be nested at most {} deep", file_, max_depth);
    open_.push_back({event == Event::array_start, 0, {}});
    return true;
  }

 private:
  static constexpr std::size_t max_depth = 3;
  struct Container {
    bool is_list;
    int count;
    std::set<std::string> keys;
  };

  void check_key(const std::string& key) {
    if (!open_.back().keys.insert(key).second)
      throw IoError("{}: a key must stand once in an object of the header; '{}' is repeated", file_,
                    key);
  }

  const std::string& file_;
  std::vector<Container> open_;
};

Json parse_json(const std::string& file, std::string_view text) {
  try {
    Bounds bounds(file);
    Json json = Json::parse(text.begin(), text.end(), std::ref(bounds));
    if (json.is_object()) return json;
  } catch (const Json::exception&) {
    throw IoError("{}: the header must be JSON in UTF-8", file);
  }
  throw IoError("{}: the header must be a JSON object", file);
}

std::map<std::string, std::string> parse_metadata(const std::string& file, const Json& json) {
  std::map<std::string, std::string> metadata;
  if (!json.is_object()) throw IoError("{}: __metadata__ must be an object of strings", file);
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string())
      throw IoError("{}: __metadata__ must be an object of strings; '{}' is none", file, key);
    metadata[key] = value.get<std::string>();
  }
  return metadata;
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

SafetensorsHeader parse_header(const std::string& file, std::string_view text,
                               std::uint64_t data_bytes) {
  SafetensorsHeader header;
  const Json json = parse_json(file, text);
  for (const auto& [name, value] : json.items()) {
    if (name == "__metadata__")
      header.metadata = parse_metadata(file, value);
    else
      header.entries.push_back(EntryParser(file, name, value).parse(data_bytes));
  }
  std::sort(header.entries.begin(), header.entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  check_cover(file, header.entries, data_bytes);
  return header;
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
    items.push_back(fmt::format("\"__metadata__\":{{{}}}", fmt::join(pairs, ",")));
  }
  for (const SafetensorsEntry& entry : header.entries)
    items.push_back(fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                                quoted(file, entry.name), name_of(entry.type),
                                fmt::join(entry.shape, ","), entry.begin, entry.end));
  std::string text = fmt::format("{{{}}}", fmt::join(items, ","));
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > max_header_bytes)
    throw ValueError("{}: the header must have at most {} bytes; names and metadata need {}", file,
                     max_header_bytes, text.size());
  std::string length(8, '\0');
  for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(text.size() >> (8 * i) & 0xff);
  return length + text;
}

}  // namespace reel::detail
