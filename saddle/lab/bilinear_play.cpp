#include "saddle/lab/bilinear_play.h"

#include <complex>
#include <variant>

#include "saddle/base/text.h"

namespace saddle::lab {
namespace {

using Rotation = std::complex<double>;  // acts on the plane as a multiplication

/// The larger modulus of the roots of l^2 - trace l + determinant.
double planar_radius(double trace, double determinant) {
  const Rotation root = std::sqrt(Rotation(trace * trace / 4 - determinant));
  return std::max(std::abs(trace / 2 + root), std::abs(trace / 2 - root));
}

/// That of l^2 - a l + b with complex a and b.
double complex_radius(Rotation a, Rotation b) {
  const Rotation root = std::sqrt(a * a / 4.0 - b);
  return std::max(std::abs(a / 2.0 + root), std::abs(a / 2.0 - root));
}

double alternating_law(double s) {
  return planar_radius(2 - s * s, 1);
}

double optimistic_law(double s) {
  return complex_radius({1, 2 * s}, {0, s});
}

double momentum_law(double b, double s) {  // simultaneous
  return complex_radius({1 + b, s}, b);
}

/// (l - 1)^2 (l - b)^2 + s^2 l^3.
double alternating_momentum_law(double b, double s) {
  return largest_root({s * s - 2 * (1 + b), 1 + 4 * b + b * b, -2 * (b + b * b), b * b});
}

double lookahead_law(double k, double alpha, double s) {
  return std::abs(1 - alpha + alpha * std::pow(Rotation(1, s), k));
}

/// With the gradient through k foreseen steps, and without.
double unrolled_law(double k, double s) {
  return planar_radius(2 - 2 * k * s * s, 1 - (2 * k - 1) * s * s);
}
double stopped_law(double k, double s) {
  return planar_radius(2 - k * s * s, 1 - (k - 1) * s * s);
}

/// The exponential series of i s, up to its `order`.
double series_law(int order, double s) {
  Rotation sum = 1, term = 1;
  for (int i = 1; i <= order; ++i) sum += term *= Rotation(0, s) / static_cast<double>(i);
  return std::abs(sum);
}

RadiusLaw lookahead_row(std::int64_t k, double alpha) {
  return {cat("lookahead k=", k, " α=", alpha),
          Lookahead{.inner = Simultaneous{}, .k = k, .alpha = alpha},
          [=](double s) { return lookahead_law(static_cast<double>(k), alpha, s); }};
}

void add_unrolled(std::vector<RadiusLaw>& laws, std::int64_t k) {
  const auto steps = static_cast<double>(k);
  laws.push_back({cat("unrolled k=", k), Unrolled{.k = k, .stop_gradient = false},
                  [=](double s) { return unrolled_law(steps, s); }});
  laws.push_back({cat("unrolled k=", k, ", gradient stopped"),
                  Unrolled{.k = k, .stop_gradient = true},
                  [=](double s) { return stopped_law(steps, s); }});
}

void add_momentum(std::vector<RadiusLaw>& laws, double b) {
  laws.push_back({cat("momentum ", b, ", simultaneous"),
                  NegativeMomentum{.beta = b, .order = Order::kSimultaneous},
                  [=](double s) { return momentum_law(b, s); }});
  laws.push_back({cat("momentum ", b, ", alternating"),
                  NegativeMomentum{.beta = b, .order = Order::kGeneratorFirst},
                  [=](double s) { return alternating_momentum_law(b, s); }});
}

}  // namespace

double bilinear_radius(const DynamicsConfig& dynamics, double s) {
  return std::visit(
      [&]<class Row>(const Row& row) {
        int steps = 1;
        if constexpr (std::is_same_v<Row, Lookahead>) steps = static_cast<int>(row.k);
        return one_step_matrix(row, BilinearField::scalar(1), {1, 1}, {s, s}, steps).radius();
      },
      dynamics);
}

std::vector<Place> bilinear_trail(const DynamicsConfig& dynamics, double s, std::int64_t steps,
                                  Place start) {
  return std::visit(
      [&](const auto& row) {
        return trail_of(row, planar_game(BilinearField::scalar(1), start, s), steps);
      },
      dynamics);
}

std::vector<RadiusLaw> radius_laws(const MethodSettings& set) {
  const auto consensus = [q = set.weight](double s) { return std::hypot(1 - s * q, s); };
  const auto implicit = [](double s) { return 1 / std::hypot(1, s); };
  std::vector<RadiusLaw> laws = {
      {"simultaneous", Simultaneous{}, [](double s) { return std::hypot(1, s); }},
      {"alternating", Alternating{.first = First::kGenerator}, alternating_law},
      {"extragradient", Extragradient{}, [](double s) { return std::hypot(1 - s * s, s); }},
      {"optimistic", Optimistic{}, optimistic_law},
      {"proximal", Proximal{}, implicit},
      {"competitive", Competitive{.tolerance = 1e-14}, implicit},
      {"consensus", Consensus{.gamma = set.weight}, consensus},
      // Where J = A the two adjustments are the same, and there is nothing to align.
      {"symplectic", Symplectic{.lambda = set.weight, .align = false}, consensus},
      {"Heun", Heun{}, [](double s) { return series_law(2, s); }},
      {"RK4", Rk4{}, [](double s) { return series_law(4, s); }},
  };
  add_momentum(laws, set.beta);
  if (set.beta != 0) add_momentum(laws, -set.beta);
  laws.push_back(lookahead_row(set.k, set.alpha));
  if (set.k != 31) laws.push_back(lookahead_row(31, set.alpha));
  if (set.k != 1) add_unrolled(laws, 1);
  add_unrolled(laws, set.k);
  return laws;
}

Check check_radius(const RadiusLaw& law, double s) {
  constexpr double kSixDigits = 1e-6;  // a double root is known to no more
  const double wanted = law.radius(s);
  return near(cat("radius, ", law.name, ", s = ", s), bilinear_radius(law.dynamics, s), wanted,
              kSixDigits * std::max(1.0, wanted));
}

}  // namespace saddle::lab
