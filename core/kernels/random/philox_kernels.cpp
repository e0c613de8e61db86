// The loops of philox.h, compiled once for each instruction set (isa.h).
#include <reel/core/kernels/random/philox.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

using Word = std::uint32_t;
constexpr int lanes = 16;  // blocks side by side; counter word w of lane l is c[w][l]

void rounds(Word (&c)[4][lanes], PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    for (int l = 0; l < lanes; ++l) {
      const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0][l];
      const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c[2][l];
      const Word c1 = c[1][l], c3 = c[3][l];
      c[0][l] = static_cast<Word>(p1 >> 32) ^ c1 ^ key.low;
      c[1][l] = static_cast<Word>(p1);
      c[2][l] = static_cast<Word>(p0 >> 32) ^ c3 ^ key.high;
      c[3][l] = static_cast<Word>(p0);
    }
    key.low += 0x9E3779B9;
    key.high += 0xBB67AE85;
  }
}

void blocks(PhiloxKey key, std::uint64_t first_block, std::uint64_t draw, Index count,
            Word* words) {
  for (Index done = 0; done < count; done += lanes) {
    Word c[4][lanes];
    for (int l = 0; l < lanes; ++l) {
      const std::uint64_t block = first_block + static_cast<std::uint64_t>(done + l);
      c[0][l] = static_cast<Word>(block);
      c[1][l] = static_cast<Word>(block >> 32);
      c[2][l] = static_cast<Word>(draw);
      c[3][l] = static_cast<Word>(draw >> 32);
    }
    rounds(c, key);
    const Index here = count - done < lanes ? count - done : lanes;
    for (Index l = 0; l < here; ++l)
      for (int w = 0; w < 4; ++w) words[4 * (done + l) + w] = c[w][l];
  }
}

template <class T>
void dropout(const T* x, const Word* words, Word bound, T scale, T* __restrict y, Index n) {
  for (Index i = 0; i < n; ++i) {
    const T scaled = x[i] * scale;
    y[i] = words[i] >= bound ? scaled : T(0);
  }
}

}  // namespace
}  // namespace REEL_ISA

const Philox& philox(REEL_ISA::Set) {
  static constexpr Philox table{REEL_ISA::blocks, REEL_ISA::dropout<float>,
                                REEL_ISA::dropout<double>};
  return table;
}

}  // namespace reel::kernels
