// RFC 4180, character by character.
//
// Read before: csv_rows.h.
#include <reel/core/io/csv_rows.h>

#include <reel/core/error.h>

namespace reel::detail {

CsvRows::CsvRows(const std::filesystem::path& path, char separator)
    : file_(path), separator_(separator) {
  skip_byte_order_mark();
}

void CsvRows::skip_byte_order_mark() {
  if (peek() == 0xef && filled_ >= 3 && buffer_[1] == '\xbb' && buffer_[2] == '\xbf') next_ = 3;
}

int CsvRows::peek() {
  if (next_ == filled_) {
    filled_ = file_.read(buffer_.data(), buffer_.size());
    next_ = 0;
    if (filled_ == 0) return end;
  }
  return static_cast<unsigned char>(buffer_[next_]);
}

int CsvRows::get() {
  const int c = peek();
  if (c == end) return end;
  ++next_;
  if (c == '\n') ++next_line_;
  return c;
}

void CsvRows::append(std::string& field, int c) {
  if (c == '\0') throw IoError("{}:{}: a row must be text; got a zero byte", name(), next_line_);
  if (++row_bytes_ > max_row_bytes)
    throw IoError("{}:{}: a row must have at most {} bytes; it goes on; is a quote left open?",
                  name(), line_, std::size_t{max_row_bytes});
  field.push_back(static_cast<char>(c));
}

// After the opening quote.
void CsvRows::read_quoted(std::string& field) {
  const Index opened = next_line_;
  while (true) {
    const int c = get();
    if (c == end)
      throw IoError("{}:{}: a quote must be closed; the file ends before that", name(), opened);
    if (c == '"') {
      if (peek() != '"') return;
      get();
    }
    append(field, c);
  }
}

// Whether another field of the row follows.
bool CsvRows::read_field(std::string& field) {
  field.clear();
  const bool quoted = peek() == '"';
  if (quoted) {
    get();
    read_quoted(field);
  }
  while (true) {
    const int c = get();
    if (c == separator_) {
      ++row_bytes_;
      return true;
    }
    if (c == end || c == '\n') return false;
    if (c == '\r' && (peek() == '\n' || peek() == end)) continue;
    if (quoted)
      throw IoError("{}:{}: a closing quote must end its field; got '{}' behind it", name(),
                    next_line_, static_cast<char>(c));
    if (c == '"')
      throw IoError("{}:{}: a quote must begin its field, and be doubled in it; got {}\"", name(),
                    next_line_, field);
    append(field, c);
  }
}

bool CsvRows::next(std::vector<std::string>& fields) {
  std::size_t count = 0;
  do {
    if (peek() == end) return false;
    line_ = next_line_;
    row_bytes_ = 0;
    count = 0;
    bool more = true;
    while (more) {
      if (count == fields.size()) fields.emplace_back();
      more = read_field(fields[count++]);
      if (count > max_row_bytes / 16)
        throw IoError("{}:{}: a row must have at most {} fields; it has more", name(), line_,
                      max_row_bytes / 16);
    }
  } while (count == 1 && fields[0].empty());
  fields.resize(count);
  return true;
}

}  // namespace reel::detail
