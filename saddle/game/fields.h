#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include "saddle/base/dual.h"
#include "saddle/base/quadrature.h"
#include "saddle/game/logit_slopes.h"
#include "saddle/objective/objectives.h"

namespace saddle {

/// The field of a game in closed form: writes v(z), where every player adds a step times its part
/// of v, so v = (-grad_x loss_x, -grad_y loss_y). `v` has the size of z already. Written over the
/// number type, so that duals give exact Jacobians. One that is affine says so by
/// `static constexpr bool kAffine = true`.
template <class F>
concept Field = requires(const F& field, const std::vector<double>& z, std::vector<double>& v,
                         const std::vector<Dual<double>>& dual_z,
                         std::vector<Dual<double>>& dual_v) {
  { field(z, v) } -> std::same_as<void>;
  { field(dual_z, dual_v) } -> std::same_as<void>;
};

/// A field that knows the losses it comes from, each up to a constant. What follows one player's
/// loss through the other player asks for it.
template <class F>
concept FieldWithLoss = Field<F> &&
    requires(const F& field, std::size_t player, const std::vector<Dual<double>>& z) {
  { field.loss(player, z) } -> std::same_as<Dual<double>>;
};

/// L = x^T A y, minimised by x [rows] and maximised by y [columns]; z = (x, y).
struct BilinearField {
  static constexpr bool kAffine = true;
  std::vector<double> matrix;  ///< row-major
  std::size_t rows = 1;
  std::size_t columns = 1;

  /// The game L = sigma x y.
  static BilinearField scalar(double sigma) { return {{sigma}, 1, 1}; }

  template <Number T>
  void operator()(const std::vector<T>& z, std::vector<T>& v) const {
    for (std::size_t j = 0; j < columns; ++j) v[rows + j] = 0.0;
    for (std::size_t i = 0; i < rows; ++i) {
      T sum = 0.0;
      for (std::size_t j = 0; j < columns; ++j) {
        const double a = matrix[i * columns + j];
        sum += a * z[rows + j];
        v[rows + j] += a * z[i];
      }
      v[i] = -sum;
    }
  }
  template <Number T>
  T loss(std::size_t player, const std::vector<T>& z) const {
    T value = 0.0;
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j)
        value += matrix[i * columns + j] * z[i] * z[rows + j];
    }
    return player == 0 ? value : -value;
  }
};

/// L = -(a/2) x^2 + b x y - (c/2) y^2, minimised by x and maximised by y; v = (a x - b y, b x - c
/// y). With a > 0 the origin is no Nash equilibrium, yet simultaneous descent may settle there.
struct QuadraticField {
  static constexpr bool kAffine = true;
  double a = 1, b = 2, c = 0.5;
  double tau = 1;  ///< the second player's speed over the first one's

  template <Number T>
  void operator()(const std::vector<T>& z, std::vector<T>& v) const {
    v[0] = a * z[0] - b * z[1];
    v[1] = tau * (b * z[0] - c * z[1]);
  }
  template <Number T>
  T loss(std::size_t player, const std::vector<T>& z) const {
    const T value = -0.5 * a * z[0] * z[0] + b * z[0] * z[1] - 0.5 * c * z[1] * z[1];
    return player == 0 ? value : -tau * value;
  }
};

/// L = 2 x^2 + y^2 + 4 x y + (4/3) y^3 - y^4 / 4: a stable point at the origin that is no Nash
/// equilibrium beside one that is (Mazumdar 2019, arXiv:1901.00838).
struct QuarticField {
  template <Number T>
  void operator()(const std::vector<T>& z, std::vector<T>& v) const {
    const T &x = z[0], &y = z[1];
    v[0] = -(4.0 * x + 4.0 * y);
    v[1] = 2.0 * y + 4.0 * x + 4.0 * y * y - y * y * y;
  }
  template <Number T>
  T loss(std::size_t player, const std::vector<T>& z) const {
    const T &x = z[0], &y = z[1];
    const T value =
        2.0 * x * x + y * y + 4.0 * x * y + (4.0 / 3) * y * y * y - 0.25 * y * y * y * y;
    return player == 0 ? value : -value;
  }
};

/// One player minimises -(k/2) z^2, so v = k z: its only stationary point is the worst one.
struct HilltopField {
  static constexpr bool kAffine = true;
  double k = 1;

  template <Number T>
  void operator()(const std::vector<T>& z, std::vector<T>& v) const {
    v[0] = k * z[0];
  }
  template <Number T>
  T loss(std::size_t, const std::vector<T>& z) const {
    return -0.5 * k * z[0] * z[0];
  }
};

/// Strengths of the penalties on the slope psi of a Dirac discriminator; 0: off.
struct DiracPenalty {
  double gamma = 0;   ///< (gamma/2) psi^2: R1, R2 or their sum
  double lambda = 0;  ///< lambda (|psi| - 1)^2: WGAN-GP
};

