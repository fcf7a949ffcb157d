#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "saddle/base/dual.h"
#include "saddle/base/quadrature.h"
#include "saddle/game/logit_slopes.h"
#include "saddle/objective/objectives.h"

namespace saddle {

/// What the game of two Gaussians is made of.
struct GaussianGame {
  double mean = 0;   ///< of the data
  double sd = 1;     ///< of the data, > 0
  double gamma = 0;  ///< (gamma/2) E_real D'(x)^2: R1
};

/// Data N(mean, sd^2) against a generator N(m, e^(2 s)), judged by D(x) = a + b x + c x^2: the
/// family that holds the optimal discriminator of two Gaussians. z = (m, s; a, b, c). Expectations
/// are quadratures of 120 nodes, 40 x 40 for paired objectives.
class GaussianField {
 public:
  explicit GaussianField(GaussianGame game = {}, objective::ObjectiveConfig objective = {})
      : game_(game),
        objective_(std::move(objective)),
        rule_(gauss_hermite(objective::traits(objective_).paired ? kPairedNodes : kNodes)) {}

  template <Number T>
  void operator()(const std::vector<T>& z, std::vector<T>& v) const {
    using std::exp;
    const T &m = z[0], &b = z[3], &c = z[4];
    const T scale = exp(z[1]);
    for (T& value : v) value = 0.0;
    over_pairs([&](double weight, double n_real, double n_fake) {
      const double real = game_.mean + game_.sd * n_real;
      const T fake = m + scale * n_fake;
      const LogitSlopes<T> slopes = logit_slopes<T>(objective_, logit(z, T(real)), logit(z, fake));
      const T pull = weight * slopes.generator_fake * (b + 2.0 * c * fake);
      v[0] -= pull;
      v[1] -= pull * scale * n_fake;
      const T on_real = weight * slopes.discriminator_real;
      const T on_fake = weight * slopes.discriminator_fake;
      v[2] -= on_real + on_fake;
      v[3] -= on_real * real + on_fake * fake;
      v[4] -= on_real * real * real + on_fake * fake * fake;
    });
    // E (b + 2 c x)^2 over the data, in closed form.
    const double mu = game_.mean, second = mu * mu + game_.sd * game_.sd;
    v[3] -= game_.gamma * (b + 2.0 * c * mu);
    v[4] -= 2.0 * game_.gamma * (b * mu + 2.0 * c * second);
  }

  template <Number T>
  T loss(std::size_t player, const std::vector<T>& z) const {
    using std::exp;
    const T &b = z[3], &c = z[4];
    T value = 0.0;
    over_pairs([&](double weight, double n_real, double n_fake) {
      const LogitLosses<T> losses =
          logit_losses<T>(objective_, logit(z, T(game_.mean + game_.sd * n_real)),
                          logit(z, z[0] + exp(z[1]) * n_fake));
      value += weight * (player == 0 ? losses.generator : losses.discriminator);
    });
    if (player == 0) return value;
    const double mu = game_.mean, second = mu * mu + game_.sd * game_.sd;
    return value + 0.5 * game_.gamma * (b * b + 4.0 * mu * b * c + 4.0 * second * c * c);
  }

 private:
  static constexpr int kNodes = 120;       // reads tails that matter where a scale is off
  static constexpr int kPairedNodes = 40;  // of each, in all pairs

  template <Number T>
  static T logit(const std::vector<T>& z, const T& x) {
    return z[2] + z[3] * x + z[4] * x * x;
  }
  // Calls f(weight, normal number of the real, of the fake).
  template <class F>
  void over_pairs(const F& f) const {
    const bool paired = objective::traits(objective_).paired;
    for (std::size_t i = 0; i < rule_.nodes.size(); ++i) {
      if (!paired) {
        f(rule_.weights[i], rule_.nodes[i], rule_.nodes[i]);
        continue;
      }
      for (std::size_t j = 0; j < rule_.nodes.size(); ++j) {
        f(rule_.weights[i] * rule_.weights[j], rule_.nodes[i], rule_.nodes[j]);
      }
    }
  }

  GaussianGame game_;
  objective::ObjectiveConfig objective_;
  Quadrature rule_;
};

/// The loss of a linear VAE on Gaussian data, one coordinate of the data's eigenbasis after the
/// other: encoder q(h|x) = N(w x, e^s), decoder p(x|h) = N(u h, noise), prior N(0, 1). Both players
/// lower the same negative ELBO; z = (u_1.. ; w_1.., s_1..) (Lucas 2019, arXiv:1911.02469).
struct LinearVaeField {
  std::vector<double> eigenvalues;  ///< of the data's covariance
  double noise = 1;                 ///< variance of the decoder

  template <Number T>
  void operator()(const std::vector<T>& z, std::vector<T>& v) const {
    using std::exp;
    const std::size_t n = eigenvalues.size();
    for (std::size_t i = 0; i < n; ++i) {
      const T &u = z[i], &w = z[n + i];
      const T variance = exp(z[2 * n + i]);
      const double lambda = eigenvalues[i];
      // E |x - u h|^2 = lambda (1 - u w)^2 + u^2 e^s.
      v[i] = (lambda * w * (1.0 - u * w) - u * variance) / noise;
      v[n + i] = lambda * u * (1.0 - u * w) / noise - lambda * w;
      v[2 * n + i] = 0.5 - 0.5 * variance * (1.0 + u * u / noise);
    }
  }
  template <Number T>
  T loss(std::size_t, const std::vector<T>& z) const {
    using std::exp;
    const std::size_t n = eigenvalues.size();
    T value = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      const T &u = z[i], &w = z[n + i], &s = z[2 * n + i];
      const T miss = 1.0 - u * w;
      value += 0.5 * (eigenvalues[i] * miss * miss + u * u * exp(s)) / noise;
      value += 0.5 * (eigenvalues[i] * w * w + exp(s) - s - 1.0);
    }
    return value;
  }
};

}  // namespace saddle
