// Tables that are right, and every way to be wrong that a reader must not fall for.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/csv.h>

#include "refusal.h"

using namespace reel;

namespace {

Dataset load(const std::string& text, const CsvOptions& options = {}) {
  const TemporaryFolder folder;
  write_bytes(folder / "table.csv", text);
  return load_csv(folder / "table.csv", options);
}

std::string refusal(const std::string& text, const CsvOptions& options = {}) {
  return test::refusal_of(text, [&](const auto& path) { load_csv(path, options); });
}

std::vector<double> features_of(const Dataset& data) {
  std::vector<std::int32_t> all;
  for (Index i = 0; i < data.size(); ++i) all.push_back(static_cast<std::int32_t>(i));
  return data.gather(all).features().to_vector();
}

}  // namespace

TEST_CASE("columns are features, targets or a label by their names") {
  const std::string text = "a,b,kind,price\n1,2.5,cat,10\n-3,4e2,dog,20\n";
  const Dataset priced = load(text, {.features = {"b", "a"}, .targets = {"price"}});
  CHECK(features_of(priced) == std::vector<double>{2.5, 1, 400, -3});
  CHECK(priced.gather({1}).targets.to_vector() == std::vector<double>{20});
  CHECK(priced.gather({1}).targets.shape() == Shape{1, 1});

  const Dataset kinds = load(text, {.label = "kind", .dtype = float64});
  CHECK(kinds.class_names() == std::vector<std::string>{"cat", "dog"});
  CHECK(kinds.labels()[1] == 1);
  CHECK(kinds.dtype() == float64);
  CHECK(features_of(kinds) == std::vector<double>{1, 2.5, 10, -3, 400, 20});

  CHECK(load("1;2\n3;4\n", {.targets = {"1"}, .header = false, .separator = ';'})
            .gather({1})
            .targets.item() == 4);
}

TEST_CASE("quotes, line ends of both kinds, empty lines, a byte order mark and spaces are read") {
  const Dataset data =
      load("\xef\xbb\xbf\"the \"\"first\"\",\nname\", y \r\n\r\n\" 1\",+2\r\n\n3,4\r\n\"5\",\"6\"",
           {.features = {"y", "the \"first\",\nname"}});
  CHECK(features_of(data) == std::vector<double>{2, 1, 4, 3, 6, 5});
}

TEST_CASE("a sample's source is its line, where rows of several lines stand before it, too") {
  const Dataset data =
      load("x,name\n1,\"a\nb\"\n\n2,c\n", {.features = {"x"}, .missing = Missing::skip_row});
  CHECK(data.source(0).ends_with("table.csv:2"));
  CHECK(data.source(1).ends_with("table.csv:5"));
}

TEST_CASE("classes are sorted, as numbers where all are, or in the order that is given") {
  const auto names = [](const std::string& text, std::vector<std::string> given = {}) {
    return load(text, {.label = "y", .class_names = std::move(given)}).class_names();
  };
  using Names = std::vector<std::string>;
  CHECK(names("x,y\n1,10\n2,9\n3,-1\n4,9\n") == Names{"-1", "9", "10"});
  CHECK(names("x,y\n1,10\n2,9\n3,b\n") == Names{"10", "9", "b"});
  CHECK(names("x,y\n1,b\n", {"c", "b", "a"}) == Names{"c", "b", "a"});
  const Dataset data = load("x,y\n1,10\n2,9\n3,-1\n4,9\n", {.label = "y"});
  CHECK(std::vector(data.labels().begin(), data.labels().end()) ==
        std::vector<std::int32_t>{2, 1, 0, 1});
}

TEST_CASE("a missing value is an error, skips its row or becomes NaN") {
  const std::string text = "a,b\n1,2\n,3\n4,NA\n5,nan\n6,?\n7,NULL\n8,9\n";
  CHECK(features_of(load(text, {.missing = Missing::skip_row})) == std::vector<double>{1, 2, 8, 9});
  const std::vector<double> all = features_of(load(text, {.missing = Missing::nan}));
  CHECK(all.size() == 14);
  for (const std::size_t i : {2, 5, 7, 9, 11}) CHECK(std::isnan(all[i]));
  CHECK(refusal(text) ==
        "FILE:3: column 'a' must have a value; got ''; CsvOptions::missing says what else to do");
  CHECK(refusal("a,b\n1,2\n4,Na\n") ==
        "FILE:3: column 'b' must have a value; got 'Na'; CsvOptions::missing says what else to "
        "do");
}

