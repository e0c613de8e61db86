// What is made of a trace: JSON, listing, profile, graph, time line, page.
//
// Read before: trace_test.cpp. Read next: theatre/theatre_test.py.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <limits>

#include <reel/reel.h>

#include "temporary_folder.h"

using namespace reel;

namespace {

// y = h z, z = h + b, h = 2 * 3: 7 and 6 add up to the gradient of h.
struct ByHand {
  const Variable w = Variable(Tensor(2.0), {.name = "w"});
  const Variable x = Variable(Tensor(3.0), {.name = "x"});
  const Variable b = Variable(Tensor(1.0), {.name = "b"});
  Trace trace = Trace({.title = "by </script> hand"});

  ByHand() {
    Tape tape({.trace = &trace});
    const Tensor h = w * x;
    const Tensor z = h + b;
    const Tensor y = h * z;
    tape.gradient(y, {w, x, b});
  }
};

const Config& object(const ConfigValue& value) { return *value.get<Config>(); }
const ConfigValue::List& list(const ConfigValue& value) { return *value.get<ConfigValue::List>(); }
double number(const ConfigValue& value) {
  if (const auto* whole = value.get<Index>()) return static_cast<double>(*whole);
  return *value.get<double>();
}

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a trace as JSON says what the trace says") {
  const ByHand hand;
  const Config json = Config::from_json(trace_json(hand.trace));
  CHECK(json["schema"] == ConfigValue("reel.trace/1"));
  CHECK(json["title"] == ConfigValue("by </script> hand"));
  const auto& nodes = list(json["nodes"]);
  REQUIRE(nodes.size() == hand.trace.nodes().size());
  CHECK(object(nodes[2])["op"] == ConfigValue("mul"));
  CHECK(object(nodes[2])["name"] == ConfigValue("h"));
  CHECK(object(nodes[0]).contains("name"));
  const auto& values = list(json["values"]);
  double had = 0, contribution = 0, now = 0;
  const auto value = [&](const Config& event, const char* key) {
    const auto i = static_cast<std::size_t>(number(event[key]));
    return number(list(object(values[i])["data"])[0]);
  };
  for (const ConfigValue& each : list(json["events"]))
    if (const Config& event = object(each); event.contains("had")) {
      had = value(event, "had");
      contribution = value(event, "contribution");
      now = value(event, "now");
    }
  CHECK(had == 7);
  CHECK(contribution == 6);
  CHECK(now == 13);
  const auto& source = object(list(json["sources"])[0]);
  CHECK(list(source["lines"]).size() > 20);
}

TEST_CASE("numbers come back from JSON as they were, and those that are none by name") {
  Trace trace;
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> numbers{0.1f, 16777217.f, 1e-45f, -0.f, inf, -inf, std::nanf("")};
  {
    Tape tape({.trace = &trace});
    square(Tensor(numbers, {7}));
    square(Tensor({1 / 3.0}, {1}, float64));
    square(zeros({0, 3}));
  }
  const Config json = Config::from_json(trace_json(trace));
  const auto& values = list(json["values"]);
  const auto& first = list(object(values[0])["data"]);
  for (std::size_t i = 0; i < 4; ++i) CHECK(static_cast<float>(number(first[i])) == numbers[i]);
  CHECK(first[4] == ConfigValue("inf"));
  CHECK(first[5] == ConfigValue("-inf"));
  CHECK(first[6] == ConfigValue("nan"));
  CHECK(number(list(object(values[2])["data"])[0]) == 1 / 3.0);
  CHECK(list(object(values[4])["data"]).empty());
}

TEST_CASE("a listing shows the nodes, then how gradients arose") {
  const ByHand hand;
  const std::string text = listing(hand.trace);
  CHECK(text.find("node  name  op    from  value  bytes  watched") == 0);
  CHECK(text.find("2     h     mul   w, x  6") != std::string::npos);
  CHECK(text.find("7 + 6 = 13") != std::string::npos);
  CHECK(text.find("backward pass 0, from 5 y") != std::string::npos);
  CHECK(text.find("trace_readers_test.cpp:") != std::string::npos);
  const std::string shortened = listing(hand.trace, {.lines = 2});
  CHECK(shortened.find("... and 4 more nodes") != std::string::npos);
}

TEST_CASE("a profile adds up the times of ops and layers") {
  Sequential net("timed");
  net.add<Dense>({.units = 8});
  Trace trace({.budget = 0});
  for (int i = 0; i < 3; ++i) {
    Tape tape({.trace = &trace});
    const Tensor loss = sum(square(net(ones({4, 5}))));
    tape.gradient(loss, net.trainable_variables());
  }
  const Profile result = profile(trace);
  CHECK(result.computations == 3);
  double of_ops = result.optimizer, of_layers = result.optimizer;
  for (const ProfileRow& row : result.ops) of_ops += row.seconds();
  for (const ProfileRow& row : result.layers) of_layers += row.seconds();
  CHECK(of_ops == doctest::Approx(result.seconds));
  CHECK(of_layers == doctest::Approx(result.seconds));
  const auto matmul = std::ranges::find(result.ops, "matmul", &ProfileRow::name);
  REQUIRE(matmul != result.ops.end());
  CHECK(matmul->calls == 3);
  CHECK(matmul->flops == 3 * 2 * 4 * 5 * 8);
  CHECK(std::ranges::find(result.layers, "timed/dense", &ProfileRow::name) != result.layers.end());
  CHECK(result.str().find("for each of 3 computation(s)") != std::string::npos);
}

