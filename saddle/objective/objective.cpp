#include "saddle/objective/objective.h"

#include <ATen/ops/mean.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softplus.h>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/tensor/precision.h"

namespace saddle::objective {
namespace {

// log(1 + e^t); beyond 40 it is t to the last bit of float64.
at::Tensor log1p_exp(const at::Tensor& t) {
  return at::softplus(t, 1, 40);
}

double inverse_count(const at::Tensor& logits) {
  return 1.0 / static_cast<double>(logits.numel());
}

// d mean(softplus(t)) / dt.
at::Tensor softplus_slope(const at::Tensor& t) {
  return at::sigmoid(t).mul_(inverse_count(t));
}
// d mean(softplus(-t)) / dt; sigmoid(-t) keeps its digits where 1 - sigmoid(t) loses them.
at::Tensor falling_slope(const at::Tensor& t) {
  return at::sigmoid(t.neg()).mul_(-inverse_count(t));
}

// One row: its discriminator, its generator, and both with derivatives.

at::Tensor discriminator(const Saturating&, const at::Tensor& r, const at::Tensor& f) {
  return log1p_exp(r.neg()).mean().add(log1p_exp(f).mean());
}
at::Tensor generator(const Saturating&, const at::Tensor&, const at::Tensor& f) {
  return log1p_exp(f).mean().neg();
}
LogitGradients discriminator_slopes(const Saturating& row, const at::Tensor& r,
                                    const at::Tensor& f) {
  return {discriminator(row, r, f), falling_slope(r), softplus_slope(f)};
}
LogitGradients generator_slopes(const Saturating& row, const at::Tensor& r, const at::Tensor& f) {
  return {generator(row, r, f), {}, softplus_slope(f).neg_()};
}

// sp(r) - a r is written sp(-r) + (1 - a) r, which is exact for the plain label 1.
at::Tensor discriminator(const NonSaturating& row, const at::Tensor& r, const at::Tensor& f) {
  at::Tensor loss = log1p_exp(r.neg()).mean().add(log1p_exp(f).mean());
  if (row.real_label != 1) loss = loss.add(r.mean(), 1 - row.real_label);
  if (row.fake_label != 0) loss = loss.sub(f.mean(), row.fake_label);
  return loss;
}
at::Tensor generator(const NonSaturating&, const at::Tensor&, const at::Tensor& f) {
  return log1p_exp(f.neg()).mean();
}
LogitGradients discriminator_slopes(const NonSaturating& row, const at::Tensor& r,
                                    const at::Tensor& f) {
  LogitGradients out{discriminator(row, r, f), falling_slope(r), softplus_slope(f)};
  if (row.real_label != 1) out.d_real.add_((1 - row.real_label) * inverse_count(r));
  if (row.fake_label != 0) out.d_fake.sub_(row.fake_label * inverse_count(f));
  return out;
}
LogitGradients generator_slopes(const NonSaturating& row, const at::Tensor& r,
                                const at::Tensor& f) {
  return {generator(row, r, f), {}, falling_slope(f)};
}

at::Tensor discriminator(const LeastSquares&, const at::Tensor& r, const at::Tensor& f) {
  return r.sub(1).square().mean().add(f.square().mean()).mul(0.5);
}
at::Tensor generator(const LeastSquares&, const at::Tensor&, const at::Tensor& f) {
  return f.sub(1).square().mean().mul(0.5);
}
LogitGradients discriminator_slopes(const LeastSquares& row, const at::Tensor& r,
                                    const at::Tensor& f) {
  return {discriminator(row, r, f), r.sub(1).mul_(inverse_count(r)), f.mul(inverse_count(f))};
}
LogitGradients generator_slopes(const LeastSquares& row, const at::Tensor& r, const at::Tensor& f) {
  return {generator(row, r, f), {}, f.sub(1).mul_(inverse_count(f))};
}

at::Tensor discriminator(const Hinge&, const at::Tensor& r, const at::Tensor& f) {
  return at::relu(r.neg().add(1)).mean().add(at::relu(f.add(1)).mean());
}
at::Tensor generator(const Hinge&, const at::Tensor&, const at::Tensor& f) {
  return f.mean().neg();
}
// At the kink the slope is 0, as relu's is.
LogitGradients discriminator_slopes(const Hinge& row, const at::Tensor& r, const at::Tensor& f) {
  return {discriminator(row, r, f), r.lt(1).to(r.scalar_type()).mul_(-inverse_count(r)),
          f.gt(-1).to(f.scalar_type()).mul_(inverse_count(f))};
}
LogitGradients generator_slopes(const Hinge& row, const at::Tensor& r, const at::Tensor& f) {
  return {generator(row, r, f), {}, f.new_full(f.sizes(), -inverse_count(f))};
}

at::Tensor discriminator(const Wasserstein&, const at::Tensor& r, const at::Tensor& f) {
  return f.mean().sub(r.mean());
}
at::Tensor generator(const Wasserstein&, const at::Tensor&, const at::Tensor& f) {
  return f.mean().neg();
}
LogitGradients discriminator_slopes(const Wasserstein& row, const at::Tensor& r,
                                    const at::Tensor& f) {
  return {discriminator(row, r, f), r.new_full(r.sizes(), -inverse_count(r)),
          f.new_full(f.sizes(), inverse_count(f))};
}
LogitGradients generator_slopes(const Wasserstein& row, const at::Tensor& r, const at::Tensor& f) {
  return {generator(row, r, f), {}, f.new_full(f.sizes(), -inverse_count(f))};
}

at::Tensor discriminator(const PairedRelativistic&, const at::Tensor& r, const at::Tensor& f) {
  return log1p_exp(f.sub(r)).mean();
}
at::Tensor generator(const PairedRelativistic&, const at::Tensor& r, const at::Tensor& f) {
  return log1p_exp(r.sub(f)).mean();
}
LogitGradients discriminator_slopes(const PairedRelativistic&, const at::Tensor& r,
                                    const at::Tensor& f) {
  const at::Tensor gap = f.sub(r);
  at::Tensor d_fake = softplus_slope(gap);
  return {log1p_exp(gap).mean(), d_fake.neg(), d_fake};
}
LogitGradients generator_slopes(const PairedRelativistic&, const at::Tensor& r,
                                const at::Tensor& f) {
  const at::Tensor gap = r.sub(f);
  at::Tensor d_real = softplus_slope(gap);
  return {log1p_exp(gap).mean(), d_real, d_real.neg()};
}

void check(const ObjectiveConfig& config, const at::Tensor& real, const at::Tensor& fake,
           bool needs_real) {
  const Traits t = traits(config);
  if (!fake.defined() || (needs_real && !real.defined())) {
    throw Error(ErrorCode::kInput, "objective",
                cat(name(config), " needs logits of ", needs_real ? "reals and fakes" : "fakes",
                    ": got none of the ", fake.defined() ? "reals" : "fakes"));
  }
  if (needs_real && t.paired && real.numel() != fake.numel()) {
    throw Error(ErrorCode::kInput, "objective",
                cat(name(config), " pairs row i of the reals with row i of the fakes: got ",
                    real.numel(), " reals and ", fake.numel(), " fakes; draw batches of one size"));
  }
}

}  // namespace

at::Tensor discriminator_loss(const ObjectiveConfig& config, const nn::Scores& real,
                              const nn::Scores& fake) {
  check(config, real.logits, fake.logits, true);
  // Losses are kept in float32 or wider whatever the networks compute in.
  const at::Tensor r = widened(real.logits), f = widened(fake.logits);
  return std::visit([&](const auto& row) { return discriminator(row, r, f); }, config);
}

at::Tensor generator_loss(const ObjectiveConfig& config, const nn::Scores& real,
                          const nn::Scores& fake) {
  check(config, real.logits, fake.logits, traits(config).reals_in_generator_step);
  const at::Tensor r = widened(real.logits), f = widened(fake.logits);
  return std::visit([&](const auto& row) { return generator(row, r, f); }, config);
}

LogitGradients discriminator_gradients(const ObjectiveConfig& config, const at::Tensor& real,
                                       const at::Tensor& fake) {
  check(config, real, fake, true);
  const NoGrad no_grad;
  const at::Tensor r = widened(real), f = widened(fake);
  return std::visit([&](const auto& row) { return discriminator_slopes(row, r, f); }, config);
}

LogitGradients generator_gradients(const ObjectiveConfig& config, const at::Tensor& real,
                                   const at::Tensor& fake) {
  check(config, real, fake, traits(config).reals_in_generator_step);
  const NoGrad no_grad;
  const at::Tensor r = widened(real), f = widened(fake);
  return std::visit([&](const auto& row) { return generator_slopes(row, r, f); }, config);
}

}  // namespace saddle::objective
