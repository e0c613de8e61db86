// What all messages have in common.
#include <doctest/doctest.h>

#include <string>

#include <reel/core/error.h>
#include <reel/core/runtime/config.h>

using namespace reel;

namespace {

std::string message(const std::string& given) {
  return ValueError("op: the name must be short; got '{}'; choose another", given).what();
}

}  // namespace

TEST_CASE("a message of 4,096 bytes stands as it is") {
  const std::string frame = message("");
  const std::string given(4096 - frame.size(), 'x');
  CHECK(message(given).size() == 4096);
  CHECK(message(given) == "op: the name must be short; got '" + given + "'; choose another");
}

TEST_CASE("of a longer message both ends are kept, and its middle is counted") {
  const std::string text = message(std::string(16 << 20, 'z'));
  CHECK(text.size() < 2100);
  CHECK(text.starts_with("op: the name must be short; got 'zzz"));
  CHECK(text.ends_with("zzz'; choose another"));
  const std::size_t left_out = message("").size() + (16 << 20) - 2048;
  CHECK(text.find(fmt::format("zzz ... ({} bytes) ... zzz", left_out)) != text.npos);
}

TEST_CASE("a letter of several bytes is kept whole or goes whole") {
  for (const char* letter : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"})
    for (std::size_t shift = 0; shift < 4; ++shift) {
      std::string given(shift, 'x');
      while (given.size() < 6000) given += letter;
      // Text that is not UTF-8 would not be JSON.
      const std::string json = Config{{"message", message(given)}}.json();
      CHECK(json.find("\xef\xbf\xbd") == json.npos);
    }
}

TEST_CASE("bytes that are no text are shortened as well") {
  CHECK(message(std::string(100'000, '\x80')).size() < 2100);
}
