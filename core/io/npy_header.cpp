// A parser of one dictionary, and the writer of another.
//
// Read before: npy_header.h.
#include <reel/core/io/npy_header.h>

#include <charconv>

#include <reel/core/error.h>

namespace reel::detail {
namespace {

class HeaderParser {
 public:
  HeaderParser(const std::string& file, std::string_view text) : file_(file), text_(text) {}

  NpyHeader parse() {
    NpyHeader header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr" && !std::exchange(descr, true))
        read_type(header);
      else if (key == "fortran_order" && !std::exchange(order, true))
        header.fortran_order = read_bool();
      else if (key == "shape" && !std::exchange(shape, true))
        header.shape = read_shape();
      else
        fail("the header must have the keys descr, fortran_order and shape, once each; got '{}'",
             key);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (at_ < text_.size()) fail("the header must end after its }}; got {}", rest());
    if (!descr || !order || !shape)
      fail("the header must have the keys descr, fortran_order and shape; {} is missing",
           !descr   ? "descr"
           : !order ? "fortran_order"
                    : "shape");
    return header;
  }

 private:
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> rule, Args&&... args) const {
    throw IoError("{}: {}", file_, fmt::format(rule, std::forward<Args>(args)...));
  }

  std::string_view rest() const { return text_.substr(at_, 20); }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t'))
      ++at_;
  }
  bool accept(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c))
      fail("the header must be a dictionary of Python, with {} at offset {}; got '{}'", c, at_,
           rest());
  }
  std::string_view quoted() {
    const char quote = accept('\'') ? '\'' : '"';
    if (quote == '"') expect('"');
    const std::size_t first = at_, last = text_.find(quote, first);
    if (last == text_.npos) fail("the header must close its quotes; got '{}'", rest());
    at_ = last + 1;
    return text_.substr(first, last - first);
  }

  void read_type(NpyHeader& header) {
    if (accept('[')) fail("the values must be plain numbers; got records of several fields");
    const std::string_view type = quoted();
    const char* const end = type.data() + type.size();
    std::uint64_t size = 0;
    const bool known = type.size() >= 3 && std::string_view("<>|=").find(type[0]) != type.npos &&
                       std::from_chars(type.data() + 2, end, size).ptr == end;
    const char kind = known ? type[1] : '?';
    const bool integer = kind == 'i' || kind == 'u';
    const bool fits = (kind == 'f' && (size == 2 || size == 4 || size == 8)) ||
                      (integer && (size == 1 || size == 2 || size == 4 || size == 8)) ||
                      (kind == 'b' && size == 1);
    if (!fits || (type[0] == '|' && size > 1))
      fail("the values must be bool, integers or floats of up to 64 bits; got type '{}'", type);
    header.order = type[0] == '=' ? '<' : type[0];
    header.kind = kind;
    header.size = size;
  }

  bool read_bool() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return value;
    }
    fail("fortran_order must be True or False; got '{}'", rest());
  }

  Shape read_shape() {
    Shape shape;
    bool comma = true;
    expect('(');
    while (!accept(')')) {
      skip_space();
      Index extent = -1;
      const char* const first = text_.data() + at_;
      const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), extent);
      if (!comma || error != std::errc() || extent < 0 || *first == '-')
        fail("the shape must be a tuple of extents; got '{}'", rest());
      if (shape.rank() == Shape::max_rank)
        fail("the shape must have at most {} axes; got more", int{Shape::max_rank});
      shape.push_back(extent);
      at_ = static_cast<std::size_t>(end - text_.data());
      comma = accept(',');
    }
    if (shape.rank() == 1 && !comma) fail("the shape must be a tuple of extents; got a number");
    return shape;
  }

  const std::string& file_;
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

NpyHeader parse_npy_header(const std::string& file, std::string_view text) {
  return HeaderParser(file, text).parse();
}

// Filled up with spaces, so that the values begin at a multiple of 64 bytes.
std::string format_npy_header(const NpyHeader& header) {
  std::string shape;
  for (const Index extent : header.shape) shape += fmt::format("{}, ", extent);
  if (header.shape.rank() > 1) shape.resize(shape.size() - 2);
  if (header.shape.rank() == 1) shape.resize(shape.size() - 1);
  std::string text =
      fmt::format("{{'descr': '{}{}{}', 'fortran_order': {}, 'shape': ({}), }}", header.order,
                  header.kind, header.size, header.fortran_order ? "True" : "False", shape);
  constexpr std::size_t preamble = 10;
  text.append(63 - (preamble + text.size()) % 64, ' ');
  text.push_back('\n');
  std::string file("\x93NUMPY\x01\x00", 8);
  file.push_back(static_cast<char>(text.size() & 0xff));
  file.push_back(static_cast<char>(text.size() >> 8));
  return file + text;
}

}  // namespace reel::detail
