#pragma once

#include <cmath>
#include <optional>
#include <string_view>
#include <variant>

#include "saddle/config/visitor.h"

namespace saddle::objective {

/// What an objective promises and needs; signals and augmentations ask before they act.
struct Traits {
  bool anchored = true;                  ///< the sign of a logit means something
  bool reals_in_generator_step = false;  ///< the generator's loss needs logits of fresh reals
  bool paired = false;                   ///< row i of the reals belongs to row i of the fakes
  bool needs_features = false;           ///< needs Scores::features
  bool operator==(const Traits&) const = default;
};

/// Losses when the two distributions are equal and D plays its best; none where only differences
/// mean something.
struct Equilibrium {
  std::optional<double> discriminator;
  std::optional<double> generator;
};

inline constexpr double kLog2 = 0.693147180559945309417;

/// E sp(-r) + E sp(f); the generator minimises -E sp(f) (Goodfellow 2014, arXiv:1406.2661).
struct Saturating {
  static constexpr std::string_view kName = "saturating";
  static constexpr std::string_view kDoc = "the minimax game; its generator gradient fades early";
  static constexpr Traits kTraits{};
  void fields(config::Visitor&) {}
  Equilibrium equilibrium() const { return {2 * kLog2, -kLog2}; }
  bool operator==(const Saturating&) const = default;
};

/// E[sp(r) - a r] + E[sp(f) - b f] with labels a (real) and b (fake); the generator: E sp(-f).
struct NonSaturating {
  static constexpr std::string_view kName = "non_saturating";
  static constexpr std::string_view kDoc = "logistic loss with the generator's own target";
  static constexpr Traits kTraits{};

  double real_label = 1;
  double fake_label = 0;

  void fields(config::Visitor& v) {
    v.field("real_label", real_label, "target probability of reals; 0.9 smooths",
            {.low = 0, .high = 1});
    v.field("fake_label", fake_label,
            "target probability of fakes; above 0 rewards staying where only fakes live",
            {.low = 0, .high = 1});
  }
  /// D = (a + b) / 2 where both densities are equal.
  Equilibrium equilibrium() const {
    const double p = (real_label + fake_label) / 2;
    if (p <= 0 || p >= 1) return {};
    return {-2 * (p * std::log(p) + (1 - p) * std::log1p(-p)), -std::log(p)};
  }
  bool operator==(const NonSaturating&) const = default;
};

/// .5 E(r-1)^2 + .5 E f^2; the generator: .5 E(f-1)^2 (Mao 2017, arXiv:1611.04076).
struct LeastSquares {
  static constexpr std::string_view kName = "lsgan";
  static constexpr std::string_view kDoc = "least squares with targets 1 and 0";
  static constexpr Traits kTraits{};
  void fields(config::Visitor&) {}
  Equilibrium equilibrium() const { return {0.25, 0.125}; }
  bool operator==(const LeastSquares&) const = default;
};

/// E relu(1-r) + E relu(1+f); the generator: -E f (Lim 2017, arXiv:1705.02894).
struct Hinge {
  static constexpr std::string_view kName = "hinge";
  static constexpr std::string_view kDoc =
      "margin loss; samples beyond the margin have no gradient";
  static constexpr Traits kTraits{};
  void fields(config::Visitor&) {}
  Equilibrium equilibrium() const { return {2.0, 0.0}; }
  bool operator==(const Hinge&) const = default;
};

/// E f - E r; the generator: -E f (Arjovsky 2017, arXiv:1701.07875). Needs a Lipschitz device.
struct Wasserstein {
  static constexpr std::string_view kName = "wasserstein";
  static constexpr std::string_view kDoc = "difference of means; wants wgan_gp or weight_clip";
  static constexpr Traits kTraits{.anchored = false};
  void fields(config::Visitor&) {}
  Equilibrium equilibrium() const { return {0.0, std::nullopt}; }
  bool operator==(const Wasserstein&) const = default;
};

/// E sp(-(r_i - f_i)); the generator: E sp(-(f_i - r_i)) with fresh reals (Jolicoeur-Martineau
/// 2018, arXiv:1807.00734; Huang 2024, arXiv:2501.05441).
struct PairedRelativistic {
  static constexpr std::string_view kName = "rpgan";
  static constexpr std::string_view kDoc = "relativistic pairs: each fake against one real";
  static constexpr Traits kTraits{
      .anchored = false, .reals_in_generator_step = true, .paired = true};
  void fields(config::Visitor&) {}
  Equilibrium equilibrium() const { return {kLog2, kLog2}; }
  bool operator==(const PairedRelativistic&) const = default;
};

/// The table of objectives: one struct here, its two functions in objective.cpp.
using ObjectiveConfig =
    std::variant<NonSaturating, Saturating, LeastSquares, Hinge, Wasserstein, PairedRelativistic>;

inline Traits traits(const ObjectiveConfig& config) {
  return std::visit([](const auto& row) { return row.kTraits; }, config);
}
inline std::string_view name(const ObjectiveConfig& config) {
  return std::visit([](const auto& row) { return row.kName; }, config);
}
inline Equilibrium equilibrium(const ObjectiveConfig& config) {
  return std::visit([](const auto& row) { return row.equilibrium(); }, config);
}

}  // namespace saddle::objective
