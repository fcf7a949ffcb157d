#pragma once

#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "saddle/game/fields.h"
#include "saddle/lab/settings.h"

namespace saddle::lab {

/// The losses that a Dirac experiment may be set to: ns, saturating, rpgan, wgan.
Parameter dirac_loss_parameter();
objective::ObjectiveConfig dirac_objective(const std::string& word);

/// f'(0) of a loss: 1 for wgan, else 1/2. f''(0): 0 for wgan, else -1/4.
double dirac_slope(const std::string& word);
double dirac_bend(const std::string& word);

/// Trace and determinant of the Jacobian at (0, 0).
struct PlaneJacobian {
  double trace = 0;
  double determinant = 0;
  double discriminant() const { return trace * trace - 4 * determinant; }
};
PlaneJacobian dirac_jacobian(const DiracField& field);

/// Where `f` changes its sign between low and high, by bisection to rounding.
double sign_change(const std::function<double(double)>& f, double low, double high);

}  // namespace saddle::lab
