#include "saddle/lab/dirac.h"

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::lab {

Parameter dirac_loss_parameter() {
  return choice("loss", "ns", {"ns", "saturating", "rpgan", "wgan"}, "the loss of both players");
}

objective::ObjectiveConfig dirac_objective(const std::string& word) {
  if (word == "ns") return objective::NonSaturating{};
  if (word == "saturating") return objective::Saturating{};
  if (word == "rpgan") return objective::PairedRelativistic{};
  if (word == "wgan") return objective::Wasserstein{};
  throw Error(ErrorCode::kInternal, "lab", cat("no loss '", word, "' for a Dirac-GAN"));
}

double dirac_slope(const std::string& word) {
  return word == "wgan" ? 1 : 0.5;
}

double dirac_bend(const std::string& word) {
  return word == "wgan" ? 0 : -0.25;
}

PlaneJacobian dirac_jacobian(const DiracField& field) {
  const auto j = jacobian(field, std::vector<double>{0, 0});
  return {j[0] + j[3], j[0] * j[3] - j[1] * j[2]};
}

double sign_change(const std::function<double(double)>& f, double low, double high) {
  const bool negative_below = f(low) < 0;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    ((f(middle) < 0) == negative_below ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace saddle::lab
