// Folders of the four files: small ones made here, and Debian's if it is installed.
#include <doctest/doctest.h>

#include <string>

#include <reel/core/io/fashion_mnist.h>

#include "refusal.h"
#include "temporary_folder.h"

using namespace reel;

namespace {

std::string images(std::uint8_t count, std::uint8_t side = 28, std::size_t held = 0) {
  std::string bytes("\0\0\x08\x03\0\0\0\0\0\0\0\0\0\0\0\0", 16);
  bytes[7] = static_cast<char>(count);
  bytes[11] = bytes[15] = static_cast<char>(side);
  return bytes + std::string(held ? held : std::size_t{count} * side * side, '\x10');
}

std::string labels(const std::string& values) {
  std::string bytes("\0\0\x08\x01\0\0\0\0", 8);
  bytes[7] = static_cast<char>(values.size());
  return bytes + values;
}

struct Folder : TemporaryFolder {
  Folder() {
    write("train-images-idx3-ubyte", images(3));
    write("train-labels-idx1-ubyte", labels(std::string("\x09\x00\x04", 3)));
    write("t10k-images-idx3-ubyte", images(2));
    write("t10k-labels-idx1-ubyte", labels("\x01\x02"));
  }
  void write(const std::string& name, const std::string& bytes) {
    write_bytes(*this / name, bytes);
  }
  FashionMnistOptions options() const { return {.directory = path().string()}; }

  // The message without the folder's path.
  std::string refusal() const {
    return test::refusal_at(path(), "DIR", [&] { fashion_mnist(options()); });
  }
};

}  // namespace

TEST_CASE("a folder with the four files is a training set and a test set") {
  const Folder folder;
  CHECK(fashion_mnist_available(folder.options()));
  const auto [train, test] = fashion_mnist(folder.options());
  CHECK(train.size() == 3);
  CHECK(test.size() == 2);
  CHECK(train.num_classes() == 10);
  CHECK(train.class_names()[9] == "Ankle boot");
  CHECK(train.labels()[0] == 9);
  const Batch batch = *test.batches().begin();
  CHECK(batch.images.shape() == Shape{2, 28, 28, 1});
  CHECK(batch.images.at(1, 27, 27, 0) == doctest::Approx(16 / 255.0));
}

TEST_CASE("a folder without any of the four files has no Fashion-MNIST") {
  const TemporaryFolder empty;
  CHECK_FALSE(fashion_mnist_available({.directory = empty.path().string()}));
  CHECK_FALSE(fashion_mnist_available({.directory = "/no/such/folder"}));
}

TEST_CASE("the files that are missing are listed, with what to do") {
  const Folder folder;
  std::filesystem::remove(folder / "train-labels-idx1-ubyte");
  std::filesystem::remove(folder / "t10k-images-idx3-ubyte");
  CHECK(fashion_mnist_available(folder.options()));
  CHECK(folder.refusal() ==
        "fashion_mnist: four files must lie in DIR; missing: train-labels-idx1-ubyte[.gz], "
        "t10k-images-idx3-ubyte[.gz]; run `apt-get install dataset-fashion-mnist` or set "
        "FashionMnistOptions::directory");
}

TEST_CASE("files that contradict each other or hold something else are refused by name") {
  Folder folder;
  folder.write("train-labels-idx1-ubyte", labels("\x01\x02"));
  CHECK(folder.refusal() ==
        "DIR/train-labels-idx1-ubyte: there must be one label for each of the 3 images in "
        "train-images-idx3-ubyte; got shape (2,)");
  folder.write("train-labels-idx1-ubyte", labels("\x01\x02\x0a"));
  CHECK(folder.refusal() ==
        "DIR/train-labels-idx1-ubyte: labels must be in [0, 10); got 10 at position 2");
  folder.write("train-labels-idx1-ubyte", images(3));
  CHECK(folder.refusal() ==
        "DIR/train-labels-idx1-ubyte: there must be one label for each of the 3 images in "
        "train-images-idx3-ubyte; got shape (3, 28, 28)");
  folder.write("train-images-idx3-ubyte", images(3, 32));
  CHECK(folder.refusal() ==
        "DIR/train-images-idx3-ubyte: images must have shape (n, 28, 28), n >= 1; got (3, 32, 32)");
  folder.write("train-images-idx3-ubyte", images(0, 28));
  CHECK(folder.refusal() ==
        "DIR/train-images-idx3-ubyte: images must have shape (n, 28, 28), n >= 1; got (0, 28, 28)");
  folder.write("train-images-idx3-ubyte", images(3, 28, 99));
  CHECK(folder.refusal() ==
        "DIR/train-images-idx3-ubyte: the header promises 3 x 28 x 28 = 2352 bytes; the file holds "
        "99");
}

TEST_CASE("Debian's files are found by themselves" * doctest::skip(!fashion_mnist_available())) {
  const auto [train, test] = fashion_mnist();
  CHECK(train.size() == 60000);
  CHECK(test.size() == 10000);
  std::vector<int> counts(10);
  for (const std::int32_t label : train.labels()) ++counts[static_cast<std::size_t>(label)];
  CHECK(counts == std::vector<int>(10, 6000));
}
