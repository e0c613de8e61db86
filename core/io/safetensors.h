// Named tensors in one file, in the safetensors format.
//
// The file: 8 bytes with the header's length (little-endian), a JSON header that maps each name to
// {dtype, shape, data_offsets} and `__metadata__` to strings, then the raw little-endian values.
// Read here are F32 and F64 (tensors) and I32 (integers, which are no tensors in reel).
// Invariant: a file is refused as a whole before memory is taken for its values; whatever the
// bytes, the outcome is a value or an IoError that names the file, the tensor and the rule.
// Decision: ranges must cover the data without gap or overlap, as the format demands; so the values
// never take more memory than the file has bytes. Source: github.com/huggingface/safetensors.
// Read before: tensor.h. The rules about the header stand in safetensors_header.h.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <reel/core/ops/reduction.h>
#include <reel/core/tensor.h>

namespace reel {

/// What a file holds, by name.
struct Safetensors {
  std::map<std::string, Tensor> tensors = {};
  std::map<std::string, Indices> integers = {};
  std::map<std::string, std::string> metadata = {};
};

/// Reads a whole file. IoError when it cannot be read or is not what the format demands.
Safetensors load_safetensors(const std::filesystem::path& path);

/// Writes a file, which replaces an older one only when it is complete (atomic_file.h). Tensors
/// stand in the given order, those with the larger items first, so that each is aligned. ValueError
/// for an undefined tensor, a name given twice, `__metadata__` as a name, text that is not UTF-8;
/// IoError.
void save_safetensors(const std::filesystem::path& path,
                      const std::vector<std::pair<std::string, Tensor>>& tensors,
                      const std::map<std::string, std::string>& metadata = {});
void save_safetensors(const std::filesystem::path& path, const Safetensors& contents);

}  // namespace reel
