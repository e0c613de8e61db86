// OptimizerOf: what an optimizer of the library has because it was made with options.
//
// The library's optimizers derive from OptimizerOf<Self, Options> and get the config in both
// directions; their sources name the fields that are their own once (`visit_own_fields`) and end
// with an instantiation of this class. Their updates are single passes (one_pass.h) that decay
// weights on the way and cannot fail half way; a class derived from one of them is taken for a
// user's. Price: the members are defined for the library alone (optimizer_of_members.h); an
// optimizer of one's own derives from Optimizer. Read before: optimizer.h. Read next: sgd.h.
#pragma once

#include <typeinfo>

#include <reel/optim/optimizer.h>

namespace reel {

template <class Self, class OptionsOfSelf>
class OptimizerOf : public Optimizer {
 public:
  using Options = OptionsOfSelf;

  /// The optimizer that a config describes; `lr` may stand for `learning_rate`. TypeError for an
  /// entry that is no option.
  static Self from_config(const Config& config);

  Config get_config() const override;

 protected:
  explicit OptimizerOf(const Options& options)
      : Optimizer(optimizer_options(options)), options_(options) {}

  bool update_may_throw() const override { return typeid(*this) != typeid(Self); }
  bool update_decays_weights() const override { return true; }

  Options options_;  // what is the optimizer's own, as it is now; what all share is Optimizer's
};

}  // namespace reel
