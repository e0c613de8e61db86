// Arrays of NumPy that are right, and every way to be wrong that a reader must not fall for.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/npy.h>
#include <reel/core/ops.h>

#include "refusal.h"

using namespace reel;

namespace {

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  return text;
}

std::string npy(const std::string& header, const std::string& values, int version = 1) {
  return "\x93NUMPY" + little(static_cast<std::uint64_t>(version), 1) + little(0, 1) +
         little(header.size(), version == 1 ? 2 : 4) + header + values;
}

std::string header(const std::string& type, const std::string& shape, bool fortran = false) {
  return "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") +
         ", 'shape': " + shape + ", }\n";
}

// The values 0, 1, 2, ... as they lie in memory.
template <class T>
std::string counting(int count, bool big_endian = false) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const T value = static_cast<T>(i);
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    text += big_endian ? std::string(bytes.rbegin(), bytes.rend()) : bytes;
  }
  return text;
}

Tensor load(const std::string& bytes) {
  const TemporaryFolder folder;
  write_bytes(folder / "a.npy", bytes);
  return load_npy(folder / "a.npy");
}

std::string refusal(const std::string& bytes) {
  return test::refusal_of(bytes, [](const auto& path) { load_npy(path); });
}

std::string refusal_of_integers(const std::string& bytes) {
  return test::refusal_of(bytes, [](const auto& path) { load_npy_integers(path); });
}

template <class T>
void check_type(const std::string& type, DType dtype) {
  std::vector<double> expected(6);
  std::iota(expected.begin(), expected.end(), 0);
  for (const bool big : {false, true}) {
    const std::string order = sizeof(T) == 1 ? "|" : big ? ">" : "<";
    CAPTURE(order + type);
    const Tensor x = load(npy(header(order + type, "(2, 3)"), counting<T>(6, big)));
    CHECK(x.shape() == Shape{2, 3});
    CHECK(x.dtype() == dtype);
    CHECK(x.to_vector() == expected);
  }
}

}  // namespace

TEST_CASE("all types of numbers are read in both byte orders, to a dtype that holds them") {
  check_type<float>("f4", float32);
  check_type<double>("f8", float64);
  check_type<std::int8_t>("i1", float32);
  check_type<std::uint8_t>("u1", float32);
  check_type<std::int16_t>("i2", float32);
  check_type<std::uint16_t>("u2", float32);
  check_type<std::int32_t>("i4", float64);
  check_type<std::uint32_t>("u4", float64);
  check_type<std::int64_t>("i8", float64);
  check_type<std::uint64_t>("u8", float64);
  CHECK(load(npy(header("|b1", "(3,)"), std::string("\1\0\1", 3))).to_vector() ==
        std::vector<double>{1, 0, 1});
  CHECK(load(npy(header("<i4", "()"), "\xff\xff\xff\xff")).item() == -1);
}

TEST_CASE("half precision is read: normal, subnormal, infinite and not a number") {
  const std::uint16_t bits[] = {0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x3555, 0xfc00, 0x7e00};
  std::string values;
  for (const std::uint16_t half : bits) values += little(half, 2);
  const std::vector<double> x = load(npy(header("<f2", "(8,)"), values)).to_vector();
  CHECK(x[0] == 1);
  CHECK(x[1] == -2);
  CHECK(x[2] == 65504);
  CHECK(x[3] == std::ldexp(1, -24));
  CHECK(std::signbit(x[4]));
  CHECK(x[5] == 0.333251953125);
  CHECK(x[6] == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(x[7]));
}

TEST_CASE("versions 1 to 3, and headers as others write them, are read") {
  for (const int version : {1, 2, 3})
    CHECK(load(npy(header("<f4", "(2,)"), counting<float>(2), version)).size() == 2);
  CHECK(load(npy("{\"shape\":(1,2),\"fortran_order\":False,\"descr\":\"<f4\"}   \n",
                 counting<float>(2)))
            .shape() == Shape{1, 2});
  CHECK(load(npy("{ 'descr' : '=f8' , 'fortran_order' : False , 'shape' : ( 0 , 3 ) }", ""))
            .shape() == Shape{0, 3});
}

