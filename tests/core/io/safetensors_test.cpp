#include <doctest/doctest.h>

#include <fmt/format.h>

#include <ctime>
#include <limits>
#include <random>

#include <reel/core/io/safetensors.h>
#include <reel/core/ops/factories.h>

#include "temporary_folder.h"

using namespace reel;

namespace {

// The bytes of a file with this header and this data.
std::string file_of(const std::string& header, const std::string& data = "") {
  std::string bytes(8, '\0');
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(header.size() >> (8 * i) & 0xff);
  return bytes + header + data;
}

std::string data_of(std::size_t bytes) { return std::string(bytes, '\0'); }

// What loading these bytes is refused with, FILE standing for the path; "loaded" if it is not.
std::string refusal(const std::string& bytes) {
  const TemporaryFolder folder;
  const auto path = folder / "a.safetensors";
  write_bytes(path, bytes);
  try {
    load_safetensors(path);
  } catch (const IoError& error) {
    std::string message = error.what();
    const std::string name = path.string();
    if (message.compare(0, name.size(), name) == 0) message.replace(0, name.size(), "FILE");
    return message;
  }
  return "loaded";
}

// The same for a header with one entry `w`.
std::string refusal_of_entry(const std::string& entry, std::size_t data_bytes = 0) {
  return refusal(file_of("{\"w\":" + entry + "}", data_of(data_bytes)));
}

Safetensors example() {
  Safetensors contents;
  contents.tensors["layer/kernel"] = Tensor({{1.5, -2, 3}, {4, 5, 6.25}});
  contents.tensors["double"] = Tensor({0.1, -1e300}, float64);
  contents.tensors["scalar"] = Tensor(7.0);
  contents.tensors["empty"] = zeros({3, 0, 2});
  contents.tensors["a \"quoted\" \n name, \xc3\xa9"] = Tensor(2.0, float64);
  contents.integers["labels"] = {{4}, {-1, 0, 7, std::numeric_limits<std::int32_t>::max()}};
  contents.integers["none"] = {{0, 5}, {}};
  contents.metadata = {{"made by", "a test"}, {"note", "\"quoted\"\t\xc3\xa9"}};
  return contents;
}

void check_equal(const Safetensors& a, const Safetensors& b) {
  CHECK(a.metadata == b.metadata);
  CHECK(a.integers == b.integers);
  REQUIRE(a.tensors.size() == b.tensors.size());
  for (const auto& entry : a.tensors) {
    INFO(entry.first);
    const Tensor& tensor = entry.second;
    const Tensor& other = b.tensors.at(entry.first);
    CHECK(tensor.shape() == other.shape());
    CHECK(tensor.dtype() == other.dtype());
    CHECK(tensor.to_vector() == other.to_vector());
  }
}

}  // namespace

TEST_CASE("what was saved loads again: both dtypes, integers, scalars, empty tensors, metadata") {
  const TemporaryFolder folder;
  save_safetensors(folder / "a", example());
  check_equal(load_safetensors(folder / "a"), example());
}

TEST_CASE("a file without tensors and one without metadata load again") {
  const TemporaryFolder folder;
  save_safetensors(folder / "a", Safetensors{});
  check_equal(load_safetensors(folder / "a"), Safetensors{});
  const Tensor x({1, 2});
  save_safetensors(folder / "b", {{"x", x}});
  check_equal(load_safetensors(folder / "b"), {{{"x", x}}, {}, {}});
}

TEST_CASE(
    "a saved file has the format's bytes: larger items first, the header padded with blanks") {
  const TemporaryFolder folder;
  save_safetensors(folder / "a", {{"f", Tensor(1.0)}, {"d", Tensor(-2.0, float64)}}, {{"k", "v"}});
  const std::string header =
      R"({"__metadata__":{"k":"v"},"d":{"dtype":"F64","shape":[],"data_offsets":[0,8]},)"
      R"("f":{"dtype":"F32","shape":[],"data_offsets":[8,12]}})";
  const std::string padding((8 - header.size() % 8) % 8, ' ');
  const std::string data("\0\0\0\0\0\0\0\xc0\0\0\x80\x3f", 12);
  CHECK(read_bytes(folder / "a") == file_of(header + padding, data));
}

