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
constexpr double kFlat = 1e-5;

/// Sum of log-losses + |w|^2 / 2; the last column of x is all 1 and bears no penalty.
double loss_of(const at::Tensor& x, const at::Tensor& signs, const at::Tensor& w) {
  // log(1 + exp(-s)) without overflow.
  const at::Tensor margin = x.mv(w) * signs;
  const at::Tensor log_loss = (-margin).clamp_min(0) + (-margin.abs()).exp().log1p();
  const at::Tensor weights = w.narrow(0, 0, w.size(0) - 1);
  return (log_loss.sum() + weights.square().sum() / 2).item<double>();
}

}  // namespace

BinaryLogistic fit_binary_logistic(const at::Tensor& features, const at::Tensor& y) {
  const std::int64_t n = features.size(0), d = features.size(1);
  const auto options = at::TensorOptions().dtype(at::kDouble);
  const at::Tensor x = at::cat({features, at::ones({n, 1}, options)}, 1);
  const at::Tensor signs = y.to(at::kDouble) * 2 - 1;
  at::Tensor penalty = at::ones({d + 1}, options);
  penalty[d] = 0;
  at::Tensor w = at::zeros({d + 1}, options);
  double loss = loss_of(x, signs, w);
  for (int step = 0; step < kNewtonSteps; ++step) {
    const at::Tensor p = (x.mv(w)).sigmoid();
    const at::Tensor gradient = x.t().mv(p - y.to(at::kDouble)) + penalty * w;
    const at::Tensor hessian = (x * (p * (1 - p)).unsqueeze(1)).t().mm(x) + penalty.diag();
    const at::Tensor direction = std::get<0>(at::linalg_solve_ex(hessian, gradient));
    const double decrease = gradient.dot(direction).item<double>();
    if (!std::isfinite(decrease)) break;
    if (decrease < 1e-12 * (1 + std::abs(loss))) {
      return {w.narrow(0, 0, d).clone(), w[d].item<double>()};
    }
    double length = 1;
    for (int halving = 0; halving < kHalvings; ++halving, length /= 2) {
      const at::Tensor next = w - direction * length;
      const double next_loss = loss_of(x, signs, next);
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

MultinomialLogistic fit_multinomial_logistic(const at::Tensor& x, const at::Tensor& y,
                                             std::int64_t classes) {
  const WithGrad with_grad;
  const auto options = at::TensorOptions().dtype(at::kDouble);
  MultinomialLogistic fit{at::zeros({classes, x.size(1)}, options), at::zeros({classes}, options)};
  fit.weights.requires_grad_(true);
  fit.intercepts.requires_grad_(true);
  torch::optim::LBFGS optimizer({fit.weights, fit.intercepts}, torch::optim::LBFGSOptions()
                                                                   .max_iter(1000)
                                                                   .max_eval(5000)
                                                                   .tolerance_grad(1e-8)
                                                                   .tolerance_change(1e-14)
                                                                   .history_size(20)
                                                                   .line_search_fn("strong_wolfe"));
  const auto loss_with_slopes = [&] {
    optimizer.zero_grad();
    const at::Tensor logits = x.mm(fit.weights.t()) + fit.intercepts;
    const at::Tensor loss =
        at::cross_entropy_loss(logits, y, {}, at::Reduction::Sum) + fit.weights.square().sum() / 2;
    loss.backward();
    return loss;
  };
  const auto steepest = [&] {
    loss_with_slopes();
    return std::max(fit.weights.grad().abs().max().item<double>(),
                    fit.intercepts.grad().abs().max().item<double>());
  };
  const double at_start = steepest();
  optimizer.step(loss_with_slopes);
  fit.converged = steepest() <= kFlat * at_start;
  fit.weights = fit.weights.detach();
  fit.intercepts = fit.intercepts.detach();
  return fit;
}

}  // namespace saddle::metric