TEST_CASE("values in Fortran's order come in C's") {
  const Tensor x = load(npy(header("<f4", "(2, 3)", true), counting<float>(6)));
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.to_vector() == std::vector<double>{0, 2, 4, 1, 3, 5});
  CHECK(load(npy(header("<f4", "(2,)", true), counting<float>(2))).at(1) == 1);
}

TEST_CASE("what is saved is loaded, bit by bit, and as NumPy writes it") {
  const TemporaryFolder folder;
  const auto path = folder / "x.npy";
  for (const DType dtype : {float32, float64})
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{0, 2}, Shape{1, 2, 3, 1, 2, 1, 1, 2}}) {
      const Tensor x = randn(shape, dtype, {.seed = 1});
      save_npy(path, x);
      const Tensor y = load_npy(path);
      CHECK(y.shape() == shape);
      CHECK(y.dtype() == dtype);
      CHECK(y.to_vector() == x.to_vector());
    }
  save_npy(path, Tensor({{1, 2, 3}, {4, 5, 6}}));
  const std::string start = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  const std::string bytes = read_bytes(path);
  CHECK(bytes.substr(0, 10) == std::string("\x93NUMPY\1\0\x76\0", 10));
  CHECK(bytes.substr(10, 118) == start + std::string(117 - start.size(), ' ') + "\n");
  CHECK(bytes.size() == 128 + 24);
  save_npy(path, Tensor({1, 2, 3}));
  CHECK(read_bytes(path).find("'shape': (3,), }") != std::string::npos);
  CHECK_THROWS_WITH_AS(save_npy(path, Tensor()),
                       (path.string() + ": the tensor must be defined").c_str(), ValueError);
  CHECK(load_npy(path).size() == 3);
}

TEST_CASE("integers are read as such, for labels") {
  const TemporaryFolder folder;
  write_bytes(folder / "a", npy(header("<i8", "(2, 1)"), little(7, 8) + std::string(8, '\xff')));
  CHECK(load_npy_integers(folder / "a") == Indices{{2, 1}, {7, -1}});
  CHECK(refusal_of_integers(npy(header("<f4", "(1,)"), counting<float>(1))) ==
        "FILE: the values must be integers or bools; got floats");
  CHECK(refusal_of_integers(npy(header("<u4", "(2,)"), little(1, 4) + little(1u << 31, 4))) ==
        "FILE: integers must have at most 32 bits; got 2147483648 as value 1");
  CHECK(refusal_of_integers(npy(header("<i2", "(1, 1)", true), "ab")) ==
        "FILE: integers must stand in C order; got Fortran's");
}

TEST_CASE("a file that is not .npy is refused") {
  CHECK(refusal("") == "FILE: the preamble takes 8 bytes; the file holds 0");
  CHECK(refusal("\x93NUMPX\1\0") == "FILE: the preamble takes 8 bytes; the file holds 7");
  CHECK(refusal("not NumPy's") == "FILE: an .npy file must begin with 0x93 NUMPY; got 0x6e 0x6f");
  CHECK(refusal(npy(header("<f4", "()"), "1234", 4)) ==
        "FILE: the version must be 1.0, 2.0 or 3.0; got 4.0");
  CHECK(refusal("\x93NUMPY\x01" + std::string(1, '\0') + "\x10") ==
        "FILE: the header's length takes 2 bytes; the file holds 1");
  CHECK(refusal(npy(header("<f4", "()"), "").substr(0, 30)) ==
        "FILE: the header takes 56 bytes; the file holds 20");
  CHECK(refusal("\x93NUMPY\x02" + std::string(1, '\0') + little(1u << 31, 4)) ==
        "FILE: the header must have at most 65535 bytes; got 2147483648");
}