TEST_CASE("values need no alignment") {
  const TemporaryFolder folder;
  const std::string header = R"({"d":{"dtype":"F64","shape":[1],"data_offsets":[4,12]},)"
                             R"("i":{"dtype":"I32","shape":[],"data_offsets":[0,4]}})";
  write_bytes(folder / "a", file_of(header, std::string("\x05\0\0\0\0\0\0\0\0\0\0\xc0", 12)));
  const Safetensors contents = load_safetensors(folder / "a");
  CHECK(contents.tensors.at("d").item() == -2.0);
  CHECK(contents.integers.at("i") == Indices{{}, {5}});
}

TEST_CASE("saving over a file replaces it and an error leaves it") {
  const TemporaryFolder folder;
  save_safetensors(folder / "a", {{"x", Tensor(1.0)}});
  save_safetensors(folder / "a", {{"x", Tensor(2.0)}});
  const std::string message = (folder / "a").string() + ": tensor 'y' must be defined";
  CHECK_THROWS_WITH_AS(save_safetensors(folder / "a", {{"x", Tensor(3.0)}, {"y", Tensor()}}),
                       message.c_str(), ValueError);
  CHECK(load_safetensors(folder / "a").tensors.at("x").item() == 2.0);
}

TEST_CASE("names that cannot be told apart and text that is not UTF-8 are not saved") {
  const TemporaryFolder folder;
  const auto path = folder / "a";
  const std::string file = path.string();
  const Tensor x(1.0);
  CHECK_THROWS_WITH_AS(
      save_safetensors(path, {{"x", x}, {"x", x}}),
      (file + ": names must differ from each other and from __metadata__; got 'x'").c_str(),
      ValueError);
  CHECK_THROWS_WITH_AS(
      save_safetensors(path, {{"__metadata__", x}, {"x", x}}),
      (file + ": names must differ from each other and from __metadata__; got '__metadata__'")
          .c_str(),
      ValueError);
  const std::string not_text = file + ": names and metadata must be UTF-8";
  CHECK_THROWS_WITH_AS(save_safetensors(path, {{"\xff", x}, {"x", x}}), not_text.c_str(),
                       ValueError);
  CHECK_THROWS_WITH_AS(save_safetensors(path, {{"x", x}}, {{"k", "\xff"}}), not_text.c_str(),
                       ValueError);
  CHECK_THROWS_WITH_AS(save_safetensors(path, Safetensors{{}, {{"i", {{3}, {1}}}}, {}}),
                       (file + ": integers 'i' must fill their shape (3,); got 1 values").c_str(),
                       ValueError);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a header that would be too long to be read is not saved") {
  const TemporaryFolder folder;
  const auto path = folder / "a";
  const std::string message =
      path.string() +
      ": the header must have at most 100000000 bytes; names and metadata need 100000032";
  CHECK_THROWS_WITH_AS(
      save_safetensors(path, {{"x", zeros({0})}, {std::string(100'000'000 - 80, 'n'), zeros({0})}}),
      message.c_str(), ValueError);
}

TEST_CASE("a path that cannot be written or read is refused by name") {
  const TemporaryFolder folder;
  const auto path = folder / "none" / "a";
  CHECK_THROWS_WITH_AS(
      save_safetensors(path, {{"x", Tensor(1.0)}}),
      (path.string() + ": the folder must exist and be writable; No such file or directory")
          .c_str(),
      IoError);
  CHECK_THROWS_WITH_AS(
      load_safetensors(path),
      (path.string() + ": a file must be there to be read; No such file or directory").c_str(),
      IoError);
  CHECK_THROWS_WITH_AS(
      load_safetensors(folder.path()),
      (folder.path().string() + ": a file must be there to be read; something else has this name")
          .c_str(),
      IoError);
}

TEST_CASE("a length of the header that the file does not have is refused") {
  CHECK(refusal("1234567") == "FILE: 8 bytes must give the header's length; the file has 7");
  CHECK(refusal(std::string(8, '\xff') + "{}") ==
        "FILE: the file must be in the safetensors format and whole: its first 8 bytes give the "
        "length of the header, 18446744073709551615, and 2 follow");
  CHECK(refusal(file_of("{}").substr(0, 9)) ==
        "FILE: the file must be in the safetensors format and whole: its first 8 bytes give the "
        "length of the header, 2, and 1 follow");
  CHECK(refusal(file_of("{" + std::string(100'000'000, ' ') + "}")) ==
        "FILE: the header must have at most 100000000 bytes; got 100000002");
  CHECK(refusal(file_of("{" + std::string(100'000'000 - 2, ' ') + "}")) == "loaded");
}

