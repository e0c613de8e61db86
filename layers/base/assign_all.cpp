#include <reel/layers/base/assign_all.h>

#include <reel/core/inspect/error_path.h>

namespace reel::detail {

void check_all(const std::string& owner, const std::vector<Variable>& variables,
               const std::vector<Tensor>& values) {
  if (values.size() != variables.size())
    throw_at<ValueError>(owner, "there must be {} weights; got {}", variables.size(),
                         values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Variable& variable = variables[i];
    if (values[i].shape() != variable.shape())
      throw_at<ValueError>(owner, "weight {} must have shape {}; got {}", variable.name(),
                           variable.shape(), values[i].shape());
    if (values[i].dtype() != variable.dtype())
      throw_at<TypeError>(owner, "weight {} must be {}; got {}", variable.name(), variable.dtype(),
                          values[i].dtype());
  }
}

void assign_all(const std::string& owner, const std::vector<Variable>& variables,
                const std::vector<Tensor>& values) {
  check_all(owner, variables, values);
  for (std::size_t i = 0; i < values.size(); ++i) variables[i].assign(values[i]);
}

}  // namespace reel::detail
