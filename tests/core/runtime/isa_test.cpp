#include <doctest/doctest.h>

#include <reel/core/error.h>
#include <reel/core/runtime/isa.h>

using namespace reel;
using kernels::Isa;

TEST_CASE("REEL_ISA names the highest instruction set allowed") {
  CHECK(kernels::highest_allowed(nullptr) == Isa::avx512);
  CHECK(kernels::highest_allowed("") == Isa::avx512);
  for (Isa isa : {Isa::sse2, Isa::avx2, Isa::avx512})
    CHECK(kernels::highest_allowed(kernels::name_of(isa).data()) == isa);
}

TEST_CASE("an unknown REEL_ISA is an error that lists the known ones") {
  CHECK_THROWS_WITH_AS(kernels::highest_allowed("mmx"),
                       "REEL_ISA: must be sse2, avx2 or avx512; got mmx", ValueError);
}

TEST_CASE("the set that was chosen is the one whose kernels are handed out") {
  const std::string_view name = kernels::for_this_cpu([](auto set) -> std::string_view {
    using Set = decltype(set);
    if constexpr (std::is_same_v<Set, kernels::avx512::Set>) return "avx512";
    if constexpr (std::is_same_v<Set, kernels::avx2::Set>) return "avx2";
    return "sse2";
  });
  CHECK(name == kernels::name_of(kernels::isa()));
}
