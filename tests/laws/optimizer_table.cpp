#include "optimizer_table.h"

#include <algorithm>
#include <cmath>

#include <reel/optim/optimizers.h>
#include <reel/optim/tf1/tf1_optimizers.h>

namespace reel::test {
namespace {

using Step = std::function<void(NaiveWeight&)>;

template <class O, class Options>
OptimizerCase row(const std::string& name, const Options& options, std::vector<std::string> slots,
                  std::vector<double> first, Step step) {
  return {name, [options] { return std::make_unique<O>(options); }, std::move(slots),
          std::move(first), std::move(step)};
}

// The weight decays before its update.
OptimizerCase decaying(OptimizerCase row, double weight_decay) {
  row.step = [step = row.step, weight_decay](NaiveWeight& k) {
    k.w *= 1 - k.rate * weight_decay;
    step(k);
  };
  row.weight_decay = weight_decay;
  return row;
}

OptimizerCase v1(OptimizerCase row) {
  row.has_from_config = false;
  return row;
}

Step adam_step(double b1, double b2, double epsilon, bool amsgrad) {
  return [=](NaiveWeight& k) {
    k.s[0] = b1 * k.s[0] + (1 - b1) * k.g;
    k.s[1] = b2 * k.s[1] + (1 - b2) * k.g * k.g;
    if (amsgrad) k.s[2] = std::max(k.s[2], k.s[1]);
    const double rate = k.rate * std::sqrt(1 - std::pow(b2, k.t)) / (1 - std::pow(b1, k.t));
    k.w -= rate * k.s[0] / (std::sqrt(k.s[amsgrad ? 2 : 1]) + epsilon);
  };
}

Step rmsprop_step(double rho, double epsilon, bool centered) {
  return [=](NaiveWeight& k) {
    k.s[0] = rho * k.s[0] + (1 - rho) * k.g * k.g;
    double q = k.s[0];
    if (centered) {
      k.s[1] = rho * k.s[1] + (1 - rho) * k.g;
      q -= k.s[1] * k.s[1];
    }
    k.w -= k.rate * k.g / (std::sqrt(q) + epsilon);
  };
}

Step rmsprop_momentum_step(double rho, double momentum, double epsilon, bool centered) {
  return [=](NaiveWeight& k) {
    k.s[0] = rho * k.s[0] + (1 - rho) * k.g * k.g;
    double q = k.s[0];
    if (centered) {
      k.s[2] = rho * k.s[2] + (1 - rho) * k.g;
      q -= k.s[2] * k.s[2];
    }
    k.s[1] = momentum * k.s[1] + k.rate * k.g / std::sqrt(q + epsilon);
    k.w -= k.s[1];
  };
}

Step ftrl_step(double power, double l1, double l2, double shrinkage, double beta) {
  return [=](NaiveWeight& k) {
    const double n = k.s[0] + k.g * k.g;
    const double sigma = (std::pow(n, -power) - std::pow(k.s[0], -power)) / k.rate;
    k.s[1] += k.g + 2 * shrinkage * k.w - sigma * k.w;
    k.s[0] = n;
    const double z = k.s[1], q = std::pow(n, -power) / k.rate + 2 * (l2 + beta / (2 * k.rate));
    k.w = std::abs(z) > l1 ? ((z > 0 ? l1 : -l1) - z) / q : 0;
  };
}

void nadam_step(NaiveWeight& k) {
  const auto mu = [](double t) { return 0.9 * (1 - 0.5 * std::pow(0.96, 0.004 * t)); };
  k.s[2] *= mu(k.t);
  k.s[0] = 0.9 * k.s[0] + 0.1 * k.g;
  k.s[1] = 0.999 * k.s[1] + 0.001 * k.g * k.g;
  const double g = k.g / (1 - k.s[2]), m = k.s[0] / (1 - k.s[2] * mu(k.t + 1));
  const double v = k.s[1] / (1 - std::pow(0.999, k.t));
  k.w -= k.rate * ((1 - mu(k.t)) * g + mu(k.t + 1) * m) / (std::sqrt(v) + 1e-7);
}

void adamax_step(NaiveWeight& k) {
  k.s[0] = 0.9 * k.s[0] + 0.1 * k.g;
  k.s[1] = std::max(0.999 * k.s[1], std::abs(k.g));
  k.w -= k.rate / (1 - std::pow(0.9, k.t)) * k.s[0] / (k.s[1] + 1e-7);
}

void adadelta_step(NaiveWeight& k) {
  k.s[0] = 0.95 * k.s[0] + 0.05 * k.g * k.g;
  const double u = std::sqrt(k.s[1] + 1e-7) / std::sqrt(k.s[0] + 1e-7) * k.g;
  k.s[1] = 0.95 * k.s[1] + 0.05 * u * u;
  k.w -= k.rate * u;
}

Step adagrad_step(double epsilon) {
  return [=](NaiveWeight& k) {
    k.s[0] += k.g * k.g;
    k.w -= k.rate * k.g / (std::sqrt(k.s[0]) + epsilon);
  };
}

Step velocity_step(double momentum, bool nesterov) {
  return [=](NaiveWeight& k) {
    k.s[0] = momentum * k.s[0] - k.rate * k.g;
    k.w += nesterov ? momentum * k.s[0] - k.rate * k.g : k.s[0];
  };
}

Step momentum_step(double momentum, bool nesterov) {
  return [=](NaiveWeight& k) {
    k.s[0] = momentum * k.s[0] + k.g;
    k.w -= k.rate * (nesterov ? k.g + momentum * k.s[0] : k.s[0]);
  };
}

void plain_step(NaiveWeight& k) { k.w -= k.rate * k.g; }

std::vector<OptimizerCase> make_table() {
  using Strings = std::vector<std::string>;
  const Strings moments{"m", "v"};
  const AdamWOptions decays{.learning_rate = 0.1, .weight_decay = 0.3};
  AdamWOptions decays_amsgrad = decays;
  decays_amsgrad.amsgrad = true;
  return {
      row<SGD>("SGD", SGDOptions{.learning_rate = 0.1}, {}, {}, plain_step),
      row<SGD>("SGD, momentum", SGDOptions{.learning_rate = 0.1, .momentum = 0.9}, {"momentum"},
               {0}, velocity_step(0.9, false)),
      row<SGD>("SGD, nesterov", SGDOptions{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true},
               {"momentum"}, {0}, velocity_step(0.9, true)),
      row<Adam>("Adam", AdamOptions{.learning_rate = 0.1}, moments, {0, 0},
                adam_step(0.9, 0.999, 1e-7, false)),
      row<Adam>(
          "Adam, amsgrad",
          AdamOptions{
              .learning_rate = 0.1, .beta_1 = 0.5, .beta_2 = 0.6, .epsilon = 0.01, .amsgrad = true},
          {"m", "v", "vhat"}, {0, 0, 0}, adam_step(0.5, 0.6, 0.01, true)),
      decaying(row<AdamW>("AdamW", decays, moments, {0, 0}, adam_step(0.9, 0.999, 1e-7, false)),
               0.3),
      decaying(row<AdamW>("AdamW, amsgrad", decays_amsgrad, {"m", "v", "vhat"}, {0, 0, 0},
                          adam_step(0.9, 0.999, 1e-7, true)),
               0.3),
      row<RMSprop>("RMSprop", RMSpropOptions{.learning_rate = 0.1}, {"rms"}, {0},
                   rmsprop_step(0.9, 1e-7, false)),
      row<RMSprop>("RMSprop, centered",
                   RMSpropOptions{.learning_rate = 0.1, .epsilon = 0.01, .centered = true},
                   {"rms", "mg"}, {0, 0}, rmsprop_step(0.9, 0.01, true)),
      row<RMSprop>("RMSprop, momentum",
                   RMSpropOptions{.learning_rate = 0.1, .rho = 0.8, .momentum = 0.7},
                   {"rms", "momentum"}, {0, 0}, rmsprop_momentum_step(0.8, 0.7, 1e-7, false)),
      row<RMSprop>(
          "RMSprop, centered, momentum",
          RMSpropOptions{.learning_rate = 0.1, .momentum = 0.7, .epsilon = 0.01, .centered = true},
          {"rms", "momentum", "mg"}, {0, 0, 0}, rmsprop_momentum_step(0.9, 0.7, 0.01, true)),
      row<Adagrad>("Adagrad", AdagradOptions{.learning_rate = 0.1}, {"accumulator"}, {0.1},
                   adagrad_step(1e-7)),
      row<Adadelta>("Adadelta", AdadeltaOptions{.learning_rate = 1}, {"accum_grad", "accum_var"},
                    {0, 0}, adadelta_step),
      row<Adamax>("Adamax", AdamaxOptions{.learning_rate = 0.1}, moments, {0, 0}, adamax_step),
      row<Nadam>("Nadam", NadamOptions{.learning_rate = 0.1}, moments, {0, 0, 1}, nadam_step),
      row<Ftrl>("Ftrl", FtrlOptions{.learning_rate = 0.1}, {"accumulator", "linear"}, {0.1, 0},
                ftrl_step(-0.5, 0, 0, 0, 0)),
      row<Ftrl>("Ftrl, all of it",
                FtrlOptions{.learning_rate = 0.1,
                            .learning_rate_power = -0.4,
                            .initial_accumulator_value = 0.2,
                            .l1_regularization_strength = 0.3,
                            .l2_regularization_strength = 0.2,
                            .l2_shrinkage_regularization_strength = 0.1,
                            .beta = 0.5},
                {"accumulator", "linear"}, {0.2, 0}, ftrl_step(-0.4, 0.3, 0.2, 0.1, 0.5)),
      v1(row<tf1::GradientDescentOptimizer>("v1 GradientDescent",
                                            tf1::GradientDescentOptions{.learning_rate = 0.1}, {},
                                            {}, plain_step)),
      v1(row<tf1::MomentumOptimizer>("v1 Momentum",
                                     tf1::MomentumOptions{.learning_rate = 0.1, .momentum = 0.9},
                                     {"momentum"}, {0}, momentum_step(0.9, false))),
      v1(row<tf1::MomentumOptimizer>(
          "v1 Momentum, nesterov",
          tf1::MomentumOptions{.learning_rate = 0.1, .momentum = 0.9, .use_nesterov = true},
          {"momentum"}, {0}, momentum_step(0.9, true))),
      v1(row<tf1::AdamOptimizer>("v1 Adam", tf1::AdamOptimizerOptions{.learning_rate = 0.1},
                                 moments, {0, 0}, adam_step(0.9, 0.999, 1e-8, false))),
      v1(row<tf1::RMSPropOptimizer>(
          "v1 RMSProp", tf1::RMSPropOptimizerOptions{.learning_rate = 0.1, .momentum = 0.5},
          {"rms", "momentum"}, {1, 0}, rmsprop_momentum_step(0.9, 0.5, 1e-10, false))),
      v1(row<tf1::RMSPropOptimizer>(
          "v1 RMSProp, centered",
          tf1::RMSPropOptimizerOptions{.learning_rate = 0.1, .centered = true},
          {"rms", "momentum", "mg"}, {1, 0, 0}, rmsprop_momentum_step(0.9, 0, 1e-10, true))),
      v1(row<tf1::AdagradOptimizer>("v1 Adagrad",
                                    tf1::AdagradOptimizerOptions{.learning_rate = 0.1},
                                    {"accumulator"}, {0.1}, adagrad_step(0))),
  };
}

}  // namespace

const std::vector<OptimizerCase>& optimizer_table() {
  static const auto& table = *new const std::vector<OptimizerCase>(make_table());
  return table;
}

}  // namespace reel::test
