#include <reel/optim/run/json_lines.h>

namespace reel {

// As a config, which prints itself so; text that is not UTF-8 keeps what can be read of it, since a
// log must not end the run.
void JsonLines::write(ListOf<JsonField> fields) {
  Config line;
  for (const JsonField& field : fields)
    std::visit([&](const auto& value) { line.set(std::string(field.name), value); }, field.value);
  file_.write(line.json() + "\n");
}

}  // namespace reel
