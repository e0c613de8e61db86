// The golden runner must be able to fail: each test hands it a small set that is wrong in one way.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <sstream>

#include <reel/core/ops.h>

#include "compare.h"
#include "run.h"
#include "temporary_folder.h"

using namespace golden;
using reel::Tensor;

namespace {

// y = x + x, and its gradient, of one case in a folder of its own.
class SmallSet {
 public:
  SmallSet() {
    contents.tensors = {{"x", Tensor({1, -2})},
                        {"cotangent", Tensor({3, 0.5})},
                        {"y", Tensor({2, -4}, reel::float64)},
                        {"dx", Tensor({6, 1}, reel::float64)}};
    cases = Json::parse(R"({
      "schema_version": 1, "case_count": 1,
      "tolerances": {
        "default": {"f32": {"atol": 1e-6, "rtol_of_tensor_max": 2e-5},
                    "f64": {"atol": 1e-13, "rtol_of_tensor_max": 1e-11}},
        "elementwise": {"groups": ["some"], "f32": {"atol": 0, "rtol": 1e-5},
                        "f64": {"atol": 0, "rtol": 1e-11}},
        "exact_projection": {"exact": {"f64": {"atol": 2e-6, "rtol": 1e-5}}}},
      "cases": [{
        "id": "case-1", "group": "some", "op": "twice", "tier": "standard",
        "file": "some.safetensors", "config": {}, "inputs": {"x": "x"}, "weights": {},
        "cotangents": {"y": "cotangent"},
        "expected": {"f64": {"outputs": {"y": "y"}, "gradients": {"x": "dx"}}}}]})");
  }

  Json& golden() { return cases["cases"][0]; }

  GoldenSet load() const {
    save_safetensors(folder / "some.safetensors", contents);
    write_bytes(folder / "cases.json", cases.dump());
    return load_golden_set(folder.path());
  }

  // What the runner prints about it, the numbers at last.
  std::string report(const std::set<std::string>& groups = {}) const {
    const auto once = [](std::function<Tensor(const Problem&)> f) {
      return Operation{"op", [f](const Problem& p) { return differentiate(p, f); }};
    };
    const Operations operations = {
        {"twice", once([](const Problem& p) { return p["x"] + p["x"]; })},
        {"thrice", once([](const Problem& p) { return p["x"] + p["x"] + p["x"]; })},
        {"later", {"op", [](const Problem&) -> Results { throw Skipped{"not there yet"}; }}},
        {"throws", {"op", [](const Problem&) -> Results { throw std::runtime_error("oh"); }}}};
    std::ostringstream out;
    const Counts counts = run(load(), groups, operations, out);
    return out.str() + fmt::format("{} {} {}", counts.passed, counts.failed, counts.skipped);
  }

  TemporaryFolder folder;
  reel::Safetensors contents;
  Json cases;
};

const std::string nothing = "some                    1 cases,   0 passed, 1 failed, 0 skipped";

}  // namespace

TEST_CASE("a golden case that is met in both dtypes passes") {
  CHECK(SmallSet().report() ==
        "some                    1 cases,   1 passed, 0 failed, 0 skipped, "
        "worst share of the tolerance 0 in float32, 0 in float64\n1 0 0");
}

TEST_CASE("a golden output that is not met fails in each dtype and is described") {
  SmallSet set;
  set.golden()["op"] = "thrice";
  set.golden()["expected"]["f64"].erase("gradients");
  CHECK(set.report() ==
        "FAILED case-1: op in float32: output 'y': element 0 must be 2 within 2e-05; got 3\n"
        "FAILED case-1: op in float64: output 'y': element 0 must be 2 within 2e-11; got 3\n" +
            nothing + ", worst share of the tolerance 5e+04 in float32, 5e+10 in float64\n0 1 0");
}

TEST_CASE("a golden gradient that is off by more than float64's tolerance fails there alone") {
  SmallSet set;
  set.contents.tensors["dx"] = Tensor({6, 1 + 1e-9}, reel::float64);
  CHECK(set.report() ==
        "FAILED case-1: op in float64: gradient 'x': element 1 must be 1.0000000010000001 within "
        "1e-11; got 1\n" +
            nothing + ", worst share of the tolerance 0.0001 in float32, 1e+02 in float64\n0 1 0");
}

