// Folders of the files of CIFAR, small ones made here.
#include <doctest/doctest.h>
#include <zlib.h>

#include <string>

#include <reel/core/io/cifar.h>

#include "refusal.h"
#include "temporary_folder.h"

using namespace reel;

namespace {

// Labels, then planes of which the pixels count from `red`, `red` + 1 and `red` + 2.
std::string record(const std::string& labels, int red) {
  std::string bytes = labels;
  for (int c = 0; c < 3; ++c)
    for (int i = 0; i < 1024; ++i) bytes.push_back(static_cast<char>(red + c + i));
  return bytes;
}

struct Folder : TemporaryFolder {
  Folder() {
    for (int i = 1; i <= 5; ++i)
      write("data_batch_" + std::to_string(i) + ".bin",
            record(std::string(1, static_cast<char>(i)), 10 * i) + record("\x09", 1));
    write("test_batch.bin", record(std::string(1, '\0'), 100));
    write("train.bin", record("\x13\x63", 7));
    write("test.bin", record(std::string("\0\1", 2), 9));
  }
  void write(const std::string& name, const std::string& bytes) {
    write_bytes(*this / name, bytes);
  }
  CifarOptions options(bool coarse = false) const { return {path().string(), coarse}; }

  std::string refusal(DataSplit (*load)(const CifarOptions&), bool coarse = false) const {
    return test::refusal_at(path(), "DIR", [&] { load(options(coarse)); });
  }
};

}  // namespace

TEST_CASE("six files are CIFAR-10, with channels last and each sample's record") {
  const Folder folder;
  CHECK(cifar10_available(folder.options()));
  const auto [train, test] = cifar10(folder.options());
  CHECK(train.size() == 10);
  CHECK(test.size() == 1);
  CHECK(train.image_shape() == Shape{32, 32, 3});
  CHECK(train.class_names()[9] == "truck");
  CHECK(train.labels()[2] == 2);
  CHECK(train.image(2)[0] == 20);
  CHECK(train.image(2)[1] == 21);
  CHECK(train.image(2)[2] == 22);
  CHECK(train.image(2)[3] == 21);
  CHECK(train.source(3) == (folder / "data_batch_2.bin").string() + ", record 1");
  CHECK(train.source(0) == (folder / "data_batch_1.bin").string() + ", record 0");
}

TEST_CASE("two files are CIFAR-100, of fine or coarse classes, whose names may lie beside them") {
  const Folder folder;
  CHECK(cifar100_available(folder.options()));
  const Dataset fine = cifar100(folder.options()).train;
  CHECK(fine.num_classes() == 100);
  CHECK(fine.class_names()[99] == "99");
  CHECK(fine.labels()[0] == 99);
  CHECK(fine.image(0)[1] == 8);
  std::string names;
  for (int i = 0; i < 20; ++i) names += "name " + std::to_string(i) + "\r\n";
  write_bytes(folder / "coarse_label_names.txt", names + "\n");
  const Dataset coarse = cifar100(folder.options(true)).train;
  CHECK(coarse.num_classes() == 20);
  CHECK(coarse.class_names()[19] == "name 19");
  CHECK(coarse.labels()[0] == 19);
}

TEST_CASE("a compressed file is read as what it holds") {
  const Folder folder;
  const gzFile file = gzopen((folder / "train.bin.gz").c_str(), "wb");
  const std::string bytes = record("\x01\x02", 3) + record("\x01\x02", 4);
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  std::filesystem::remove(folder / "train.bin");
  CHECK(cifar100(folder.options()).train.image(1)[0] == 4);
}

TEST_CASE("a folder without the files says which are missing") {
  const TemporaryFolder empty;
  CHECK_FALSE(cifar10_available({.directory = empty.path().string()}));
  CHECK_FALSE(cifar100_available({.directory = empty.path().string()}));
  const Folder folder;
  std::filesystem::remove(folder / "data_batch_3.bin");
  CHECK(cifar10_available(folder.options()));
  CHECK(folder.refusal(cifar10) ==
        "cifar10: 6 files must lie in DIR; missing: data_batch_3.bin[.gz]; set "
        "CifarOptions::directory");
  std::filesystem::remove(folder / "train.bin");
  std::filesystem::remove(folder / "test.bin");
  CHECK(folder.refusal(cifar100) ==
        "cifar100: 2 files must lie in DIR; missing: train.bin[.gz], test.bin[.gz]; set "
        "CifarOptions::directory");
}

TEST_CASE("a file of CIFAR that is none is refused, with the record and what is wrong in it") {
  Folder folder;
  folder.write("test_batch.bin", record("\x09", 1) + record("\x0a", 1));
  CHECK(folder.refusal(cifar10) ==
        "DIR/test_batch.bin: labels must be in [0, 10); got 10 in record 1");
  folder.write("test_batch.bin", record("\x09", 1) + record("\x01", 1).substr(0, 3000));
  CHECK(folder.refusal(cifar10) ==
        "DIR/test_batch.bin: the file must be records of 3073 bytes each; record 1 has 3000");
  folder.write("test_batch.bin", "");
  CHECK(folder.refusal(cifar10) ==
        "DIR/test_batch.bin: the file must be records of 3073 bytes each; record 0 has 0");
  folder.write("test.bin", record("\x14\x63", 1));
  CHECK(folder.refusal(cifar100) == "loaded");
  CHECK(folder.refusal(cifar100, true) ==
        "DIR/test.bin: labels must be in [0, 20); got 20 in record 0");
  folder.write("test.bin", record("\x01\x64", 1));
  CHECK(folder.refusal(cifar100) ==
        "DIR/test.bin: labels must be in [0, 100); got 100 in record 0");
  folder.write("fine_label_names.txt", "one\ntwo\n");
  CHECK(folder.refusal(cifar100) ==
        "DIR/fine_label_names.txt: there must be 100 names, one a line; got 2");
}
