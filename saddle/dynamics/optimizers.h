#pragma once

#include <string_view>
#include <variant>

#include "saddle/base/schedule.h"
#include "saddle/config/visitor.h"

namespace saddle {

/// Adam (Kingma 2015, arXiv:1412.6980), bias-corrected, eps outside the root.
struct Adam {
  static constexpr std::string_view kName = "adam";
  static constexpr std::string_view kDoc = "Adam; beta1 = 0 suits adversarial games";
  Schedule lr = 1e-3;
  Schedule beta1 = 0.0;
  Schedule beta2 = 0.99;
  double eps = 1e-8;
  double weight_decay = 0;

  void fields(config::Visitor& v) {
    v.field("lr", lr, "learning rate", config::kNotNegative);
    v.field("beta1", beta1, "decay of the first moment", {.low = 0, .high = 0.999999});
    v.field("beta2", beta2, "decay of the second moment", {.low = 0, .high = 0.999999});
    v.field("eps", eps, "added to the root of the second moment", config::kNotNegative);
    v.field("weight_decay", weight_decay, "L2 term added to the gradient", config::kNotNegative);
  }
  bool operator==(const Adam&) const = default;
};

/// Gradient descent with momentum m <- mu m + g, w <- w - lr m; mu may be negative.
struct Sgd {
  static constexpr std::string_view kName = "sgd";
  static constexpr std::string_view kDoc = "gradient descent, momentum may be negative";
  Schedule lr = 1e-2;
  double momentum = 0;
  double weight_decay = 0;

  void fields(config::Visitor& v) {
    v.field("lr", lr, "learning rate", config::kNotNegative);
    v.field("momentum", momentum, "share of the last move that is kept",
            {.low = -0.999, .high = 0.999});
    v.field("weight_decay", weight_decay, "L2 term added to the gradient", config::kNotNegative);
  }
  bool operator==(const Sgd&) const = default;
};

/// RMSprop (Tieleman 2012): v <- alpha v + (1 - alpha) g^2, w <- w - lr g / (sqrt v + eps).
struct RmsProp {
  static constexpr std::string_view kName = "rmsprop";
  static constexpr std::string_view kDoc = "gradient over its running root mean square";
  Schedule lr = 5e-5;
  double alpha = 0.99;
  double eps = 1e-8;

  void fields(config::Visitor& v) {
    v.field("lr", lr, "learning rate", config::kNotNegative);
    v.field("alpha", alpha, "decay of the mean square", {.low = 0, .high = 0.999999});
    v.field("eps", eps, "added to the root of the mean square", config::kNotNegative);
  }
  bool operator==(const RmsProp&) const = default;
};

/// The table of optimizers: one struct here, its update in optimizer.cpp.
using OptimizerConfig = std::variant<Adam, Sgd, RmsProp>;

}  // namespace saddle
