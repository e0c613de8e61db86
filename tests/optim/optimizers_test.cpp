#include <doctest/doctest.h>

#include <reel/optim/optimizers.h>

using namespace reel;

TEST_CASE("an optimizer is found by the name of its class, in any letters") {
  for (const char* name :
       {"SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl"}) {
    std::string small(name);
    for (char& letter : small) letter = static_cast<char>(std::tolower(letter));
    CHECK(optimizers::get(name)->name() == name);
    CHECK(optimizers::get(small)->get_config() == optimizers::get(name)->get_config());
    CHECK(optimizers::serialize(*optimizers::get(small))["class_name"] == name);
  }
}

TEST_CASE("what is no optimizer is refused with the names that are known") {
  const char* const message =
      "Unknown optimizer: 'adams'; known are SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta, Adamax, "
      "Nadam, Ftrl";
  CHECK_THROWS_WITH_AS(optimizers::get("adams"), message, ValueError);
  CHECK_THROWS_WITH_AS(optimizers::deserialize({{"class_name", "adams"}}), message, ValueError);
  CHECK_THROWS_WITH_AS(optimizers::deserialize({{"class_name", "Adam"}, {"rate", 1}}),
                       "optimizer: a config must only have entries that are arguments; got 'rate'",
                       TypeError);
  CHECK_THROWS_WITH_AS(optimizers::deserialize({{"class_name", "Adam"}, {"config", 1}}),
                       R"(optimizer: config entry config must be an object; got {"config":1})",
                       TypeError);
}

TEST_CASE("an optimizer's config keeps its class, also when it has another name") {
  const Adam adam({.learning_rate = 0.5, .beta_1 = 0.25, .name = "mine"});
  const auto read = optimizers::deserialize(optimizers::serialize(adam));
  CHECK(read->name() == "mine");
  CHECK(dynamic_cast<Adam&>(*read).beta_1() == 0.25);
}
