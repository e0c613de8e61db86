#include <doctest/doctest.h>

#include <class_table.h>

#include <vector>

namespace {

using Labels = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("recall is a share of a class's images, precision of those called by its name") {
  ClassTable table({"Shirt", "Sneaker", "Bag"});
  table.count(Labels{0, 0, 0, 0, 1, 2}, Labels{0, 1, 1, 2, 1, 2});
  CHECK(table.str() ==
        "class          images   recall  precision   mostly taken for\n"
        "Shirt               4    0.250      1.000   Sneaker (2)\n"
        "Sneaker             1    1.000      0.333\n"
        "Bag                 1    1.000      0.500\n");
}

TEST_CASE("accuracy is the share of all images that were recognised") {
  ClassTable table({"Shirt", "Bag"});
  CHECK(table.accuracy() == 0.0);
  table.count(Labels{0, 1}, Labels{0, 0});
  table.count(Labels{1, 1}, Labels{1, 1});
  CHECK(table.accuracy() == 0.75);
}

TEST_CASE("a class without images has no recall, and one never named no precision") {
  ClassTable table({"Shirt", "Bag"});
  table.count(Labels{0}, Labels{0});
  CHECK(table.str() ==
        "class          images   recall  precision   mostly taken for\n"
        "Shirt               1    1.000      1.000\n"
        "Bag                 0        -          -\n");
}
