// Tables of text: a line a sample, a column a feature or a target.
//
// The file: RFC 4180, with any separator. A field in double quotes may hold separators, line ends
// and, doubled, quotes; lines end in LF or CRLF; lines without a character are skipped, as is a
// byte order mark; gzip is read as what it holds. Invariant: a row is taken whole or there is an
// IoError that names file, line, column and text. Decision: columns are asked for by name and
// everything is checked, since a shifted column trains without a word. Price: no guessing of types;
// a column of words is a label or is left out. Source: RFC 4180 (2005).
// Read before: dataset.h. Read next: csv_rows.h.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <reel/core/io/dataset.h>

namespace reel {

/// What becomes of a row in which a feature or a target is missing: an empty field, or one of NA,
/// NaN, null and ?, in any letters. A missing label always is an error.
enum class Missing { error, skip_row, nan };
constexpr std::string_view name_of(Missing missing) {
  return detail::name_in({"error", "skip_row", "nan"}, missing);
}

struct CsvOptions {
  /// Columns that are features, in this order; none: all that are not named below.
  std::vector<std::string> features = {};
  /// Columns of numbers to be predicted. Beside a label there are none.
  std::vector<std::string> targets = {};
  /// The column of classes; empty: there is none.
  std::string label = "";
  /// The classes in the order of their numbers; empty: all that are found, sorted, whole numbers as
  /// numbers.
  std::vector<std::string> class_names = {};
  /// Whether the first line names the columns; else they are named "0", "1", ...
  bool header = true;
  char separator = ',';
  Missing missing = Missing::error;
  DType dtype = float32;
};

/// Reads a file: features (n, columns), targets (n, columns), `source(i)` with the line. Features
/// and targets are numbers that the dtype holds, finite ones. IoError as above, and when a column
/// is missing or named twice; ValueError for options that contradict each other.
Dataset load_csv(const std::filesystem::path& path, const CsvOptions& options = {});

}  // namespace reel
