// The rows of a CSV file one after the other, as texts. Internal.
//
// Memory is that of one row, whatever the file holds; a row longer than max_row_bytes is refused:
// a quote that is never closed would swallow the rest of the file. Read before: byte_reader.h.
// Read next: csv_rows.cpp, csv.cpp.
#pragma once

#include <array>
#include <string>
#include <vector>

#include <reel/core/dtype.h>
#include <reel/core/io/byte_reader.h>

namespace reel::detail {

class CsvRows {
 public:
  static constexpr std::size_t max_row_bytes = std::size_t{1} << 24;

  CsvRows(const std::filesystem::path& path, char separator);

  /// The fields of the next row that is not empty; false at the end of the file. IoError.
  bool next(std::vector<std::string>& fields);
  /// The line on which that row begins, from 1.
  Index line() const { return line_; }
  const std::string& name() const { return file_.name(); }

 private:
  static constexpr int end = -1;
  int peek();
  int get();
  void skip_byte_order_mark();
  bool read_field(std::string& field);
  void read_quoted(std::string& field);
  void append(std::string& field, int c);

  ByteReader file_;
  char separator_;
  std::array<char, 1 << 16> buffer_;
  std::size_t next_ = 0, filled_ = 0;
  Index line_ = 0, next_line_ = 1;
  std::size_t row_bytes_ = 0;
};

}  // namespace reel::detail
