#include <ATen/ATen.h>

#include <cmath>

#include "saddle/game/toy_games.h"
#include "saddle/objective/objective.h"

namespace saddle {
namespace {

double sigmoid(double t) {
  return t >= 0 ? 1 / (1 + std::exp(-t)) : std::exp(t) / (1 + std::exp(t));
}

// d loss / d fake logit at real logit 0, for the discriminator and the generator.
struct LogitSlopes {
  double discriminator, generator;
};

// A row without an overload of its own goes through tensors, which is slow but always right.
LogitSlopes slopes_of(const auto& row, double f) {
  const at::Tensor real = at::zeros({1}, at::kDouble), fake = at::full({1}, f, at::kDouble);
  return {objective::discriminator_gradients(row, real, fake).d_fake.item().toDouble(),
          objective::generator_gradients(row, real, fake).d_fake.item().toDouble()};
}
LogitSlopes slopes_of(const objective::Saturating&, double f) {
  return {sigmoid(f), -sigmoid(f)};
}
LogitSlopes slopes_of(const objective::NonSaturating& row, double f) {
  return {sigmoid(f) - row.fake_label, -sigmoid(-f)};
}
LogitSlopes slopes_of(const objective::LeastSquares&, double f) {
  return {f, f - 1};
}
LogitSlopes slopes_of(const objective::Hinge&, double f) {
  return {f > -1 ? 1.0 : 0.0, -1};
}
LogitSlopes slopes_of(const objective::Wasserstein&, double) {
  return {1, -1};
}
LogitSlopes slopes_of(const objective::PairedRelativistic&, double f) {
  return {sigmoid(f), -sigmoid(-f)};
}

}  // namespace

void BilinearField::operator()(const std::vector<double>& z, std::vector<double>& v) const {
  for (std::size_t j = 0; j < columns; ++j) v[rows + j] = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      const double a = matrix[i * columns + j];
      sum += a * z[rows + j];
      v[rows + j] += a * z[i];
    }
    v[i] = -sum;
  }
}

void DiracField::operator()(const std::vector<double>& z, std::vector<double>& v) const {
  const double theta = z[0], psi = z[1];
  const LogitSlopes slopes =
      std::visit([&](const auto& row) { return slopes_of(row, psi * theta); }, objective);
  v[0] = -slopes.generator * psi;
  v[1] = -slopes.discriminator * theta - penalty.gamma * psi;
  // The slope of |psi| at 0 is taken as 0.
  if (penalty.lambda != 0 && psi != 0) {
    v[1] -= 2 * penalty.lambda * (std::abs(psi) - 1) * (psi > 0 ? 1 : -1);
  }
}

}  // namespace saddle