TEST_CASE("a file of another format is refused, and the formats that weights come in are named") {
  const auto refused = [](const std::string& first) {
    const std::string bytes = first + std::string(144, 'x');
    const std::string message = refusal(bytes);
    const auto at = message.find("; it begins");
    return at == message.npos ? message : message.substr(at);
  };
  CHECK(refused("\x89HDF\r\n\x1a\n") == "; it begins as HDF5 (Keras's .h5) does");
  CHECK(refused("PK\x03\x04") == "; it begins as a ZIP archive (.keras, .npz, PyTorch's .pt) does");
  CHECK(refused("\x93NUMPY\x01") == "; it begins as NumPy's .npy does");
  CHECK(refused("\x1f\x8b\x08") == "; it begins as gzip does");
  CHECK(refused("GGUF\x03") == "; it begins as GGUF does");
  CHECK(refused("version https://git-lfs") ==
        "; it begins as a pointer of Git LFS, not the file itself, does");
  CHECK(refused("\x80\x02") == "; it begins as a pickle does");
  CHECK(refused("an ordinary text") ==
        "FILE: the file must be in the safetensors format and whole: its first 8 bytes give the "
        "length of the header, 7956000659380137569, and 152 follow");
}

TEST_CASE("a header that is not an object in JSON is refused") {
  const std::string not_json = "FILE: the header must be a JSON object in UTF-8";
  for (const std::string text :
       {"{\"w\":", "{", "{\"\xff\":{}}", "{} {}", "{}x", "{}}", "{,}", "{7}"})
    CHECK(refusal(file_of(text)) == not_json);
  const std::string begin = "FILE: the header must begin with '{'; got ";
  CHECK(refusal(file_of("")) == begin + "nothing");
  CHECK(refusal(file_of("[]")) == begin + "0x5b");
  CHECK(refusal(file_of("7")) == begin + "0x37");
}

TEST_CASE(
    "what stands before the header or behind a zero byte in it is refused; blanks may follow") {
  const std::string header = R"({"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})";
  const std::string begin = "FILE: the header must begin with '{'; got ";
  CHECK(refusal(file_of(" " + header)) == begin + "0x20");
  CHECK(refusal(file_of("\n" + header)) == begin + "0x0a");
  CHECK(refusal(file_of("\xef\xbb\xbf" + header)) == begin + "0xef");
  CHECK(refusal(file_of(std::string(1, '\0') + header)) == begin + "0x00");
  const std::string zero(1, '\0');
  for (const std::string& rest : {zero, zero + "rubbish", "  " + zero, zero + std::string(7, ' ')})
    CHECK(refusal(file_of(header + rest)) == "FILE: the header must be a JSON object in UTF-8");
  CHECK(refusal(file_of(header + std::string(9, ' '))) == "loaded");
}

TEST_CASE("a header that would cost memory is refused while it is read") {
  CHECK(refusal(file_of("{\"w\":" + std::string(100000, '['))) ==
        "FILE: the header must be nested at most 3 deep");
  CHECK(refusal(file_of("{\"w\":[0,0,0,0,0,0,0,0,0]}")) ==
        "FILE: a list in the header must have at most 8 items");
  CHECK(refusal(file_of("{\"w\":[[],[],[],[],[],[],[],[],[]]}")) ==
        "FILE: a list in the header must have at most 8 items");
  CHECK(refusal(file_of("{\"w\":{\"a\":" + std::string(100000, '[') + "}}")) ==
        "FILE: the header must be nested at most 3 deep");
  CHECK(refusal(file_of("{\"__metadata__\":{\"a\":{\"b\":{}}}}")) ==
        "FILE: the header must be nested at most 3 deep");
}

TEST_CASE("a key that stands twice is refused") {
  const std::string w = R"("w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  CHECK(refusal(file_of("{" + w + "," + w + "}")) ==
        "FILE: a key must stand once in an object of the header; 'w' is repeated");
  CHECK(refusal_of_entry(R"({"dtype":"F32","dtype":"F64","shape":[0],"data_offsets":[0,0]})") ==
        "FILE: a key must stand once in an object of the header; 'dtype' is repeated");
  CHECK(refusal(file_of(R"({"__metadata__":{"k":"1","k":"2"}})")) ==
        "FILE: a key must stand once in an object of the header; 'k' is repeated");
  CHECK(refusal(file_of(R"({"__metadata__":{},"__metadata__":{}})")) ==
        "FILE: a key must stand once in an object of the header; '__metadata__' is repeated");
}

