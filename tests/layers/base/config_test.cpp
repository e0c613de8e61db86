#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <sstream>

#include <reel/core/runtime/config.h>

using namespace reel;

// At the price of a search for each it would take a minute.
TEST_CASE("a config of a hundred thousand entries is read and printed in one pass") {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += fmt::format("{}\"key{}\":{}", i > 0 ? "," : "", i, i);
  text += "}";
  CHECK(Config::from_json(text).json() == text);
}

TEST_CASE("a config prints as JSON in the order of its entries") {
  const Config config{{"filters", 3},
                      {"rate", 0.5},
                      {"name", "a \"b\""},
                      {"bias", true},
                      {"none", nullptr},
                      {"pair", ConfigValue::List{2, 1}},
                      {"nested", Config{{"class_name", "l2"}}}};
  CHECK(config.json() == R"({"filters":3,"rate":0.5,"name":"a \"b\"","bias":true,"none":null,)"
                         R"("pair":[2,1],"nested":{"class_name":"l2"}})");
  std::ostringstream text;
  text << Config{{"filters", 3}};
  CHECK(text.str() == "{\n  \"filters\": 3\n}");
}

TEST_CASE("what was printed can be read again") {
  const Config config{{"b", 1},     {"a", -2.5},
                      {"t", ""},    {"l", ConfigValue::List{nullptr, "x", ConfigValue::List{}}},
                      {"f", false}, {"c", Config{{"d", Config()}}}};
  CHECK(Config::from_json(config.json()) == config);
  CHECK(Config::from_json(config.json(4)) == config);
}

TEST_CASE("text that is no JSON object is refused") {
  CHECK_THROWS_WITH_AS(Config::from_json("[1, 2]"),
                       "config: the text must be a JSON object; got '[1, 2]'", ValueError);
  CHECK_THROWS_WITH_AS(Config::from_json("{\"a\": }"),
                       "config: the text must be a JSON object; got '{\"a\": }'", ValueError);
}

TEST_CASE("text that goes on behind a zero byte is refused") {
  const std::string text("{}\0 {", 5);
  CHECK_THROWS_WITH_AS(Config::from_json(text),
                       ("config: the text must be a JSON object; got '" + text + "'").c_str(),
                       ValueError);
}

TEST_CASE("JSON is read a hundred levels deep, and refused below, however deep it is") {
  const auto nested = [](const std::string& open, const std::string& close, int levels) {
    std::string text;
    for (int i = 0; i < levels; ++i) text += open;
    text += "1";
    for (int i = 0; i < levels; ++i) text += close;
    return text;
  };
  for (const int levels : {1, 2, 50, 100}) {
    const std::string objects = nested("{\"a\":", "}", levels);
    CHECK(Config::from_json(objects).json() == objects);
    const std::string lists = "{\"a\":" + nested("[", "]", levels - 1) + "}";
    CHECK(Config::from_json(lists).json() == lists);
  }
  for (const int levels : {101, 102, 15'000, 1'000'000}) {
    const char* const rule = "config: JSON must be nested at most 100 deep";
    CHECK_THROWS_WITH_AS(Config::from_json(nested("{\"a\":", "}", levels)), rule, ValueError);
    CHECK_THROWS_WITH_AS(Config::from_json("{\"a\":" + nested("[", "]", levels - 1) + "}"), rule,
                         ValueError);
    CHECK_THROWS_WITH_AS(Config::from_json(nested("{\"a\":[", "]}", levels / 2 + 1)), rule,
                         ValueError);
  }
}

TEST_CASE("an entry that is named twice in one object is refused, deeper ones as well") {
  const char* const rule = "config: an entry must be named once in a JSON object; 'a' is repeated";
  for (const char* text : {R"({"a": 1, "a": 1})", R"({"b": {"a": 1, "c": 2, "a": 3}})",
                           R"({"b": [{"a": 1, "a": 2}]})"})
    CHECK_THROWS_WITH_AS(Config::from_json(text), rule, ValueError);
  CHECK(Config::from_json(R"({"a": {"a": [{"a": 1}, {"a": 2}]}})").contains("a"));
}

// Where each entry looked at all before it, this would not end within an hour.
TEST_CASE("the time that a config takes to read grows with its entries, not faster") {
  std::string text = "{\"k\":0";
  for (int i = 0; i < 500'000; ++i) text += fmt::format(",\"k{}\":{}", i, i);
  CHECK(Config::from_json(text + "}").entries().size() == 500'001);
}

TEST_CASE("an integer that 64 bits cannot hold is a number, not another integer") {
  const Config config = Config::from_json(
      R"({"a": 9223372036854775807, "b": 9223372036854775808, "c": 18446744073709551615})");
  CHECK(*config["a"].get<Index>() == 9223372036854775807);
  CHECK(*config["b"].get<double>() == 0x1p63);
  CHECK(*config["c"].get<double>() == 0x1p64);
}

TEST_CASE("an entry is set, replaced and found by name") {
  Config config{{"a", 1}};
  config.set("b", "x");
  config.set("a", 2);
  CHECK(*config["a"].get<Index>() == 2);
  CHECK(config.entries()[0].name == "a");
  CHECK(config["b"].get<Index>() == nullptr);
  CHECK_THROWS_WITH_AS(config["c"], "config: there must be an entry 'c'; got {\"a\":2,\"b\":\"x\"}",
                       ValueError);
}

TEST_CASE("order, values and names of a config are the same when there are many") {
  Config config;
  for (int i = 0; i < 100; ++i) {
    config.set(fmt::format("n{}", i), i);
    config.set(fmt::format("n{}", i / 2), -i);
    CHECK(config.entries().size() == static_cast<std::size_t>(i) + 1);
    CHECK_FALSE(config.contains(fmt::format("n{}", i + 1)));
  }
  Config copy = config, moved = std::move(config);
  copy.set("n0", 7);
  CHECK(*moved["n0"].get<Index>() == -1);
  CHECK(*copy["n0"].get<Index>() == 7);
  for (int i = 0; i < 100; ++i) {
    CHECK(moved.entries()[static_cast<std::size_t>(i)].name == fmt::format("n{}", i));
    CHECK(*moved[fmt::format("n{}", i)].get<Index>() == (i < 50 ? -2 * i - 1 : i));
  }
  copy.set("n0", -1);
  CHECK(copy == moved);
  config = Config();  // moved from, and used again
  for (int i = 99; i >= 0; --i) config.set(fmt::format("n{}", i), i);
  CHECK(*config["n3"].get<Index>() == 3);
  CHECK(Config::from_json(copy.json()) == copy);
}

// Where each looked at all before it, this would not end within half an hour.
TEST_CASE("the time to set and find the entries of a config grows with them, not faster") {
  constexpr int count = 400'000;
  Config config;
  for (int i = 0; i < count; ++i) config.set(fmt::format("k{}", i), i);
  for (int i = 0; i < count; ++i) config.set(fmt::format("k{}", i), -i);
  CHECK(config.entries().size() == count);
  Index sum = 0;
  for (int i = 0; i < count; ++i) sum += *config[fmt::format("k{}", i)].get<Index>();
  CHECK(sum == -Index{count} * (count - 1) / 2);
}
