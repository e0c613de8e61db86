#include <doctest/doctest.h>

#include <reel/core/ops/factories.h>
#include <reel/optim/adamw.h>

using namespace reel;

TEST_CASE("predicates by name look for words in the whole name") {
  const Variable kernel(zeros({1}), {.name = "dense/kernel"});
  const Variable gamma(zeros({1}), {.name = "norm/gamma"});
  CHECK(name_contains("kernel")(kernel));
  CHECK_FALSE(name_contains("kernel")(gamma));
  CHECK(name_contains("bias", std::string("gamma"))(gamma));
  CHECK(name_lacks("bias", "gamma")(kernel));
  CHECK_FALSE(name_lacks("bias", "gamma")(gamma));
  CHECK(name_contains("dense/")(kernel));
}

TEST_CASE("predicates by name are equal when their words are; functions are what they are") {
  CHECK(name_contains("a", "b") == name_contains("a", "b"));
  CHECK_FALSE(name_contains("a") == name_lacks("a"));
  CHECK_FALSE(VariablePredicate());
  CHECK(VariablePredicate([](const Variable& v) { return v.trainable(); })(Variable(zeros({1}))));
}

TEST_CASE("words that mean nothing are refused, also in a config") {
  CHECK_THROWS_WITH_AS(name_contains("a", ""), "name_contains: a word must not be empty",
                       ValueError);
  const auto read = [](const Config& parameters) {
    return AdamW::from_config(
        {{"decayed", Config{{"class_name", "name_lacks"}, {"config", parameters}}}});
  };
  CHECK(read({{"words", ConfigValue::List{"bias"}}}).get_config()["decayed"] ==
        ConfigValue(Config{{"class_name", "name_lacks"},
                           {"config", Config{{"words", ConfigValue::List{"bias"}}}}}));
  const char* const message =
      "AdamW: decayed: parameter 'words' of 'name_lacks' must be a list of strings";
  CHECK_THROWS_WITH_AS(read({{"words", ConfigValue::List{1}}}), message, ValueError);
  CHECK_THROWS_WITH_AS(read({{"words", ConfigValue::List{}}}), message, ValueError);
  CHECK_THROWS_WITH_AS(read({}), "AdamW: decayed: name_lacks: a word is needed; got none",
                       ValueError);
}
