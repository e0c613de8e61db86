#include <reel/optim/variable_predicate.h>

#include <algorithm>

#include <reel/core/runtime/joined.h>
#include <reel/layers/functions/lookup.h>

namespace reel::detail {
namespace {

bool has_one_of(const Variable& variable, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return variable.name().find(word) != std::string::npos;
  });
}

VariablePredicate about_names(const char* name, std::vector<std::string> words, bool wanted) {
  if (words.empty()) throw ValueError("{}: a word is needed; got none", name);
  ConfigValue::List list;
  for (const std::string& word : words) {
    if (word.empty()) throw ValueError("{}: a word must not be empty", name);
    list.emplace_back(word);
  }
  return VariablePredicate(name, {{"words", std::move(list)}},
                           [words = std::move(words), wanted](const Variable& variable) {
                             return has_one_of(variable, words) == wanted;
                           });
}

}  // namespace

VariablePredicate name_contains(std::vector<std::string> words) {
  return about_names("name_contains", std::move(words), true);
}
VariablePredicate name_lacks(std::vector<std::string> words) {
  return about_names("name_lacks", std::move(words), false);
}

// --- look-up -----------------------------------------------------------------------------------

template <>
struct ConfigTraits<std::vector<std::string>> {
  static std::vector<std::string> from(const ConfigEntry& entry) {
    std::vector<std::string> words;
    const auto* list = entry.value.get<ConfigValue::List>();
    if (!list || list->empty()) entry.refuse("a list of strings");
    for (const ConfigValue& item : *list) {
      const auto* word = item.get<std::string>();
      if (!word) entry.refuse("a list of strings");
      words.push_back(*word);
    }
    return words;
  }
};

namespace {

std::vector<std::string> read_words(ConfigReader& read) {
  return read.take<std::vector<std::string>>("words");
}

const std::vector<Known<VariablePredicate>>& table() {
  static const auto& known = *new const std::vector<Known<VariablePredicate>>{
      {{"name_contains"}, [](ConfigReader& read) { return name_contains(read_words(read)); }},
      {{"name_lacks"}, [](ConfigReader& read) { return name_lacks(read_words(read)); }},
  };
  return known;
}

}  // namespace

VariablePredicate resolve(const VariablePredicate& predicate, const std::string& where) {
  if (!predicate || predicate.resolved()) return predicate;
  std::vector<const char*> names;
  for (const Known<VariablePredicate>& entry : table()) {
    if (predicate.name() == entry.names[0]) return make_known(entry, predicate, where);
    names.push_back(entry.names[0]);
  }
  throw ValueError("{}: Unknown predicate: '{}'; known are {}; a function can be given instead",
                   where, predicate.name(), joined(names));
}

}  // namespace reel::detail