TEST_CASE("metadata that is not text is refused") {
  CHECK(refusal(file_of(R"({"__metadata__":[]})")) ==
        "FILE: __metadata__ must be an object of strings");
  for (const std::string value : {"1", "null", "[]", "{}", "[\"x\"]"})
    CHECK(refusal(file_of(R"({"__metadata__":{"k":)" + value + "}}")) ==
          "FILE: __metadata__ must be an object of strings; 'k' is none");
  CHECK(refusal(file_of(R"({"__metadata__":"k"})")) ==
        "FILE: __metadata__ must be an object of strings");
}

TEST_CASE("an entry that lacks a part or has another is refused") {
  const std::string rule =
      "FILE: tensor 'w': an entry must hold dtype, shape and data_offsets, nothing else";
  CHECK(refusal_of_entry("[]") == rule);
  CHECK(refusal_of_entry(R"({"dtype":"F32","shape":[0]})") == rule);
  CHECK(refusal_of_entry(R"({"dtype":"F32","shape":[0],"offsets":[0,0]})") == rule);
  CHECK(refusal_of_entry(R"({"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":1})") == rule);
  for (const std::string entry : {"null", "true", "-1", "1", "1.5", "\"F32\"", "{}"})
    CHECK(refusal_of_entry(entry) == rule);
}

TEST_CASE("a dtype that reel does not have is refused by its name") {
  CHECK(refusal_of_entry(R"({"dtype":"BF16","shape":[2],"data_offsets":[0,4]})", 4) ==
        "FILE: tensor 'w': dtype must be F32, F64 or I32; got \"BF16\"");
  CHECK(refusal_of_entry(R"({"dtype":4,"shape":[2],"data_offsets":[0,8]})", 8) ==
        "FILE: tensor 'w': dtype must be F32, F64 or I32; got 4");
}

TEST_CASE("a shape that is no list of sizes or counts past all memory is refused") {
  const auto with_shape = [](const std::string& shape) {
    return refusal_of_entry(R"({"dtype":"F32","shape":)" + shape + R"(,"data_offsets":[0,0]})");
  };
  CHECK(with_shape("4") == "FILE: tensor 'w': shape must be a list of sizes; got 4");
  CHECK(with_shape("[-1]") == "FILE: tensor 'w': shape must be a list of sizes; got [-1]");
  CHECK(with_shape("[2.5]") == "FILE: tensor 'w': shape must be a list of sizes; got [2.5]");
  CHECK(with_shape("[4294967296,4294967296]") ==
        "FILE: tensor 'w': shape [4294967296,4294967296] is too large");
  CHECK(with_shape("[0,4294967296,4294967296]") ==
        "FILE: tensor 'w': shape [0,4294967296,4294967296] is too large");
  CHECK(with_shape("[18446744073709551615]") ==
        "FILE: tensor 'w': shape [18446744073709551615] is too large");
  CHECK(with_shape("[0,1152921504606846975]") == "loaded");
}

TEST_CASE("offsets that do not fit the file or the shape are refused") {
  const auto with_offsets = [](const std::string& offsets, std::size_t data_bytes) {
    return refusal_of_entry(R"({"dtype":"F32","shape":[2],"data_offsets":)" + offsets + "}",
                            data_bytes);
  };
  CHECK(with_offsets("8", 8) == "FILE: tensor 'w': data_offsets must be two positions; got 8");
  CHECK(with_offsets("[0,8,8]", 8) ==
        "FILE: tensor 'w': data_offsets must be two positions; got [0,8,8]");
  CHECK(with_offsets("[-8,0]", 8) ==
        "FILE: tensor 'w': data_offsets must be two positions; got [-8,0]");
  CHECK(with_offsets("[0,8]", 7) ==
        "FILE: tensor 'w': data_offsets must lie in order in the 7 bytes of data; got [0, 8]");
  CHECK(with_offsets("[8,0]", 8) ==
        "FILE: tensor 'w': data_offsets must lie in order in the 8 bytes of data; got [8, 0]");
  CHECK(with_offsets("[0,18446744073709551615]", 8) ==
        "FILE: tensor 'w': data_offsets must lie in order in the 8 bytes of data; got [0, "
        "18446744073709551615]");
  CHECK(with_offsets("[0,4]", 4) ==
        "FILE: tensor 'w': (2,) of F32 takes 8 bytes; data_offsets span 4");
}

