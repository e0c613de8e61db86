#include "golden_set.h"

#include <fstream>

#include <reel/core/error.h>

namespace golden {
namespace {

namespace fs = std::filesystem;
using reel::IoError;
using reel::Tensor;

using Names = std::map<std::string, std::string>;

Case parse_case(const Json& json) {
  Case golden;
  golden.id = json.at("id");
  golden.group = json.at("group");
  golden.op = json.at("op");
  golden.tier = json.at("tier");
  golden.config = json.at("config");
  golden.arguments = json.at("inputs").get<Names>();
  golden.arguments.merge(json.at("weights").get<Names>());
  const Json& expected = json.at("expected").at("f64");
  golden.outputs = expected.at("outputs").get<Names>();
  golden.gradients = expected.value("gradients", Names{});
  golden.cotangent = json.at("cotangents").value("y", "");
  return golden;
}

const Tensor& find(const Case& golden, const std::string& name) {
  const auto found = golden.file->tensors.find(name);
  if (found == golden.file->tensors.end())
    throw IoError("{}: the file of its group must hold '{}'", golden.id, name);
  return found->second;
}

}  // namespace

GoldenSet load_golden_set(const fs::path& folder) {
  const fs::path path = folder / "cases.json";
  std::ifstream stream(path);
  if (!stream) throw IoError("{}: the file must be readable", path.string());
  const Json json = Json::parse(stream);
  if (json.at("schema_version") != 1)
    throw IoError("{}: schema_version must be 1; got {}", path.string(),
                  json.at("schema_version").dump());
  GoldenSet set{{}, json.at("tolerances")};
  std::map<std::string, std::shared_ptr<const reel::Safetensors>> files;
  for (const Json& entry : json.at("cases")) {
    const std::string name = entry.at("file");
    auto& file = files[name];
    if (!file)
      file = std::make_shared<const reel::Safetensors>(reel::load_safetensors(folder / name));
    set.cases.push_back(parse_case(entry));
    set.cases.back().file = file;
  }
  if (set.cases.size() != json.at("case_count").get<std::size_t>())
    throw IoError("{}: case_count must be the number of cases; got {} and {}", path.string(),
                  json.at("case_count").dump(), set.cases.size());
  return set;
}

Tolerance GoldenSet::tolerance(const Case& golden, reel::DType dtype,
                               const std::string& quantity) const {
  const std::string& group = golden.group;
  const std::string precision = dtype == reel::float32 ? "f32" : "f64";
  const Json& elementwise = tolerances.at("elementwise").at("groups");
  const Json& exact = tolerances.at("exact_projection");
  Json table = tolerances.at("default");
  if (std::find(elementwise.begin(), elementwise.end(), group) != elementwise.end())
    table = tolerances.at("elementwise");
  else if (tolerances.contains(group))
    table = tolerances.at(group);
  if (exact.contains(group) && exact.at(group).contains(precision)) table = exact.at(group);
  const Json& row = table.at(precision);

  if (row.contains("loss_atol") && quantity.starts_with("loss")) return {row.at("loss_atol"), 0, 0};
  Tolerance tolerance{row.at("atol"), row.value("rtol", 0.0), row.value("rtol_of_tensor_max", 0.0)};
  const std::string slot = quantity.substr(quantity.find('_') + 1);
  for (const Json& name : golden.config.value("slots", Json::array()))
    if (name == slot)
      tolerance.of_largest = row.value("slot_rtol_of_tensor_max", tolerance.of_largest);
  return tolerance;
}

const Tensor& Problem::operator[](const std::string& argument) const {
  const auto found = arguments_.find(argument);
  if (found != arguments_.end()) return found->second;
  if (!has(argument)) throw reel::RuntimeError("the case must have an argument '{}'", argument);
  return arguments_[argument] = converted(case_.arguments.at(argument));
}

Tensor Problem::optional(const std::string& argument) const {
  return has(argument) ? (*this)[argument] : Tensor();
}

const std::vector<std::int32_t>& Problem::integers(const std::string& argument) const {
  const auto found = case_.file->integers.find(case_.arguments.at(argument));
  if (found == case_.file->integers.end())
    throw IoError("{}: the file of its group must hold integers '{}'", case_.id, argument);
  return found->second.values;
}

std::vector<std::string> Problem::wanted() const {
  std::vector<std::string> names;
  for (const auto& [name, reference] : case_.gradients) names.push_back(name);
  return names;
}

Tensor Problem::cotangent() const { return converted(case_.cotangent); }

Tensor Problem::converted(const std::string& name) const {
  const Tensor& stored = find(case_, name);
  const std::vector<double> values = stored.to_vector();
  if (dtype_ == reel::float64) return Tensor(values, stored.shape());
  return Tensor(std::vector<float>(values.begin(), values.end()), stored.shape());
}

}  // namespace golden