TEST_CASE("a header that is not what the format demands is refused") {
  const auto refused = [](const std::string& header) { return refusal(npy(header, "1234")); };
  CHECK(refused("") ==
        "FILE: the header must be a dictionary of Python, with { at offset 0; got ''");
  CHECK(refused("{'descr' '<f4'}") ==
        "FILE: the header must be a dictionary of Python, with : at offset 9; got ''<f4'}'");
  CHECK(refused("{'descr") == "FILE: the header must close its quotes; got 'descr'");
  CHECK(refused("{descr: 1}") ==
        "FILE: the header must be a dictionary of Python, with \" at offset 1; got 'descr: 1}'");
  CHECK(refused("{'descr': '<f4', 'fortran_order': False}") ==
        "FILE: the header must have the keys descr, fortran_order and shape; shape is missing");
  CHECK(refused("{'descr': '<f4', 'descr': '<f4'}") ==
        "FILE: the header must have the keys descr, fortran_order and shape, once each; got "
        "'descr'");
  CHECK(refused("{'code': '<f4'}") ==
        "FILE: the header must have the keys descr, fortran_order and shape, once each; got "
        "'code'");
  CHECK(refused(header("<f4", "(1,)") + "x") == "FILE: the header must end after its }; got x");
  CHECK(refused("{'fortran_order': 1}") == "FILE: fortran_order must be True or False; got '1}'");
  for (const std::string shape : {"1", "[1]"})
    CHECK(refused("{'shape': " + shape + "}") ==
          "FILE: the header must be a dictionary of Python, with ( at offset 10; got '" + shape +
              "}'");
  CHECK(refused("{'shape': (1)}") == "FILE: the shape must be a tuple of extents; got a number");
  CHECK(refused("{'shape': (-1,)}") == "FILE: the shape must be a tuple of extents; got '-1,)}'");
  CHECK(refused("{'shape': (1 2)}") == "FILE: the shape must be a tuple of extents; got '2)}'");
  CHECK(refused("{'shape': (99999999999999999999,)}") ==
        "FILE: the shape must be a tuple of extents; got '99999999999999999999'");
  CHECK(refused("{'shape': (1,1,1,1,1,1,1,1,1)}") ==
        "FILE: the shape must have at most 8 axes; got more");
  CHECK(refused("{'descr': [('a', '<f4')]}") ==
        "FILE: the values must be plain numbers; got records of several fields");
  for (const std::string type :
       {"<c8", "|O", "|S4", "<U4", "<M8[s]", "<f3", "<f16", "<i", "f4", "|f4", "<b2", "<f4x", ""})
    CHECK(refused("{'descr': '" + type + "'}") ==
          "FILE: the values must be bool, integers or floats of up to 64 bits; got type '" + type +
              "'");
}

TEST_CASE("an array that the file does not hold is refused, before memory is taken") {
  CHECK(refusal(npy(header("<f4", "(3,)"), counting<float>(2))) ==
        "FILE: the header promises (3,) values of 4 bytes each; the file holds 8 bytes");
  CHECK(refusal(npy(header("<f4", "(1,)"), counting<float>(2))) ==
        "FILE: the header promises (1,) values of 4 bytes each; the file holds 8 bytes");
  CHECK(refusal(npy(header("<f8", "(1000000, 1000000)"), "")) ==
        "FILE: the header promises (1000000, 1000000) values of 8 bytes each; the file holds 0 "
        "bytes");
  CHECK(refusal(npy(header("<f8", "(4294967296, 4294967296)"), "")) ==
        "FILE: the header promises (4294967296, 4294967296) values of 8 bytes each; the file "
        "holds 0 bytes");
  CHECK(refusal(npy(header("<f8", "(0, 4294967296, 4294967296)"), "")) ==
        "FILE: the header promises (0, 4294967296, 4294967296) values of 8 bytes each; the file "
        "holds 0 bytes");
}

TEST_CASE("a 64-bit integer that no float64 is, is refused") {
  const std::uint64_t most = std::uint64_t{1} << 53;
  CHECK(load(npy(header("<i8", "(2,)"), little(most, 8) + little(-most, 8))).at(1) ==
        -9007199254740992.0);
  CHECK(refusal(npy(header("<i8", "(2,)"), little(1, 8) + little(most + 1, 8))) ==
        "FILE: 64-bit integers must be at most 2^53; got 9007199254740993 as value 1");
  CHECK(refusal(npy(header("<i8", "(1,)"), little(-most - 1, 8))) ==
        "FILE: 64-bit integers must be at most 2^53; got -9007199254740993 as value 0");
  CHECK(refusal(npy(header("<u8", "(1,)"), std::string(8, '\xff'))) ==
        "FILE: 64-bit integers must be at most 2^53; got 18446744073709551615 as value 0");
}
