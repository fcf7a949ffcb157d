#pragma once

#include <optional>
#include <string_view>
#include <tuple>

#include "saddle/base/schedule.h"
#include "saddle/config/visitor.h"

namespace saddle::objective {

/// (gamma/2) E_real |grad_x D|^2 (Mescheder 2018, arXiv:1801.04406).
struct R1 {
  static constexpr std::string_view kName = "r1";
  static constexpr std::string_view kDoc = "squared input gradient of D at reals";
  Schedule gamma = 1.0;
  void fields(config::Visitor& v) {
    v.field("gamma", gamma, "weight in the form (gamma/2) |grad|^2", config::kNotNegative);
  }
  bool operator==(const R1&) const = default;
};

/// (gamma/2) E_fake |grad_x D|^2.
struct R2 {
  static constexpr std::string_view kName = "r2";
  static constexpr std::string_view kDoc = "squared input gradient of D at fakes";
  Schedule gamma = 1.0;
  void fields(config::Visitor& v) {
    v.field("gamma", gamma, "weight in the form (gamma/2) |grad|^2", config::kNotNegative);
  }
  bool operator==(const R2&) const = default;
};

/// lambda E (|grad_x D| - 1)^2 between reals and fakes (Gulrajani 2017, arXiv:1704.00028).
struct WganGp {
  static constexpr std::string_view kName = "wgan_gp";
  static constexpr std::string_view kDoc = "pulls the slope of D to 1 between reals and fakes";
  Schedule lambda = 10.0;
  bool one_sided = false;
  void fields(config::Visitor& v) {
    v.field("lambda", lambda, "weight of the squared distance of the slope from 1",
            config::kNotNegative);
    v.field("one_sided", one_sided, "punish slopes above 1 only");
  }
  bool operator==(const WganGp&) const = default;
};

/// w <- clamp(w, -c, c) for every parameter of D after each of its steps (arXiv:1701.07875).
struct WeightClip {
  static constexpr std::string_view kName = "weight_clip";
  static constexpr std::string_view kDoc = "all parameters of D stay in [-c, c]";
  double c = 0.01;
  void fields(config::Visitor& v) {
    v.field("c", c, "largest absolute value of a parameter", config::kPositive);
  }
  bool operator==(const WeightClip&) const = default;
};

/// The table of penalties and projections: each is on when its table is present.
using PenaltyConfig = std::tuple<std::optional<R1>, std::optional<R2>, std::optional<WganGp>,
                                 std::optional<WeightClip>>;

/// The row of a penalty config: `row<R1>(config)`.
template <class Row>
const std::optional<Row>& row(const PenaltyConfig& config) {
  return std::get<std::optional<Row>>(config);
}

}  // namespace saddle::objective
