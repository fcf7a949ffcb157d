#pragma once

#include <variant>

#include "saddle/base/dual.h"
#include "saddle/objective/objectives.h"

namespace saddle {

/// Losses of one pair of logits, each up to a constant.
template <Number T>
struct LogitLosses {
  T discriminator, generator;
};

/// Derivatives of these losses by the logits of the real and the fake.
template <Number T>
struct LogitSlopes {
  T discriminator_real, discriminator_fake, generator_fake;
};

namespace logit_rows {

template <Number T>
LogitLosses<T> losses(const objective::Saturating&, const T& r, const T& f) {
  return {softplus(-r) + softplus(f), -softplus(f)};
}
template <Number T>
LogitSlopes<T> slopes(const objective::Saturating&, const T& r, const T& f) {
  return {-sigmoid(-r), sigmoid(f), -sigmoid(f)};
}

template <Number T>
LogitLosses<T> losses(const objective::NonSaturating& row, const T& r, const T& f) {
  return {softplus(r) - row.real_label * r + softplus(f) - row.fake_label * f, softplus(-f)};
}
template <Number T>
LogitSlopes<T> slopes(const objective::NonSaturating& row, const T& r, const T& f) {
  return {sigmoid(r) - row.real_label, sigmoid(f) - row.fake_label, -sigmoid(-f)};
}

template <Number T>
LogitLosses<T> losses(const objective::LeastSquares&, const T& r, const T& f) {
  return {0.5 * (r - 1.0) * (r - 1.0) + 0.5 * f * f, 0.5 * (f - 1.0) * (f - 1.0)};
}
template <Number T>
LogitSlopes<T> slopes(const objective::LeastSquares&, const T& r, const T& f) {
  return {r - 1.0, f, f - 1.0};
}

template <Number T>
T positive_part(const T& t) {
  return t > T(0.0) ? t : T(0.0);
}
template <Number T>
LogitLosses<T> losses(const objective::Hinge&, const T& r, const T& f) {
  return {positive_part<T>(1.0 - r) + positive_part<T>(1.0 + f), -f};
}
template <Number T>
LogitSlopes<T> slopes(const objective::Hinge&, const T& r, const T& f) {
  return {r < T(1.0) ? T(-1.0) : T(0.0), f > T(-1.0) ? T(1.0) : T(0.0), T(-1.0)};
}

template <Number T>
LogitLosses<T> losses(const objective::Wasserstein&, const T& r, const T& f) {
  return {f - r, -f};
}
template <Number T>
LogitSlopes<T> slopes(const objective::Wasserstein&, const T&, const T&) {
  return {T(-1.0), T(1.0), T(-1.0)};
}

template <Number T>
LogitLosses<T> losses(const objective::PairedRelativistic&, const T& r, const T& f) {
  return {softplus(f - r), softplus(r - f)};
}
template <Number T>
LogitSlopes<T> slopes(const objective::PairedRelativistic&, const T& r, const T& f) {
  return {-sigmoid(f - r), sigmoid(f - r), -sigmoid(r - f)};
}

}  // namespace logit_rows

/// The losses of an objective at one real logit r and one fake logit f.
template <Number T>
LogitLosses<T> logit_losses(const objective::ObjectiveConfig& objective, const T& r, const T& f) {
  return std::visit([&](const auto& row) { return logit_rows::losses<T>(row, r, f); }, objective);
}

/// Their derivatives in closed form.
template <Number T>
LogitSlopes<T> logit_slopes(const objective::ObjectiveConfig& objective, const T& r, const T& f) {
  return std::visit([&](const auto& row) { return logit_rows::slopes<T>(row, r, f); }, objective);
}

}  // namespace saddle
