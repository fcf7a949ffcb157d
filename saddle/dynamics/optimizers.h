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

/// Adafactor (Shazeer, Stern 2018, arXiv:1804.04235), in PyTorch's form: second moments of matrices
/// as a product of row and column means over the last two axes, beta2_t = 1 - t^beta2_decay, steps
/// as a share of the parameter's root mean square.
struct Adafactor {
  static constexpr std::string_view kName = "adafactor";
  static constexpr std::string_view kDoc =
      "second moments by rows and columns: next to no memory; no first moment";
  Schedule lr = 1e-2;
  double beta2_decay = -0.8;
  double eps1 = 1e-7;
  double eps2 = 1e-3;
  double clip = 1;
  bool relative = true;
  double weight_decay = 0;

  void fields(config::Visitor& v) {
    v.field("lr", lr, "learning rate; with relative, the largest share of a parameter that moves",
            config::kNotNegative);
    v.field("beta2_decay", beta2_decay,
            "power of the step t in the decay of second moments, 1 - t^power",
            {.low = -1, .high = 0});
    v.field("eps1", eps1, "smallest root of a second moment", config::kPositive);
    v.field("eps2", eps2, "smallest root mean square that a parameter counts as",
            config::kNotNegative);
    v.field("clip", clip, "largest root mean square of an update before the learning rate",
            config::kPositive);
    v.field("relative", relative,
            "steps are min(lr, 1/sqrt(t)) of the parameter's root mean square; off: lr");
    v.field("weight_decay", weight_decay, "share of lr by which weights shrink each step",
            config::kNotNegative);
  }
  bool operator==(const Adafactor&) const = default;
};

/// The table of optimizers: one struct here, its update in optimizer.cpp.
using OptimizerConfig = std::variant<Adam, Sgd, RmsProp, Adafactor>;

}  // namespace saddle
