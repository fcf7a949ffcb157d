#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "saddle/config/visitor.h"
#include "saddle/dynamics/dynamics.h"
#include "saddle/objective/objectives.h"

namespace saddle::lab {

/// L = x^T A y with `size` singular values from sigma down to sigma / kappa, evenly in logarithm.
struct BilinearToy {
  static constexpr std::string_view kName = "bilinear";
  static constexpr std::string_view kDoc = "x^T A y: pure rotation";
  double sigma = 1;
  double kappa = 1;
  std::int64_t size = 1;

  void fields(config::Visitor& v) {
    v.field("sigma", sigma, "largest singular value of A", config::kPositive);
    v.field("kappa", kappa, "largest singular value over the smallest", {.low = 1});
    v.field("size", size, "numbers of each player", {.low = 1, .high = 100});
  }
  bool operator==(const BilinearToy&) const = default;
};

/// One datum at 0, one generated point theta, D(x) = psi x.
struct DiracToy {
  static constexpr std::string_view kName = "dirac";
  static constexpr std::string_view kDoc = "the Dirac-GAN: a point, a datum and a slope";
  objective::ObjectiveConfig objective;
  double gamma = 0;
  double lambda = 0;
  double noise = 0;
  double clip = 0;

  void fields(config::Visitor& v) {
    v.variant("objective", objective, "what the players want");
    v.field("gamma", gamma, "(gamma/2) psi^2: R1, R2 or their sum", config::kNotNegative);
    v.field("lambda", lambda, "lambda (|psi| - 1)^2: the gradient penalty of Wasserstein GANs",
            config::kNotNegative);
    v.field("noise", noise, "standard deviation of instance noise", config::kNotNegative);
    v.field("clip", clip, "psi stays in [-clip, clip]; 0: free", config::kNotNegative);
  }
  bool operator==(const DiracToy&) const = default;
};

/// L = -(a/2) x^2 + b x y - (c/2) y^2.
struct QuadraticToy {
  static constexpr std::string_view kName = "quadratic";
  static constexpr std::string_view kDoc = "a quadratic value: stable need not mean Nash";
  double a = 1;
  double b = 2;
  double c = 0.5;
  double tau = 1;

  void fields(config::Visitor& v) {
    v.field("a", a, "curvature of x; above 0 the origin is no minimum for x");
    v.field("b", b, "coupling");
    v.field("c", c, "curvature of y");
    v.field("tau", tau, "speed of y over that of x", config::kPositive);
  }
  bool operator==(const QuadraticToy&) const = default;
};

/// L = 2 x^2 + y^2 + 4 x y + (4/3) y^3 - y^4 / 4.
struct QuarticToy {
  static constexpr std::string_view kName = "quartic";
  static constexpr std::string_view kDoc = "two attractors, of which one is no Nash equilibrium";
  void fields(config::Visitor&) {}
  bool operator==(const QuarticToy&) const = default;
};

/// One player on top of a hill: -(k/2) z^2.
struct HilltopToy {
  static constexpr std::string_view kName = "hilltop";
  static constexpr std::string_view kDoc = "one player on a hilltop: what consensus is drawn to";
  double k = 1;

  void fields(config::Visitor& v) { v.field("k", k, "curvature of the hill", config::kPositive); }
  bool operator==(const HilltopToy&) const = default;
};

/// Data N(mean, sd^2), a generator of location and scale, a quadratic logit.
struct GaussianToy {
  static constexpr std::string_view kName = "gaussian";
  static constexpr std::string_view kDoc = "two Gaussians and a logistic discriminator";
  objective::ObjectiveConfig objective;
  double mean = 0;
  double sd = 1;
  double gamma = 0;

  void fields(config::Visitor& v) {
    v.variant("objective", objective, "what the players want");
    v.field("mean", mean, "mean of the data");
    v.field("sd", sd, "standard deviation of the data", config::kPositive);
    v.field("gamma", gamma, "strength of R1", config::kNotNegative);
  }
  bool operator==(const GaussianToy&) const = default;
};

/// Decoder and encoder of a linear VAE, both lowering the same loss.
struct LinearVaeToy {
  static constexpr std::string_view kName = "linear_vae";
  static constexpr std::string_view kDoc = "a linear VAE: coordinates collapse below the noise";
  std::vector<double> eigenvalues{4, 2, 1, 0.5, 0.25};
  double noise = 0.75;

  void fields(config::Visitor& v) {
    v.field("eigenvalues", eigenvalues, "of the data's covariance", config::kPositive);
    v.field("noise", noise, "variance of the decoder", config::kPositive);
  }
  bool operator==(const LinearVaeToy&) const = default;
};

/// The table of toy games.
using ToyConfig = std::variant<BilinearToy, DiracToy, QuadraticToy, QuarticToy, HilltopToy,
                               GaussianToy, LinearVaeToy>;

/// Steps along the field, or Adam on it.
enum class ToyOptimizer { kPlain, kAdam };
inline constexpr std::array<std::string_view, 2> kToyOptimizerWords{"plain", "adam"};

/// A toy game and what moves it.
struct PlayConfig {
  ToyConfig game;
  DynamicsConfig dynamics;
  ToyOptimizer optimizer = ToyOptimizer::kPlain;
  double eta = 0.1;
  double ratio = 1;
  double beta1 = 0;
  double beta2 = 0.99;
  std::int64_t steps = 500;
  std::vector<double> start{};

  void fields(config::Visitor& v) {
    v.variant("game", game, "the game");
    v.variant("dynamics", dynamics, "how the players move");
    v.choice("optimizer", optimizer, kToyOptimizerWords, "plain steps along the field, or Adam");
    v.field("eta", eta, "step size of the first player", {.low = 0, .high = 1e3, .open_low = true});
    v.field("ratio", ratio, "the second player's step size over the first one's",
            {.low = 0, .high = 1e6, .open_low = true});
    v.field("beta1", beta1, "of Adam", {.low = 0, .high = 0.999999});
    v.field("beta2", beta2, "of Adam", {.low = 0, .high = 0.999999});
    v.field("steps", steps, "steps to take", {.low = 1, .high = 10'000'000});
    v.field("start", start, "where all players begin, one after the other; empty: a default");
  }
};

/// What came of it.
struct Played {
  std::vector<std::string> names;         ///< of the numbers of z
  std::vector<std::vector<double>> path;  ///< z at the start and after steps, at most 2001 of them
  std::vector<std::int64_t> at;           ///< the steps of `path`
  std::int64_t steps = 0;                 ///< fewer than asked for when numbers ran away
  std::vector<std::complex<double>> spectrum;  ///< of J at the end
  double speed = 0;                            ///< |v| at the end
  double start_norm = 0, end_norm = 0;         ///< |z|
  bool ran_away = false;                       ///< |z| above 1e12, or NaN
  std::vector<double> shipped;                 ///< z that the dynamics ships, where it has its own
  std::string plot;                            ///< SVG: the path of two numbers, else |z| and |v|
};

/// Plays. Throws Error(kUsage) for a start of the wrong length, Error(kUnsupported) for a dynamics
/// that needs what the game lacks.
Played play(const PlayConfig& config);

}  // namespace saddle::lab