TEST_CASE("an operation that is not known, throws or lacks a result is a failure") {
  SmallSet set;
  set.golden()["op"] = "unheard of";
  CHECK(set.report() ==
        "FAILED case-1: 'unheard of' is not an operation that is known\n" + nothing + "\n0 1 0");
  set.golden()["op"] = "throws";
  CHECK(set.report() == "FAILED case-1: op in float32: oh\nFAILED case-1: op in float64: oh\n" +
                            nothing + "\n0 1 0");
  set.golden()["op"] = "twice";
  set.golden()["expected"]["f64"] = Json{{"outputs", {{"z", "y"}}}};
  CHECK(set.report() ==
        "FAILED case-1: op in float32: output 'z' was not computed\n"
        "FAILED case-1: op in float64: output 'z' was not computed\n" +
            nothing + "\n0 1 0");
  set.golden()["expected"]["f64"] = Json{{"outputs", {{"y", "lost"}}}};
  CHECK(set.report() ==
        "FAILED case-1: op in float32: output 'y': the file must hold 'lost'\n"
        "FAILED case-1: op in float64: output 'y': the file must hold 'lost'\n" +
            nothing + "\n0 1 0");
}

TEST_CASE("what the library does not have yet is skipped with the reason") {
  SmallSet set;
  set.golden()["op"] = "later";
  CHECK(set.report() ==
        "some                    1 cases,   0 passed, 0 failed, 1 skipped; skipped: 1 not there "
        "yet\n0 0 1");
}

TEST_CASE("only the groups that are asked for are run") {
  CHECK(SmallSet().report({"other"}) == "0 0 0");
  CHECK(SmallSet().report({"some"}).ends_with("1 0 0"));
}

TEST_CASE("a set whose number of cases is not what it says is refused") {
  SmallSet set;
  set.cases["case_count"] = 2;
  const std::string message = (set.folder / "cases.json").string() +
                              ": case_count must be the number of cases; got 2 and 1";
  CHECK_THROWS_WITH_AS(set.load(), message.c_str(), reel::IoError);
}

TEST_CASE("a group in exact_projection has its looser tolerance in float64 only") {
  SmallSet set;
  set.golden()["group"] = "exact";
  const GoldenSet loaded = set.load();
  CHECK(loaded.tolerance(loaded.cases[0], reel::float32, "y").of_largest == 2e-5);
  CHECK(loaded.tolerance(loaded.cases[0], reel::float64, "y").of_element == 1e-5);
  CHECK(loaded.tolerance(loaded.cases[0], reel::float64, "y").absolute == 2e-6);
}

TEST_CASE("the tolerance of losses and slots is their own") {
  SmallSet set;
  set.cases["tolerances"]["some"] =
      Json::parse(R"({"f32": {"atol": 1, "rtol_of_tensor_max": 2, "loss_atol": 3,
                              "slot_rtol_of_tensor_max": 4}})");
  set.cases["tolerances"]["elementwise"]["groups"] = Json::array();
  set.golden()["config"]["slots"] = {"m"};
  const GoldenSet loaded = set.load();
  const auto of = [&](const std::string& quantity) {
    const Tolerance t = loaded.tolerance(loaded.cases[0], reel::float32, quantity);
    return std::vector<double>{t.absolute, t.of_largest};
  };
  CHECK(of("loss_total") == std::vector<double>{3, 0});
  CHECK(of("v0_w") == std::vector<double>{1, 2});
  CHECK(of("v0_m") == std::vector<double>{1, 4});
  CHECK(of("") == std::vector<double>{1, 2});
}

TEST_CASE("a comparison refuses other shapes and values that are not numbers") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Tolerance loose{1e300, 0, 0};
  CHECK(compare(Tensor({1, 2}), Tensor({{1, 2}}), loose).complaint ==
        "the shape must be (1, 2); got (2,)");
  CHECK(compare(Tensor(std::nan("")), Tensor(1.0), loose).complaint ==
        "element 0 must be 1 within 1e+300; got nan");
  CHECK(compare(Tensor({1, infinity}), Tensor({1, 2}), loose).share == infinity);
  CHECK(compare(Tensor({1, infinity}), Tensor({1, infinity}), {0, 0, 0}).share == 0);
}
