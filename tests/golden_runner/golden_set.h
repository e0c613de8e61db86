// A folder with golden cases: what each asks for, and how closely it must be met.
//
// `cases.json` describes the cases and <group>.safetensors holds their tensors; the README beside
// them explains both. A `Case` is one entry; a `Problem` is a case in one dtype, which is all that
// an operation sees: its configuration, its arguments and which gradients are asked for. The
// arguments are exact in float32, so the same numbers serve both dtypes. Read next: operation.h.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <reel/core/io/safetensors.h>

namespace golden {

using Json = nlohmann::json;

/// How far a value may be from its reference r in a tensor whose largest magnitude is m:
/// absolute + of_element |r| + of_largest m.
struct Tolerance {
  double absolute = 0;
  double of_element = 0;
  double of_largest = 0;
};

/// One entry of cases.json, with the file that holds its tensors.
struct Case {
  std::string id, group, op, tier;
  Json config;
  std::map<std::string, std::string> arguments;  ///< inputs and weights: name -> tensor's name
  std::map<std::string, std::string> outputs, gradients;  ///< the references in float64
  std::string cotangent;                                  ///< "" when no gradient is asked for
  std::shared_ptr<const reel::Safetensors> file;
};

struct GoldenSet {
  std::vector<Case> cases;
  Json tolerances;

  /// How closely `quantity` (an output's name, or "" for a gradient) of a case must be met. Our
  /// constraints leave a weight alone that meets its bound, so what stands on them is held to
  /// `exact_projection` in float64.
  Tolerance tolerance(const Case& golden, reel::DType dtype, const std::string& quantity) const;
};

/// Reads a whole folder. reel::IoError or a JSON exception when it is not what its README says.
GoldenSet load_golden_set(const std::filesystem::path& folder);

/// A case in one dtype.
class Problem {
 public:
  Problem(const Case& golden, reel::DType dtype) : case_(golden), dtype_(dtype) {}

  const std::string& op() const { return case_.op; }
  bool is_standard() const { return case_.tier == "standard"; }
  const Json& config() const { return case_.config; }
  reel::DType dtype() const { return dtype_; }

  bool has(const std::string& argument) const { return case_.arguments.contains(argument); }
  /// An argument; each reading gives the same tensor. RuntimeError when the case has none.
  const reel::Tensor& operator[](const std::string& argument) const;
  /// The argument, or no tensor when the case has none.
  reel::Tensor optional(const std::string& argument) const;
  const std::vector<std::int32_t>& integers(const std::string& argument) const;

  /// Names of the arguments whose gradients are asked for.
  std::vector<std::string> wanted() const;
  /// What weighs y in the sum whose gradients are asked for.
  reel::Tensor cotangent() const;

 private:
  reel::Tensor converted(const std::string& tensor) const;

  const Case& case_;
  reel::DType dtype_;
  mutable std::map<std::string, reel::Tensor> arguments_;
};

}  // namespace golden
