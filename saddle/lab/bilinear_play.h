#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "saddle/dynamics/dynamics.h"
#include "saddle/lab/check.h"
#include "saddle/lab/planar.h"

namespace saddle::lab {

// The game L = x y under any row of the table of dynamics, with steps s: a coupling sigma and a
// step eta are the same game with s = eta sigma.

/// The asymptotic factor of a step, from the matrix of the steps that the program takes; of a whole
/// outer step for Lookahead.
double bilinear_radius(const DynamicsConfig& dynamics, double s);

/// The places of `steps` steps from `start`; inner steps for Lookahead.
std::vector<Place> bilinear_trail(const DynamicsConfig& dynamics, double s, std::int64_t steps,
                                  Place start = {});

/// What theory says of the radius of a method.
struct RadiusLaw {
  std::string name{};
  DynamicsConfig dynamics;
  std::function<double(double s)> radius{};
};

/// What the methods of one table are set to.
struct MethodSettings {
  double beta = -0.5;  ///< momentum, in (-1, 0) where it damps
  double weight = 1;   ///< of the consensus term
  std::int64_t k = 5;  ///< steps of Lookahead and of unrolling
  double alpha = 0.5;  ///< of Lookahead
};

/// Every method with the law of its radius.
std::vector<RadiusLaw> radius_laws(const MethodSettings& set);

/// Holds the radius of the program's steps against the law at one step size.
Check check_radius(const RadiusLaw& law, double s);

}  // namespace saddle::lab
