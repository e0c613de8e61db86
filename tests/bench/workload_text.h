// Rows of a comparison as words: the shapes with names, what --shape takes, and the arguments by
// which a row reaches the process of a contestant. Read before: workload.h.
#pragma once

#include <stdexcept>
#include <string_view>
#include <vector>

#include "workload.h"

inline const char* name_of(Kind kind) {
  return kind == Kind::separable ? "separable" : kind == Kind::dense ? "dense" : "depthwise";
}
inline Kind kind_of(std::string_view name) {
  for (Kind kind : {Kind::separable, Kind::dense, Kind::depthwise})
    if (name == name_of(kind)) return kind;
  throw std::invalid_argument("no kind of convolution: " + std::string(name));
}
inline const char* pass_of(const Workload& w) { return w.training ? "train" : "forward"; }
inline const char* layout_of(const Workload& w) { return w.channels_first ? "nchw" : "nhwc"; }
inline const char* dtype_of(const Workload& w) { return w.float64 ? "f64" : "f32"; }

struct NamedShape {
  const char *name, *numbers;
};

/// This project's tables, what small and what large networks are made of: S1 to S12, D1 to D12 and
/// W1 to W6.
inline std::vector<NamedShape> named_shapes(Kind kind) {
  if (kind == Kind::separable)
    return {{"S1", "32,28,28,32,64"},         {"S2", "32,14,14,64,128"},
            {"S3", "8,112,112,32,64"},        {"S4", "8,56,56,128,128"},
            {"S5", "8,28,28,256,256"},        {"S6", "8,14,14,512,512"},
            {"S7", "8,7,7,1024,1024"},        {"S8", "8,56,56,64,128,3,2"},
            {"S9", "1,112,112,32,64"},        {"S10", "32,32,32,3,32"},
            {"S11", "32,28,28,1,32,5,1,1,8"}, {"S12", "8,28,28,128,128,3,1,2"}};
  if (kind == Kind::dense)
    return {{"D1", "64,28,28,1,32"},      {"D2", "64,14,14,32,64"},   {"D3", "32,32,32,3,32"},
            {"D4", "32,32,32,32,32"},     {"D5", "32,16,16,64,64"},   {"D6", "32,8,8,128,128"},
            {"D7", "32,32,32,32,64,5,2"}, {"D8", "8,56,56,64,64,1"},  {"D9", "8,56,56,64,64"},
            {"D10", "8,28,28,128,128"},   {"D11", "8,14,14,256,256"}, {"D12", "8,7,7,512,512"}};
  return {{"W1", "32,28,28,64,64"},  {"W2", "8,112,112,32,32"},   {"W3", "8,56,56,64,64,3,2"},
          {"W4", "8,14,14,512,512"}, {"W5", "8,28,28,120,120,5"}, {"W6", "32,28,28,1,8,5"}};
}

/// What --shape takes for this kind.
inline const char* shape_form(Kind kind) {
  switch (kind) {
    case Kind::separable:
      return "S1 to S12 or N,H,W,C,F[,kernel[,stride[,dilation[,multiplier]]]]";
    case Kind::dense:
      return "D1 to D12 or N,H,W,C,F[,kernel[,stride[,dilation[,groups]]]], C and F in whole "
             "groups";
    case Kind::depthwise:
      break;
  }
  return "W1 to W6 or N,H,W,C,F[,kernel[,stride[,dilation]]], F a multiple of C";
}

namespace workload_text {

/// A whole number of 1 or more, below a million million; 0 for any other text.
inline std::int64_t positive(std::string_view text) {
  std::int64_t value = 0;
  if (text.size() > 12) return 0;
  for (char digit : text) {
    if (digit < '0' || digit > '9') return 0;
    value = value * 10 + (digit - '0');
  }
  return value;
}

/// The numbers of a shape; whether they are one.
inline bool read(std::string_view text, Workload& w) {
  std::int64_t last = 1;
  std::int64_t* const fields[] = {&w.batch,       &w.rows,   &w.columns,  &w.channels, &w.filters,
                                  &w.kernel_rows, &w.stride, &w.dilation, &last};
  std::size_t count = 0, most = w.kind == Kind::depthwise ? 8 : 9;
  for (bool more = true; more; ++count) {
    const std::size_t end = text.find(',');
    const std::string_view number = text.substr(0, end);
    more = end != std::string_view::npos;
    if (more) text.remove_prefix(end + 1);
    if (count == most) return false;
    const std::size_t cross = count == 5 ? number.find('x') : std::string_view::npos;
    *fields[count] = positive(number.substr(0, cross));
    if (count == 5)
      w.kernel_columns =
          cross == std::string_view::npos ? w.kernel_rows : positive(number.substr(cross + 1));
    if (*fields[count] < 1 || w.kernel_columns < 1) return false;
  }
  if (w.kind == Kind::separable) w.multiplier = last;
  if (w.kind == Kind::dense) w.groups = last;
  if (w.kind == Kind::depthwise) w.multiplier = w.filters / w.channels;
  return count >= 5 && w.channels % w.groups == 0 && w.filters % w.groups == 0 &&
         (w.kind != Kind::depthwise || w.filters == w.depth());
}

}  // namespace workload_text

/// The numbers of a shape that has a name; any other text as it is.
inline std::string numbers_of(Kind kind, const std::string& text) {
  for (const NamedShape& named : named_shapes(kind))
    if (text == named.name) return named.numbers;
  return text;
}

/// A name of the kind's table, or numbers; a kernel is one number or rows x columns, as in 3x5.
inline Workload parse_shape(Kind kind, const std::string& text) {
  Workload w;
  w.kind = kind;
  w.name = text;
  if (!workload_text::read(numbers_of(kind, text), w))
    throw std::invalid_argument(std::string("--shape: of kind ") + name_of(kind) + " must be " +
                                shape_form(kind) + "; got " + text);
  return w;
}

/// The arguments by which a workload reaches another process, and back.
inline std::vector<std::string> to_arguments(const Workload& w) {
  return {name_of(w.kind), numbers_of(w.kind, w.name), pass_of(w), layout_of(w),
          dtype_of(w),     std::to_string(w.threads),  w.format};
}
inline Workload from_arguments(int count, char** arguments) {
  if (count != 8)
    throw std::invalid_argument("usage: KIND SHAPE forward|train nhwc|nchw f32|f64 THREADS FORMAT");
  Workload w = parse_shape(kind_of(arguments[1]), arguments[2]);
  w.training = arguments[3] == std::string("train");
  w.channels_first = arguments[4] == std::string("nchw");
  w.float64 = arguments[5] == std::string("f64");
  w.threads = std::stoi(arguments[6]);
  w.format = arguments[7];
  return w;
}