TEST_CASE("data that overlaps, leaves a gap or is left over is refused") {
  const auto two = [](const std::string& a, const std::string& b, std::size_t data_bytes) {
    const std::string entry = R"({"dtype":"F32","shape":[1],"data_offsets":)";
    return refusal(
        file_of("{\"a\":" + entry + a + "},\"b\":" + entry + b + "}}", data_of(data_bytes)));
  };
  CHECK(two("[4,8]", "[0,4]", 8) == "loaded");
  CHECK(
      two("[0,4]", "[2,6]", 8) ==
      "FILE: tensor 'b': data must follow the data before it without overlap; starts at 2, not 4");
  CHECK(
      two("[0,4]", "[0,4]", 4) ==
      "FILE: tensor 'b': data must follow the data before it without overlap; starts at 0, not 4");
  CHECK(two("[0,4]", "[8,12]", 12) ==
        "FILE: tensor 'b': data must follow the data before it without gap; starts at 8, not 4");
  CHECK(two("[0,4]", "[4,8]", 9) == "FILE: tensors must cover the 9 bytes of data; they cover 8");
}

namespace {

// A file with this many tensors of one value, named in no order.
void write_many(const std::filesystem::path& path, std::size_t count) {
  std::string header = "{";
  for (std::size_t i = 0; i < count; ++i)
    header +=
        fmt::format(R"({}"layer_{}/kernel":{{"dtype":"F32","shape":[1],"data_offsets":[{},{}]}})",
                    i > 0 ? "," : "", i * 7919 % count, 4 * i, 4 * (i + 1));
  write_bytes(path, file_of(header + "}", data_of(4 * count)));
}

}  // namespace

// Where each tensor looked at all before it, this would not end within an hour.
TEST_CASE("the time that a file takes grows with the number of its tensors, not faster") {
  const TemporaryFolder folder;
  write_many(folder / "many", 200'000);
  CHECK(load_safetensors(folder / "many").tensors.size() == 200'000);
}

TEST_CASE("a file that promises more than the machine's memory is refused, though it is as long") {
  const TemporaryFolder folder;
  const auto path = folder / "sparse";
  for (const std::uint64_t bytes : {std::uint64_t{1} << 42, std::uint64_t{1} << 43}) {
    write_bytes(
        path, file_of(fmt::format(R"({{"w":{{"dtype":"F32","shape":[{}],"data_offsets":[0,{}]}}}})",
                                  bytes / 4, bytes)));
    std::error_code error;
    std::filesystem::resize_file(path, std::filesystem::file_size(path) + bytes, error);
    if (error) {
      MESSAGE("skipped: no sparse files of terabytes here");
      return;
    }
    std::string message;
    try {
      load_safetensors(path);
    } catch (const IoError& e) {
      message = e.what();
    }
    CHECK(message.starts_with(path.string() + ": the values must fit into memory, "));
    CHECK(message.ends_with(fmt::format(" bytes; they take {}", bytes)));
  }
}

TEST_CASE("a name of a megabyte does not stand whole in a message") {
  const std::string name(1 << 20, 'n');
  const std::string entry = R"({"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  const std::string dtype = R"({"dtype":")" + name + R"(","shape":[0],"data_offsets":[0,0]})";
  for (const std::string& header :
       {"{\"" + name + "\":{}}", "{\"" + name + "\":" + entry + ",\"" + name + "\":" + entry + "}",
        "{\"w\":" + dtype + "}", "{\"__metadata__\":{\"" + name + "\":1}}",
        "{\"w\":{\"" + name + "\":1,\"" + name + "\":1}}"}) {
    const std::string message = refusal(file_of(header));
    CHECK(message.starts_with("FILE: "));
    CHECK(message.size() < 2200);
  }
}

TEST_CASE("thousands of damaged files are loaded or refused, nothing else") {
  const TemporaryFolder folder;
  const auto path = folder / "a";
  save_safetensors(path, example());
  const std::string whole = read_bytes(path);
  std::mt19937 random(1);
  const auto below = [&](std::size_t n) { return random() % n; };
  const std::string interesting = "{}[]\",:0189-eE.\\ u\xff\x80";
  int refused = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string bytes = whole;
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
      char& byte = bytes[below(bytes.size())];
      byte = below(2) ? static_cast<char>(byte ^ (1 << below(8)))
                      : interesting[below(interesting.size())];
    }
    if (below(4) == 0) bytes.resize(below(bytes.size()));
    write_bytes(path, bytes);
    try {
      load_safetensors(path);
    } catch (const Error&) {
      ++refused;
    }
  }
  CHECK(refused > 2000);
  CHECK(refused < 4000);
}
