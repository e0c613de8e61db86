// The options that convolutions and pooling share: pairs, padding, data format.
//
// `Padding` and `DataFormat` are made from their enum or from a name in any letter case. Making one
// never throws: `kind` does, so that a layer can check its arguments in their order. They keep the
// name that they were given, in lower case, because a layer's config repeats it; the price is a
// string in each, which is compared once a call. Read before: dtype.h. Read next: convolution.h,
// pooling.h.
#pragma once

#include <cstddef>
#include <string>

#include <reel/core/dtype.h>

namespace reel {

/// Two numbers, for rows and columns; one number stands for both.
struct Pair {
  Pair(int both) : rows(both), columns(both) {}
  Pair(int rows, int columns) : rows(rows), columns(columns) {}
  int rows, columns;
  friend bool operator==(const Pair&, const Pair&) = default;
};

class Padding {
 public:
  enum Kind { valid, same };
  Padding(Kind kind) : name_(kind == valid ? "valid" : "same") {}
  Padding(const char* name) : Padding(std::string(name)) {}
  Padding(const std::string& name);
  /// ValueError that starts with `op` when the name is neither "valid" nor "same".
  Kind kind(const char* op) const;
  /// In lower case.
  const std::string& name() const { return name_; }
  friend bool operator==(const Padding&, const Padding&) = default;

 private:
  std::string name_;
};
constexpr std::string_view name_of(Padding::Kind kind) {
  return detail::name_in({"valid", "same"}, kind);
}

class DataFormat {
 public:
  enum Kind { channels_last, channels_first };
  DataFormat(Kind kind) : name_(kind == channels_last ? "channels_last" : "channels_first") {}
  DataFormat(const char* name) : DataFormat(std::string(name)) {}
  DataFormat(const std::string& name);
  /// None: `image_data_format()`, as it is now.
  DataFormat(std::nullptr_t);
  /// ValueError that starts with `op` when the name is neither of the two.
  Kind kind(const char* op) const;
  /// In lower case.
  const std::string& name() const { return name_; }
  friend bool operator==(const DataFormat&, const DataFormat&) = default;

 private:
  std::string name_;
};
constexpr std::string_view name_of(DataFormat::Kind kind) {
  return detail::name_in({"channels_last", "channels_first"}, kind);
}

/// What none stands for as a data format: channels_last until it is set, for the whole process.
DataFormat::Kind image_data_format();
/// ValueError for an unknown name.
void set_image_data_format(const DataFormat& format);

}  // namespace reel
