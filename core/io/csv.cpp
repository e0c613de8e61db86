// From the fields of rows to features and targets.
//
// Read before: csv.h, csv_rows.h.
#include <reel/core/io/csv.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/core/io/csv_rows.h>
#include <reel/core/io/memory_limit.h>
#include <reel/core/runtime/joined.h>

namespace reel {
namespace {

using detail::CsvRows;
using Names = std::vector<std::string>;

void check_options(const std::string& file, const CsvOptions& options) {
  if (!options.label.empty() && !options.targets.empty())
    throw ValueError("{}: targets must be numbers or classes; got targets {} and the label '{}'",
                     file, detail::joined(options.targets), options.label);
  if (options.label.empty() && !options.class_names.empty())
    throw ValueError("{}: class_names must be those of a label; got none", file);
  if (options.separator == '"' || options.separator == '\n' || options.separator == '\r')
    throw ValueError("{}: separator must be no quote and no line end; got byte {}", file,
                     int{options.separator});
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_missing(std::string_view text) {
  const auto is = [&](std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
  };
  return text.empty() || is("na") || is("nan") || is("null") || is("?");
}

// Of all of the text, whatever the locale.
template <class T>
std::optional<T> number_in(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  T number;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

// Which columns of the file are what.
struct Columns {
  Names names;
  std::vector<std::size_t> features, targets;
  std::optional<std::size_t> label;

  std::size_t find(const CsvRows& rows, const std::string& name) const {
    const auto count = std::count(names.begin(), names.end(), name);
    if (count != 1)
      throw IoError("{}: column '{}' must be there once; the columns are {}", rows.name(), name,
                    detail::joined(names));
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  }

  Columns(const CsvRows& rows, Names its_names, const CsvOptions& options)
      : names(std::move(its_names)) {
    for (const std::string& name : options.targets) targets.push_back(find(rows, name));
    if (!options.label.empty()) label = find(rows, options.label);
    for (const std::string& name : options.features) features.push_back(find(rows, name));
    if (options.features.empty())
      for (std::size_t i = 0; i < names.size(); ++i)
        if (i != label && std::count(targets.begin(), targets.end(), i) == 0) features.push_back(i);
    if (features.empty())
      throw IoError("{}: there must be a column of features; the columns are {}", rows.name(),
                    detail::joined(names));
  }
};

// What has been read so far, sample by sample.
struct Samples {
  std::vector<double> features, targets;
  std::vector<std::int32_t> labels;
  std::vector<Index> lines;
  std::map<std::string, std::int32_t> classes;  // as they came

  std::uint64_t bytes() const {
    return 8 *
           (features.capacity() + targets.capacity() + labels.capacity() / 2 + lines.capacity());
  }
};

double largest(DType dtype) {
  return dtype == float32 ? double{std::numeric_limits<float>::max()}
                          : std::numeric_limits<double>::max();
}

// Appends the numbers of some columns; false when one is missing and the row is to be skipped.
bool read_numbers(const CsvRows& rows, const Columns& columns, const CsvOptions& options,
                  const Names& fields, const std::vector<std::size_t>& wanted,
                  std::vector<double>& numbers) {
  for (const std::size_t column : wanted) {
    const std::string_view text = trimmed(fields[column]);
    if (is_missing(text)) {
      if (options.missing == Missing::skip_row) return false;
      if (options.missing == Missing::error)
        throw IoError(
            "{}:{}: column '{}' must have a value; got '{}'; CsvOptions::missing says "
            "what else to do",
            rows.name(), rows.line(), columns.names[column], fields[column]);
      numbers.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const std::optional<double> number = number_in<double>(text);
    if (!number || !(std::abs(*number) <= largest(options.dtype)))
      throw IoError("{}:{}: column '{}' must be a number that {} holds; got '{}'", rows.name(),
                    rows.line(), columns.names[column], options.dtype, fields[column]);
    numbers.push_back(*number);
  }
  return true;
}

void read_row(const CsvRows& rows, const Columns& columns, const CsvOptions& options,
              const Names& fields, Samples& samples) {
  if (fields.size() != columns.names.size())
    throw IoError("{}:{}: a row must have {} fields, one a column; got {}", rows.name(),
                  rows.line(), columns.names.size(), fields.size());
  const std::size_t features = samples.features.size(), targets = samples.targets.size();
  if (!read_numbers(rows, columns, options, fields, columns.features, samples.features) ||
      !read_numbers(rows, columns, options, fields, columns.targets, samples.targets)) {
    samples.features.resize(features);
    samples.targets.resize(targets);
    return;
  }
  if (columns.label) {
    const std::string label(trimmed(fields[*columns.label]));
    const auto number = static_cast<std::int32_t>(samples.classes.size());
    const auto [found, is_new] = samples.classes.emplace(label, number);
    if (label.empty() || (is_new && !options.class_names.empty()))
      throw IoError("{}:{}: column '{}' must be one of the classes{}{}; got '{}'", rows.name(),
                    rows.line(), columns.names[*columns.label],
                    options.class_names.empty() ? "" : " ", detail::joined(options.class_names),
                    fields[*columns.label]);
    samples.labels.push_back(found->second);
  }
  samples.lines.push_back(rows.line());
}

// Gives the classes that were found their order.
Names sort_classes(Samples& samples) {
  Names names;
  for (const auto& [name, number] : samples.classes) names.push_back(name);
  const auto whole = [](const std::string& name) { return number_in<std::int64_t>(name); };
  if (std::all_of(names.begin(), names.end(), whole))
    std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
      return whole(a) < whole(b);
    });
  std::vector<std::int32_t> new_number(names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    new_number[static_cast<std::size_t>(samples.classes[names[i]])] = static_cast<std::int32_t>(i);
  for (std::int32_t& label : samples.labels) label = new_number[static_cast<std::size_t>(label)];
  return names;
}

Tensor tensor_of(const std::vector<double>& numbers, Index rows, std::size_t columns, DType dtype) {
  Tensor tensor = Tensor::empty({rows, static_cast<Index>(columns)}, dtype);
  dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    std::transform(numbers.begin(), numbers.end(), writable<T>(tensor),
                   [](double number) { return static_cast<T>(number); });
  });
  return tensor;
}

}  // namespace

Dataset load_csv(const std::filesystem::path& path, const CsvOptions& options) {
  check_options(path.string(), options);
  CsvRows rows(path, options.separator);
  Names fields;
  bool more = rows.next(fields);
  if (!more) throw IoError("{}: the file must have a row; it has none", rows.name());
  Names names = fields;
  for (std::size_t i = 0; i < names.size(); ++i)
    names[i] = options.header ? std::string(trimmed(fields[i])) : fmt::to_string(i);
  const Columns columns(rows, std::move(names), options);

  Samples samples;
  for (std::size_t i = 0; i < options.class_names.size(); ++i)
    if (!samples.classes.emplace(options.class_names[i], static_cast<std::int32_t>(i)).second)
      throw ValueError("{}: class_names must differ; got '{}' twice", rows.name(),
                       options.class_names[i]);
  if (options.header) more = rows.next(fields);
  for (; more; more = rows.next(fields)) {
    read_row(rows, columns, options, fields, samples);
    if (samples.lines.size() % 65536 == 0) detail::check_memory(rows.name(), samples.bytes());
  }
  const auto count = static_cast<Index>(samples.lines.size());
  if (count == 0)
    throw IoError("{}: there must be a row of values; there is none, or none is whole",
                  rows.name());

  DatasetContents contents{.name = rows.name()};
  if (columns.label)
    contents.class_names =
        options.class_names.empty() ? sort_classes(samples) : options.class_names;
  contents.labels = std::move(samples.labels);
  contents.features = tensor_of(samples.features, count, columns.features.size(), options.dtype);
  if (!columns.targets.empty())
    contents.targets = tensor_of(samples.targets, count, columns.targets.size(), options.dtype);
  contents.source = [name = rows.name(), lines = std::move(samples.lines)](Index i) {
    return fmt::format("{}:{}", name, lines[static_cast<std::size_t>(i)]);
  };
  return Dataset(std::move(contents));
}

}  // namespace reel
