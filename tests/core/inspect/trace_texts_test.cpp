// What readers of a trace make of hostile names, of numbers that are none and of long lists.
//
// Read before: trace_readers_test.cpp.
#include <doctest/doctest.h>

#include <climits>
#include <cmath>
#include <limits>

#include <reel/core/runtime/columns.h>
#include <reel/reel.h>

using namespace reel;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Of a trace of one read of a variable that is called so, times 2.
Trace& named(Trace& trace, const std::string& name) {
  Tape tape({.trace = &trace});
  Variable(Tensor(1.0), {.name = name}) * 2;
  return trace;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a cell of a table is one line, and no command to a terminal") {
  CHECK(detail::in_columns({{"a\nb", "x"}, {"\x1b[31m", "y"}}) ==
        "a\\nb      x\n"
        "\\x1b[31m  y\n");
  Trace trace;
  CHECK(has(listing(named(trace, "two\nlines\x7f")), "0     two\\nlines\\x7f  read"));
}

TEST_CASE("columns are as wide as they look in a terminal") {
  CHECK(detail::in_columns({{"\u00e9t\u00e9", "x"}, {"\u65e5\u672c", "y"}}) ==
        "\u00e9t\u00e9   x\n"
        "\u65e5\u672c  y\n");
}

TEST_CASE("a long cell does not make all lines long") {
  const std::string text = detail::in_columns({{std::string(5000, 'n'), "x"}, {"m", "y"}});
  CHECK(text.size() == 2 * (160 + 2 + 1 + 1));
  CHECK(has(text, "nnn...  x\n"));
  std::string wide;
  for (int i = 0; i < 100; ++i) wide += "\u65e5";
  const std::string cut = detail::in_columns({{wide, "x"}});
  CHECK(cut == wide.substr(0, 156) + "...  x\n");
  CHECK(has(detail::in_columns({{"x", std::string(5000, 'n')}}), std::string(5000, 'n')));
}

TEST_CASE("what is beyond the budget is told with its infinities and NaNs") {
  Trace trace({.budget = 8});
  {
    Tape tape({.trace = &trace});
    const double nan = std::nan("");
    square(Tensor({1, 2, infinity, nan, nan}, {5}));
    square(Tensor({nan, nan, nan}, {3}));
  }
  const std::string text = listing(trace);
  CHECK(has(text, "(5,) from 1 to 2, 1 infinite, 2 nan"));
  CHECK(has(text, "(3,), 3 nan"));
}

TEST_CASE("a listing tells of each pass its own gradients") {
  Trace trace;
  const Variable w(Tensor(2.0), {.name = "w"});
  for (const double factor : {3.0, 4.0}) {
    Tape tape({.trace = &trace});
    tape.gradient(w * factor, w);
  }
  const std::string text = listing(trace);
  const std::size_t second = text.find("backward pass 1, from 5");
  REQUIRE(second != std::string::npos);
  CHECK(has(text.substr(0, second), "w            3   0: 3\n"));
  CHECK_FALSE(has(text.substr(0, second), "3: 4"));
  CHECK(has(text.substr(second), "w            4   3: 4\n"));
}

TEST_CASE("zeros keep their sign in JSON, and attributes their infinities") {
  Trace trace;
  {
    Tape tape({.trace = &trace});
    square(Tensor({-0.0, 0.0}, {2}));
    record("own", ones({1}), no_gradient(ones({1})), attributes([] {
             return Config{{"most", infinity},
                           {"bounds", ConfigValue::List{-infinity, 1, std::nan("")}},
                           {"deep", Config{{"least", -infinity}}}};
           }));
  }
  const std::string json = trace_json(trace);
  CHECK(has(json, R"("data":[-0.0,0])"));
  const Config read = Config::from_json(json);
  const auto& nodes = *read["nodes"].get<ConfigValue::List>();
  CHECK((*nodes.back().get<Config>())["attributes"] ==
        ConfigValue(Config{{"most", "inf"},
                           {"bounds", ConfigValue::List{"-inf", 1, "nan"}},
                           {"deep", Config{{"least", "-inf"}}}}));
}

TEST_CASE("a label of a graph is what graphviz shows of it") {
  Trace entity, invalid, long_one;
  CHECK(has(dot(named(entity, "&lt;")), "label=\"0 &#38;lt;\\nread"));
  CHECK(has(dot(named(invalid, "caf\u00e9 \xff")), "label=\"0 caf\u00e9 \ufffd\\nread"));
  const std::string text = dot(named(long_one, std::string(100'000, '"')));
  CHECK(text.size() < 20'000);
  CHECK(has(text, " bytes) ... "));
}

TEST_CASE("names of results where a line declares several") {
  const Variable w(Tensor(2.0), {.name = "w"});
  Trace trace;
  {
    Tape tape({.trace = &trace});
    const Tensor a = w * 3, b = w * 4;
    Tensor c = maximum(w, 1), d;
    // clang-format off
    const int two = 2; c = w - two;
    const std::string text = "x = y; z = "; d = w / 2;
    const Tensor e = exp(w); exp(e);
    // clang-format on
  }
  const Config json = Config::from_json(trace_json(trace));
  std::vector<std::string> names;
  for (const ConfigValue& each : *json["nodes"].get<ConfigValue::List>()) {
    const Config& node = *each.get<Config>();
    if (node.contains("name") && node["op"] != ConfigValue("read"))
      names.push_back(*node["name"].get<std::string>());
  }
  CHECK(names == std::vector<std::string>{"b", "c", "c", "d"});
}

TEST_CASE("pictures of what is infinite, no number, or nothing at all") {
  const PictureTextOptions plain{.colours = PictureColours::never};
  const PictureTextOptions coloured{.colours = PictureColours::always};
  CHECK(picture_text(Tensor({0, 1, -infinity, infinity}, {2, 2}), plain) == " 0 9\n-9 9\n");
  CHECK(picture_text(Tensor({-infinity, 1}, {1, 2}), coloured) ==
        "\x1b[38;2;0;0;255m\u2580\x1b[0m\x1b[38;2;255;0;0m\u2580\x1b[0m\n");
  CHECK(picture_text(Tensor({0, std::nan(""), 1}, {1, 1, 3}), coloured) ==
        "\x1b[38;2;255;0;255m\u2580\x1b[0m\n");
  CHECK(picture_text(zeros({1'000'000'000'000, 0, 2, 1}), plain) ==
        "nothing in (1000000000000, 0, 2, 1)\n");
  CHECK(picture_text(ones({2, 1, 1, 1}), {.colours = PictureColours::never, .columns = INT_MAX}) ==
        "@@ @@\n");
  CHECK(picture_text(ones({100, 1, 1, 2}), {.colours = PictureColours::never, .planes = 1}) ==
        "@@\n... and 199 more\n");
}
