// Regression on a table: what a flat costs, from a CSV file.
//
// The program writes the file itself, as a spreadsheet would: a header, a quoted name with a comma,
// here and there an empty field. Then it reads it by the names of its columns, keeps a fifth for
// the test, learns mean and deviation of each column on the rest, and fits a small net. As prices
// are made by a formula and noise of deviation 10, no model can do better than an error of 10.
// Read before: core/io/csv.h, core/io/standardization.h. Read next: 9_moons.cpp.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <reel/reel.h>

#include "small_example.h"

using namespace reel;

namespace {

constexpr const char* help =
    "regression: learns what flats cost from a CSV file, which it writes first, and compares a "
    "net\n"
    "with a straight line.\n";

// Price in thousands: 3 per square metre, less far from the centre, half as much again by a river.
void write_table(const std::filesystem::path& file, Index rows) {
  const auto random = uniform({rows, 4}, 0, 1, float64, {.seed = 1}).to_vector();
  const auto noise = normal({rows}, 0, 10, float64, {.seed = 2}).to_vector();
  std::ofstream csv(file);
  csv << "\"name, number\",area,distance,floor,river,price\n";
  for (std::size_t i = 0; i < noise.size(); ++i) {
    const double area = 20 + 100 * random[4 * i], distance = 10 * random[4 * i + 1];
    const int floor = static_cast<int>(6 * random[4 * i + 2]), river = random[4 * i + 3] < 0.2;
    const double price =
        3 * area * (river ? 1.5 : 1.0) / (1 + distance / 10) + 2 * floor + noise[i];
    csv << fmt::format("\"Main Street, {}\",{:.1f},{:.2f},{},{},{:.2f}\n", i, area, distance,
                       i % 50 == 7 ? "" : fmt::to_string(floor), river, price);
  }
}

Tensor loss(const Tensor& y, const Batch& batch) { return mean_squared_error(y, batch.targets); }

// The root of the mean squared error on the test set, in thousands.
double trained(Layer& net, const DataSplit& data, double rate) {
  Loader loader(data.train, {.size = 32, .shuffle = true, .seed = 1});
  Adam adam({.learning_rate = schedules::CosineDecay(
                 {.initial_learning_rate = rate, .decay_steps = 60.0 * loader.count()})});
  fit(net, loader, adam, {.loss = loss, .epochs = 60});
  RootMeanSquaredError error;
  MeanAbsoluteError typical;
  evaluate(net, data.test, {.metrics = {&error, &typical}});
  fmt::print("{:13}  root mean squared error {:5.1f}, mean absolute error {:5.1f}\n", net.name(),
             error.result(), typical.result());
  return error.result();
}

}  // namespace

int main(int argc, char** argv) {
  const SmallExample example(argc, argv, help);
  if (example.status) return *example.status;
  const auto file = std::filesystem::temp_directory_path() / "reel_flats.csv";
  write_table(file, 2000);
  const Dataset flats = load_csv(file, {.features = {"area", "distance", "floor", "river"},
                                        .targets = {"price"},
                                        .missing = Missing::skip_row});
  std::filesystem::remove(file);
  const DataSplit parts = flats.split(flats.size() / 5, {.seed = 1});
  const Standardization standardize(parts.train);
  const DataSplit data{parts.train.map(standardize), parts.test.map(standardize)};
  fmt::print("{} rows of 2000 are whole; a flat has {:.0f} square metres in the mean\n",
             flats.size(), standardize.mean()[0]);

  set_seed(1);
  Sequential line("straight_line"), net("net");
  line.add<Dense>({.units = 1});
  net.add<Dense>({.units = 48, .activation = "relu"});
  net.add<Dense>({.units = 48, .activation = "relu"});
  net.add<Dense>({.units = 1});
  const double by_line = trained(line, data, 3.0), by_net = trained(net, data, 0.01);
  fmt::print("The noise alone is 10: a net sees that distance divides and the river multiplies.\n");
  return by_net < 13 && by_line > 20 ? EXIT_SUCCESS : EXIT_FAILURE;
}