TEST_CASE("text that is no table is refused") {
  CHECK(refusal("") == "FILE: the file must have a row; it has none");
  CHECK(refusal("\n\r\n\n") == "FILE: the file must have a row; it has none");
  CHECK(refusal("a,b\n") == "FILE: there must be a row of values; there is none, or none is whole");
  CHECK(refusal("a,b\n1,NA\n", {.missing = Missing::skip_row}) ==
        "FILE: there must be a row of values; there is none, or none is whole");
  CHECK(refusal("a,b\n1,2\n1,2,3\n") == "FILE:3: a row must have 2 fields, one a column; got 3");
  CHECK(refusal("a,b\n1,2\n1\n") == "FILE:3: a row must have 2 fields, one a column; got 1");
  CHECK(refusal("a,b\n1,\"2\n3,4\n") ==
        "FILE:2: a quote must be closed; the file ends before that");
  CHECK(refusal("a,b\n1,\"2\"3\n") ==
        "FILE:2: a closing quote must end its field; got '3' behind it");
  CHECK(refusal("a,b\n1,2\"3\n") ==
        "FILE:2: a quote must begin its field, and be doubled in it; got 2\"");
  CHECK(refusal(std::string("a,b\n1,\0\n", 8)) == "FILE:2: a row must be text; got a zero byte");
  CHECK(refusal("a\n\"" + std::string(std::size_t{1} << 25, 'x')) ==
        "FILE:2: a row must have at most 16777216 bytes; it goes on; is a quote left open?");
  CHECK(refusal("a\n" + std::string(std::size_t{1} << 21, ',')) ==
        "FILE:2: a row must have at most 1048576 fields; it has more");
}

TEST_CASE("what is no number that the dtype holds is refused, with line, column and text") {
  for (const std::string text :
       {"x", "1 2", "0x10", "1,5", "inf", "-Infinity", "1e400", "--1", "+-1", "1e", "\u0663"}) {
    CAPTURE(text);
    CHECK(refusal("a\n1\n\"" + text + "\"\n") ==
          "FILE:3: column 'a' must be a number that float32 holds; got '" + text + "'");
  }
  CHECK(refusal("a\n1e39\n") ==
        "FILE:2: column 'a' must be a number that float32 holds; got '1e39'");
  CHECK(features_of(load("a\n1e39\n", {.dtype = float64})) == std::vector<double>{1e39});
}

TEST_CASE("columns that are not there, or twice, are refused") {
  CHECK(refusal("a,b\n1,2\n", {.features = {"c"}}) ==
        "FILE: column 'c' must be there once; the columns are a, b");
  CHECK(refusal("a,b,a\n1,2,3\n", {.label = "a"}) ==
        "FILE: column 'a' must be there once; the columns are a, b, a");
  CHECK(refusal("a\n1\n", {.targets = {"a"}}) ==
        "FILE: there must be a column of features; the columns are a");
}

TEST_CASE("a label that is no class is refused") {
  CHECK(refusal("x,y\n1,a\n2,c\n", {.label = "y", .class_names = {"a", "b"}}) ==
        "FILE:3: column 'y' must be one of the classes a, b; got 'c'");
  CHECK(refusal("x,y\n1,a\n2, \n", {.label = "y"}) ==
        "FILE:3: column 'y' must be one of the classes; got ' '");
}

TEST_CASE("options that contradict each other are refused") {
  const TemporaryFolder folder;
  write_bytes(folder / "t", "a,b\n1,2\n");
  const std::string name = (folder / "t").string();
  CHECK_THROWS_WITH_AS(load_csv(folder / "t", {.targets = {"a"}, .label = "b"}),
                       (name + ": targets must be numbers or classes; got targets a and the label "
                               "'b'")
                           .c_str(),
                       ValueError);
  CHECK_THROWS_WITH_AS(load_csv(folder / "t", {.class_names = {"a"}}),
                       (name + ": class_names must be those of a label; got none").c_str(),
                       ValueError);
  CHECK_THROWS_WITH_AS(load_csv(folder / "t", {.separator = '"'}),
                       (name + ": separator must be no quote and no line end; got byte 34").c_str(),
                       ValueError);
  CHECK_THROWS_WITH_AS(load_csv(folder / "t", {.label = "b", .class_names = {"2", "2"}}),
                       (name + ": class_names must differ; got '2' twice").c_str(), ValueError);
}