TEST_CASE("a graph has a node for each node, an edge for each input, clusters for layers") {
  const ByHand hand;
  const std::string text = dot(hand.trace);
  CHECK(text.starts_with("digraph tape {\n"));
  CHECK(text.find("n2 -> n5 [color=orangered, dir=both];") != std::string::npos);
  CHECK(text.find("label=\"2 h\\nmul\\n6\\ngradient 13\"") != std::string::npos);
  Sequential net("drawn");
  net.add<Dense>({.units = 1, .activation = "relu"});
  Trace trace;
  Tape tape({.trace = &trace});
  net(ones({1, 1}));
  CHECK(dot(trace).find("subgraph cluster_") != std::string::npos);
  CHECK(dot(trace).find("label=\"drawn/dense/relu\"") != std::string::npos);
}

TEST_CASE("a time line is what browsers load") {
  const ByHand hand;
  const Config json = Config::from_json(chrome_trace(hand.trace));
  const auto& events = list(json["traceEvents"]);
  std::size_t bars = 0;
  for (const ConfigValue& each : events) {
    const Config& event = object(each);
    if (event["ph"] != ConfigValue("X")) continue;
    ++bars;
    CHECK(number(event["ts"]) >= 0);
    CHECK(number(event["dur"]) >= 0);
  }
  CHECK(bars >= hand.trace.nodes().size());
}

TEST_CASE("the page holds the trace, and no text of it can end its element") {
  const ByHand hand;
  const std::string page = theatre_page(hand.trace);
  CHECK(page.find("by \\u003c/script> hand") != std::string::npos);
  CHECK(page.find("by </script>") == std::string::npos);
  CHECK(page.size() < 100'000);
  const std::string both = theatre_page(hand.trace, hand.trace);
  CHECK(both.find("id=\"trace2\"") != std::string::npos);
}

TEST_CASE("a traced step is written when the next tape begins, as the file's ending says") {
  const TemporaryFolder folder;
  const Variable w(Tensor(1.0), {.name = "w"});
  const auto step = [&](bool with_gradient) {
    Tape tape;
    const Tensor y = w * 2;
    if (with_gradient) tape.gradient(y, w);
  };
  const auto file = folder / "tape.json";
  TracedStep traced({.file = file, .step = 2});
  step(true);
  step(false);  // no training step
  CHECK_FALSE(traced.written());
  step(true);
  step(true);
  CHECK(traced.written());
  const Config json = Config::from_json(read(file));
  CHECK(list(json["nodes"]).size() == 3);
  for (const char* name : {"tape.txt", "tape.dot", "tape.html"}) {
    {
      const TracedStep last({.file = folder / name});
      step(true);
    }
    CHECK(!read(folder / name).empty());
  }
}

TEST_CASE("what a traced step refuses") {
  CHECK_THROWS_WITH_AS(TracedStep({.file = "tape.png"}),
                       "TracedStep: file must end with .html, .json, .dot or .txt; got 'tape.png'",
                       ValueError);
  CHECK_THROWS_WITH_AS(TracedStep({.file = "tape.json", .step = 0}),
                       "TracedStep: step must be >= 1; got 0", ValueError);
  CHECK_THROWS_AS(TracedStep({.file = "/nowhere/at/all/tape.json"}), IoError);
}

TEST_CASE("pictures in plain characters") {
  const PictureTextOptions plain{.colours = PictureColours::never};
  CHECK(picture_text(Tensor({0, 1, 2, 4}, {2, 2}), plain) == "  ::\n++@@\n");
  CHECK(picture_text(Tensor({-1, 0.5, 0, 1}, {2, 2}), plain) == "-9 5\n 0 9\n");
  const Tensor kernel({1, 2, 3, 4}, {1, 2, 2, 1});
  CHECK(picture_text(kernel, {.layout = PictureLayout::kernel, .colours = PictureColours::never}) ==
        "::## ++@@\n");
  CHECK(picture_text(zeros({0, 2, 2, 1}), plain) == "nothing in (0, 2, 2, 1)\n");
  CHECK_THROWS_WITH_AS(picture_text(ones({2}), plain),
                       "picture_text: an image must have rank 2, 3 or 4; got shape (2,)",
                       ValueError);
}

TEST_CASE("pictures in half blocks hold two rows a line") {
  const std::string text =
      picture_text(Tensor({0, 1}, {2, 1}), {.colours = PictureColours::always});
  CHECK(text == "\x1b[38;2;0;0;0m\x1b[48;2;255;255;255m\u2580\x1b[0m\n");
}