/// The Dirac-GAN: one datum at 0, one generated point theta, D(x) = psi x with a large D meaning
/// "real"; z = (theta, psi) (Mescheder 2018, arXiv:1801.04406). With noise, datum and generated
/// point are each blurred by independent normal noise before D sees them.
class DiracField {
 public:
  explicit DiracField(objective::ObjectiveConfig objective = {}, DiracPenalty penalty = {},
                      double noise = 0)
      : objective_(std::move(objective)), penalty_(penalty), noise_(noise) {
    if (noise_ > 0) rule_ = gauss_hermite(kNoiseNodes);
  }

  template <Number T>
  void operator()(const std::vector<T>& z, std::vector<T>& v) const {
    const T &theta = z[0], &psi = z[1];
    v[0] = 0.0;
    v[1] = 0.0;
    over_noise([&](double weight, double real_shift, double fake_shift) {
      const T fake_point = theta + fake_shift;
      const LogitSlopes<T> slopes = logit_slopes<T>(objective_, psi * real_shift, psi * fake_point);
      v[0] -= weight * slopes.generator_fake * psi;
      v[1] -= weight *
              (slopes.discriminator_real * real_shift + slopes.discriminator_fake * fake_point);
    });
    v[1] -= penalty_.gamma * psi;
    // The slope of |psi| at 0 is taken as 0.
    if (penalty_.lambda != 0 && (psi > T(0.0) || psi < T(0.0))) {
      using std::abs;
      v[1] -= 2 * penalty_.lambda * (abs(psi) - 1.0) * (psi > T(0.0) ? 1.0 : -1.0);
    }
  }

  template <Number T>
  T loss(std::size_t player, const std::vector<T>& z) const {
    const T &theta = z[0], &psi = z[1];
    T value = 0.0;
    over_noise([&](double weight, double real_shift, double fake_shift) {
      const LogitLosses<T> losses =
          logit_losses<T>(objective_, psi * real_shift, psi * (theta + fake_shift));
      value += weight * (player == 0 ? losses.generator : losses.discriminator);
    });
    if (player == 0) return value;
    using std::abs;
    const T excess = abs(psi) - 1.0;
    return value + 0.5 * penalty_.gamma * psi * psi + penalty_.lambda * excess * excess;
  }

  const objective::ObjectiveConfig& objective() const { return objective_; }

 private:
  static constexpr int kNoiseNodes = 60;

  // Calls f(weight, shift of the datum, shift of the generated point).
  template <class F>
  void over_noise(const F& f) const {
    if (noise_ <= 0) return f(1.0, 0.0, 0.0);
    const bool paired = objective::traits(objective_).paired;
    for (std::size_t i = 0; i < rule_.nodes.size(); ++i) {
      const double shift = noise_ * rule_.nodes[i];
      // Losses that treat reals and fakes apart see each shift alone.
      if (!paired) {
        f(rule_.weights[i], shift, shift);
        continue;
      }
      for (std::size_t j = 0; j < rule_.nodes.size(); ++j) {
        f(rule_.weights[i] * rule_.weights[j], shift, noise_ * rule_.nodes[j]);
      }
    }
  }

  objective::ObjectiveConfig objective_;
  DiracPenalty penalty_;
  double noise_;
  Quadrature rule_;
};

static_assert(FieldWithLoss<BilinearField> && FieldWithLoss<QuadraticField> &&
              FieldWithLoss<QuarticField> && FieldWithLoss<HilltopField> &&
              FieldWithLoss<DiracField>);

/// J r of a field at z, exact.
template <Field F>
std::vector<double> jacobian_product(const F& field, const std::vector<double>& z,
                                     const std::vector<double>& r) {
  std::vector<Dual<double>> point(z.size()), value(z.size());
  for (std::size_t i = 0; i < z.size(); ++i) point[i] = {z[i], r[i]};
  field(point, value);
  std::vector<double> product(z.size());
  for (std::size_t i = 0; i < z.size(); ++i) product[i] = value[i].slope;
  return product;
}

/// The Jacobian dv/dz of a field at z, row-major [n,n], exact.
template <Field F>
std::vector<double> jacobian(const F& field, const std::vector<double>& z) {
  const std::size_t n = z.size();
  std::vector<double> matrix(n * n), unit(n, 0.0);
  for (std::size_t j = 0; j < n; ++j) {
    unit[j] = 1;
    const std::vector<double> column = jacobian_product(field, z, unit);
    for (std::size_t i = 0; i < n; ++i) matrix[i * n + j] = column[i];
    unit[j] = 0;
  }
  return matrix;
}

/// The gradient of one player's loss with respect to all of z.
template <FieldWithLoss F>
std::vector<double> loss_gradient(const F& field, std::size_t player,
                                  const std::vector<double>& z) {
  std::vector<Dual<double>> point(z.begin(), z.end());
  std::vector<double> gradient(z.size());
  for (std::size_t i = 0; i < z.size(); ++i) {
    point[i].slope = 1;
    gradient[i] = field.loss(player, point).slope;
    point[i].slope = 0;
  }
  return gradient;
}

}  // namespace saddle
