// Names of paddings and data formats, and the data format of the process.
//
// Whether a name is known is asked as late as the op or layer that uses it, which then says its own
// name in the message. The format of the process is one atomic: whoever passes none takes it as it
// stands at that moment, on any thread. Read before: window_options.h.
#include <reel/core/ops/window_options.h>

#include <algorithm>
#include <atomic>
#include <cctype>

#include <reel/core/error.h>

namespace reel {
namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::atomic<DataFormat::Kind> present_image_data_format = DataFormat::channels_last;

}  // namespace

DataFormat::Kind image_data_format() { return present_image_data_format; }

void set_image_data_format(const DataFormat& format) {
  present_image_data_format = format.kind("set_image_data_format");
}

Padding::Padding(const std::string& name) : name_(lower_case(name)) {}

Padding::Kind Padding::kind(const char* op) const {
  if (name_ == "valid") return valid;
  if (name_ == "same") return same;
  throw ValueError("{}: padding must be 'valid' or 'same'; got '{}'", op, name_);
}

DataFormat::DataFormat(const std::string& name) : name_(lower_case(name)) {}
DataFormat::DataFormat(std::nullptr_t) : DataFormat(image_data_format()) {}

DataFormat::Kind DataFormat::kind(const char* op) const {
  if (name_ == "channels_last") return channels_last;
  if (name_ == "channels_first") return channels_first;
  throw ValueError("{}: data_format must be 'channels_last' or 'channels_first'; got '{}'", op,
                   name_);
}

}  // namespace reel
