#include <doctest/doctest.h>

#include <reel/core/error.h>
#include <reel/core/kernels/convolution/image_rows.h>
#include <reel/core/kernels/convolution/window_taps.h>
#include <reel/core/kernels/matrix/matrix.h>
#include <reel/core/ops/window_options.h>

#include <set>
#include <tuple>
#include <vector>

using namespace reel;
using kernels::Range;
using kernels::Segments;
using kernels::Taps;
using kernels::WindowAxis;

// The counts of vectors are known to the compiler.
static_assert(kernels::ceil_div(-3, 2) == -1 && kernels::ceil_div(3, 2) == 2);
static_assert(kernels::whole_vectors<float>(17) == 32 && kernels::whole_vectors<double>(17) == 24);
static_assert(kernels::odd_vectors<float>(17) == 48 && kernels::odd_vectors<double>(1) == 8);

namespace {

using Triple = std::tuple<Index, Index, Index>;  // input, tap, output

std::set<Triple> by_definition(const WindowAxis& axis) {
  std::set<Triple> triples;
  for (Index p = 0; p < axis.output; ++p)
    for (Index r = 0; r < axis.kernel; ++r) {
      const Index h = p * axis.stride + r * axis.dilation - axis.before;
      if (h >= 0 && h < axis.input) triples.insert({h, r, p});
    }
  return triples;
}

template <class F>
void for_each_axis(const F& f) {
  for (Index input = 0; input <= 9; ++input)
    for (Index kernel = 1; kernel <= 5; ++kernel)
      for (Index stride = 1; stride <= 6; ++stride)
        for (Index dilation = 1; dilation <= 4; ++dilation)
          for (bool same : {false, true}) {
            const WindowAxis axis = WindowAxis::make(input, kernel, stride, dilation, same);
            if (axis.output < 0) continue;
            CAPTURE(input);
            CAPTURE(kernel);
            CAPTURE(stride);
            CAPTURE(dilation);
            CAPTURE(same);
            f(axis);
          }
}

Index at(const Taps& taps, Index i) { return taps.other + i * taps.other_step; }
Index tap_at(const Taps& taps, Index i) { return taps.tap + i * taps.tap_step; }

// All (position, tap, other) triples of segments, and how often each position occurs.
std::set<Triple> triples_of(const Segments& segments, std::vector<int>& visits) {
  std::set<Triple> triples;
  for (const auto& segment : segments)
    for (Index k = 0; k < segment.count; ++k) {
      const Index position = segment.begin + k * segment.step;
      ++visits.at(static_cast<std::size_t>(position));
      for (Index i = 0; i < segment.taps.count; ++i)
        triples.insert(
            {position, tap_at(segment.taps, i), at(segment.taps, i) + k * segment.advance});
    }
  return triples;
}

}  // namespace

TEST_CASE("the taps of all outputs, and of all inputs, are the triples of the index law") {
  for_each_axis([](const WindowAxis& axis) {
    const std::set<Triple> expected = by_definition(axis);
    std::set<Triple> forward, backward;
    for (Index p = 0; p < axis.output; ++p) {
      const Taps taps = taps_of_output(axis, p);
      for (Index i = 0; i < taps.count; ++i) forward.insert({at(taps, i), tap_at(taps, i), p});
    }
    for (Index h = 0; h < axis.input; ++h) {
      const Taps taps = taps_of_input(axis, h);
      for (Index i = 0; i < taps.count; ++i) backward.insert({h, tap_at(taps, i), at(taps, i)});
      if (taps.count > 1) REQUIRE(taps.other_step > 0);
    }
    REQUIRE(forward == expected);
    REQUIRE(backward == expected);
  });
}

TEST_CASE("segments cover every position once and hold the same triples") {
  for_each_axis([](const WindowAxis& axis) {
    std::set<Triple> by_input, by_output;
    for (const auto& [h, r, p] : by_definition(axis)) {
      by_output.insert({p, r, h});
      by_input.insert({h, r, p});
    }
    std::vector<int> outputs(static_cast<std::size_t>(axis.output));
    std::vector<int> inputs(static_cast<std::size_t>(axis.input));
    REQUIRE(triples_of(segments_of_outputs(axis), outputs) == by_output);
    REQUIRE(triples_of(segments_of_inputs(axis), inputs) == by_input);
    REQUIRE(outputs == std::vector<int>(outputs.size(), 1));
    REQUIRE(inputs == std::vector<int>(inputs.size(), 1));
  });
}

TEST_CASE("all columns of a wide row that see the whole kernel are one segment") {
  const auto axis = WindowAxis::make(100, 3, 1, 1, true);
  const Segments segments = segments_of_outputs(axis);
  REQUIRE(segments.size() == 3);
  CHECK(segments[1].begin == 1);
  CHECK(segments[1].count == 98);
  CHECK(segments_of_inputs(axis).size() == 3);
}

TEST_CASE(
    "the range of inputs of some outputs is the hull of their taps, and the other way round") {
  for_each_axis([](const WindowAxis& axis) {
    const std::set<Triple> triples = by_definition(axis);
    for (Index begin = 0; begin < axis.output; ++begin) {
      const Range outputs{begin, std::min(axis.output, begin + 2)};
      const Range range = inputs_of(axis, outputs);
      for (const auto& [h, r, p] : triples)
        if (p >= outputs.begin && p < outputs.end) REQUIRE((range.begin <= h && h < range.end));
      REQUIRE(range.begin >= 0);
      REQUIRE(range.end <= axis.input);
    }
    for (Index begin = 0; begin < axis.input; ++begin) {
      const Range inputs{begin, std::min(axis.input, begin + 2)};
      const Range range = outputs_of(axis, inputs);
      for (const auto& [h, r, p] : triples)
        if (h >= inputs.begin && h < inputs.end) REQUIRE((range.begin <= p && p < range.end));
      REQUIRE(range.begin >= 0);
      REQUIRE(range.end <= axis.output);
    }
  });
}

// Proves: test_normalize_data_format
TEST_CASE("7.3 padding and data format are read in any letter case and checked when used") {
  CHECK(Padding("SAME").kind("op") == Padding::same);
  CHECK(Padding(Padding::valid).name() == "valid");
  CHECK(DataFormat("Channels_First").kind("op") == DataFormat::channels_first);
  CHECK(DataFormat(DataFormat::channels_last) == DataFormat("channels_last"));
  CHECK(Pair(2) == Pair(2, 2));
  CHECK_THROWS_WITH_AS(Padding("causal").kind("op"),
                       "op: padding must be 'valid' or 'same'; got 'causal'", ValueError);
  CHECK_THROWS_WITH_AS(DataFormat("nhwc").kind("op"),
                       "op: data_format must be 'channels_last' or 'channels_first'; got 'nhwc'",
                       ValueError);
}
