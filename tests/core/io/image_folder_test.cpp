// Folders of pictures, small ones made here.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/image_folder.h>

#include "refusal.h"
#include "temporary_folder.h"

using namespace reel;

namespace {

// Two cats and a dog, of 1 x 2 grey pixels.
struct Folder : TemporaryFolder {
  Folder() {
    write("dog", "b.PGM", "P2 2 1 255 5 6");
    write("cat", "2.pgm", "P2 2 1 255 3 4");
    write("cat", "1.pgm", "P2 2 1 255 1 2");
    write("cat", "notes.txt", "no picture");
    write("cat", ".hidden.pgm", "no picture");
    write(".thumbnails", "x.pgm", "no picture");
    write_bytes(*this / "labels.pgm", "no picture");
  }
  void write(const std::string& name, const std::string& file, const std::string& bytes) {
    std::filesystem::create_directories(*this / name);
    write_bytes(*this / name / file, bytes);
  }
  Dataset load(const ImageFolderOptions& options = {}) const {
    return load_image_folder(path(), options);
  }
  std::string refusal(const ImageFolderOptions& options = {}) const {
    return test::refusal_at(path(), "DIR", [&] { load(options); });
  }
};

}  // namespace

TEST_CASE("each sub-folder is a class, each picture a sample that knows its file") {
  const Folder folder;
  const Dataset data = folder.load();
  CHECK(data.class_names() == std::vector<std::string>{"cat", "dog"});
  CHECK(data.size() == 3);
  CHECK(data.image_shape() == Shape{1, 2, 1});
  CHECK(std::vector(data.labels().begin(), data.labels().end()) ==
        std::vector<std::int32_t>{0, 0, 1});
  CHECK(data.image(0)[0] == 1);
  CHECK(data.image(2)[1] == 6);
  CHECK(data.source(1) == (folder / "cat" / "2.pgm").string());
  CHECK(data.select({2}).source(0) == (folder / "dog" / "b.PGM").string());
}

TEST_CASE("classes and channels are those that are asked for") {
  const Folder folder;
  const Dataset data = folder.load({.channels = 3, .class_names = {"dog", "cat"}});
  CHECK(data.class_names()[0] == "dog");
  CHECK(data.image_shape() == Shape{1, 2, 3});
  CHECK(data.image(0)[2] == 5);
  CHECK(data.labels()[2] == 1);
  CHECK(folder.load({.class_names = {"dog"}}).size() == 1);
}

TEST_CASE("colours are kept if the first picture has them, and grey ones made so") {
  Folder folder;
  folder.write("ant", "1.ppm", "P3 2 1 255 1 2 3 4 5 6");
  CHECK(folder.load().image_shape() == Shape{1, 2, 3});
  CHECK(folder.load().image(1)[2] == 1);
}

TEST_CASE("a folder that is no set of pictures is refused, with the file at fault") {
  Folder folder;
  CHECK(folder.refusal({.class_names = {"cat", "bird"}}) ==
        "DIR/bird: the folder must be readable; No such file or directory");
  folder.write("cat", "3.pgm", "P2 1 2 255 1 2");
  CHECK(folder.refusal() ==
        "DIR/cat/3.pgm: all pictures must have one shape, that of DIR/cat/1.pgm, (1, 2, 1); got "
        "(2, 1, 1)");
  folder.write("cat", "3.pgm", "P2 2 1 255 1 x");
  CHECK(folder.refusal() ==
        "DIR/cat/3.pgm: a value must be a number of at most nine digits at offset 13");
  CHECK_THROWS_WITH_AS(folder.load({.channels = 2}),
                       "load_image_folder: channels must be 0, 1 or 3; got 2", ValueError);
  const TemporaryFolder empty;
  CHECK_THROWS_WITH_AS(load_image_folder(empty.path()),
                       (empty.path().string() +
                        ": there must be a sub-folder for each class, with pictures; there is no "
                        "sub-folder")
                           .c_str(),
                       IoError);
  std::filesystem::create_directories(empty / "class");
  CHECK_THROWS_WITH_AS(load_image_folder(empty.path()),
                       (empty.path().string() +
                        ": there must be a sub-folder for each class, with pictures; there is no "
                        "picture")
                           .c_str(),
                       IoError);
}
