#include "saddle/metric/logistic_fit.h"

#include <ATen/ATen.h>
#include <torch/optim/lbfgs.h>

#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/tensor/precision.h"

namespace saddle::metric {

namespace {

constexpr int kNewtonSteps = 100;
constexpr int kHalvings = 40;
constexpr int kQuasiNewtonSteps = 2000;
constexpr double kFlat = 1e-7;  // of a slope
constexpr double kLossLeft = 1e-8;

/// Sum of log-losses + penalty . w^2 / 2.
double loss_of(const at::Tensor& x, const at::Tensor& signs, const at::Tensor& penalty,
               const at::Tensor& w) {
  // log(1 + exp(-s)) without overflow.
  const at::Tensor margin = x.mv(w) * signs;
  const at::Tensor log_loss = (-margin).clamp_min(0) + (-margin.abs()).exp().log1p();
  return (log_loss.sum() + penalty.dot(w.square()) / 2).item<double>();
}

/// The same rows around their mean and in units in which a weight's curvature is about 1.
struct Centred {
  at::Tensor x;      ///< [n,d] float64
  at::Tensor mean;   ///< [d] that was taken off
  at::Tensor scale;  ///< [d] that a weight of x / scale is multiplied by
};

Centred centred(const at::Tensor& rows) {
  at::Tensor mean = rows.mean(0);
  at::Tensor x = rows - mean;
  // The mean of large numbers is off by a rounding.
  const at::Tensor rest = x.mean(0);
  x.sub_(rest);
  // Of n rows at even odds a weight bears the curvature sum x^2 / 4, and 1 from the penalty.
  const at::Tensor scale = (x.square().sum(0) / 4 + 1).rsqrt();
  return {x.mul_(scale), mean + rest, scale};
}

}  // namespace

BinaryLogistic fit_binary_logistic(const at::Tensor& features, const at::Tensor& y) {
  const std::int64_t n = features.size(0), d = features.size(1);
  const auto options = at::TensorOptions().dtype(at::kDouble);
  const Centred rows = centred(features);
  const at::Tensor x = at::cat({rows.x, at::ones({n, 1}, options)}, 1);
  const at::Tensor signs = y.to(at::kDouble) * 2 - 1;
  const at::Tensor penalty = at::cat({rows.scale.square(), at::zeros({1}, options)});
  at::Tensor w = at::zeros({d + 1}, options);
  double loss = loss_of(x, signs, penalty, w);
  for (int step = 0; step < kNewtonSteps; ++step) {
    const at::Tensor p = (x.mv(w)).sigmoid();
    const at::Tensor gradient = x.t().mv(p - y.to(at::kDouble)) + penalty * w;
    const at::Tensor hessian = (x * (p * (1 - p)).unsqueeze(1)).t().mm(x) + penalty.diag();
    const at::Tensor direction = std::get<0>(at::linalg_solve_ex(hessian, gradient));
    const double decrease = gradient.dot(direction).item<double>();
    if (!std::isfinite(decrease)) break;
    if (decrease < 1e-12 * (1 + std::abs(loss))) {
      const at::Tensor weights = w.narrow(0, 0, d) * rows.scale;
      return {weights, (w[d] - weights.dot(rows.mean)).item<double>()};
    }
    double length = 1;
    for (int halving = 0; halving < kHalvings; ++halving, length /= 2) {
      const at::Tensor next = w - direction * length;
      const double next_loss = loss_of(x, signs, penalty, next);
      if (next_loss > loss - 1e-4 * length * decrease) continue;
      w = next;
      loss = next_loss;
      break;
    }
  }
  throw Error(ErrorCode::kNumeric, "c2st_logistic",
              cat("the fit did not converge in ", kNewtonSteps,
                  " steps; are the features of very different scale?"));
}

MultinomialLogistic fit_multinomial_logistic(const at::Tensor& features, const at::Tensor& y,
                                             std::int64_t classes) {
  const WithGrad with_grad;
  const auto options = at::TensorOptions().dtype(at::kDouble);
  const Centred rows = centred(features);
  const at::Tensor w = at::zeros({classes, rows.x.size(1)}, options).requires_grad_(true);
  const at::Tensor b = at::zeros({classes}, options).requires_grad_(true);
  torch::optim::LBFGS optimizer({w, b}, torch::optim::LBFGSOptions()
                                            .max_iter(kQuasiNewtonSteps)
                                            .max_eval(5 * kQuasiNewtonSteps)
                                            .tolerance_grad(kFlat)
                                            .tolerance_change(0)
                                            .history_size(30)
                                            .line_search_fn("strong_wolfe"));
  const auto loss_with_slopes = [&] {
    optimizer.zero_grad();
    const at::Tensor logits = rows.x.mm(w.t()) + b;
    const at::Tensor loss = at::cross_entropy_loss(logits, y, {}, at::Reduction::Sum) +
                            (w * rows.scale).square().sum() / 2;
    loss.backward();
    return loss;
  };
  optimizer.step(loss_with_slopes);
  const double loss = loss_with_slopes().item<double>();
  // Where a weight's curvature is about 1, its slope squared is about what the loss may still lose.
  const double left =
      w.grad().square().sum().item<double>() + b.grad().square().sum().item<double>();
  const at::Tensor weights = w.detach() * rows.scale;
  return {weights, b.detach() - weights.mv(rows.mean), left <= kLossLeft * (1 + loss)};
}

}  // namespace saddle::metric
