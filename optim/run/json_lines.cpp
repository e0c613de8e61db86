#include <reel/optim/run/json_lines.h>

#include <nlohmann/json.hpp>

namespace reel {
namespace {

nlohmann::ordered_json as_json(const auto& value) { return value; }
nlohmann::ordered_json as_json(const Config& value) {
  return nlohmann::ordered_json::parse(value.json());
}

}  // namespace

void JsonLines::write(ListOf<JsonField> fields) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const JsonField& field : fields)
    std::visit([&](const auto& value) { object[std::string(field.name)] = as_json(value); },
               field.value);
  // Text that is not UTF-8 keeps what can be read of it: a log must not end the run.
  file_.write(object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace reel
