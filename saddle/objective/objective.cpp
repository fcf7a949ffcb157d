#include "saddle/objective/objective.h"

#include <ATen/ops/mean.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/zeros_like.h>

#include <utility>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/tensor/autograd.h"
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

void require_logits(const Functions& functions, const at::Tensor& real, const at::Tensor& fake,
                    bool needs_real) {
  if (!fake.defined() || (needs_real && !real.defined())) {
    throw Error(ErrorCode::kInput, "objective",
                cat(functions.name, " needs logits of ", needs_real ? "reals and fakes" : "fakes",
                    ": got none of the ", fake.defined() ? "reals" : "fakes"));
  }
  if (needs_real && functions.traits.paired && real.numel() != fake.numel()) {
    throw Error(ErrorCode::kInput, "objective",
                cat(functions.name, " pairs row i of the reals with row i of the fakes: got ",
                    real.numel(), " reals and ", fake.numel(), " fakes; draw batches of one size"));
  }
}

at::Tensor checked_loss(const Functions& functions, const char* player, at::Tensor loss) {
  if (!loss.defined() || loss.dim() != 0) {
    throw Error(ErrorCode::kInput, "objective",
                cat("the ", player, "'s loss of ", functions.name, ": got ",
                    loss.defined() ? shape_text(loss.sizes()) : std::string("nothing"),
                    ", expected one number, 0-dim; try a mean over the batch"));
  }
  return loss;
}

// A copy that derivatives are asked for, whatever graph the logits come from.
at::Tensor leaf(const at::Tensor& logits) {
  return logits.defined() ? widened(logits).detach().requires_grad_() : logits;
}

LogitGradients slopes_by_autograd(const Functions& functions, const char* player, const Loss& loss,
                                  const at::Tensor& real, const at::Tensor& fake) {
  const WithGrad with_grad;
  const at::Tensor r = leaf(real), f = leaf(fake);
  const at::Tensor value = checked_loss(functions, player, loss(r, f));
  LogitGradients out{.loss = value.detach()};
  std::vector<at::Tensor> inputs{f};
  if (r.defined()) inputs.push_back(r);
  if (value.requires_grad()) {
    const auto found = gradients(value, inputs, /*create_graph=*/false, /*allow_unused=*/true);
    out.d_fake = found[0];
    if (r.defined()) out.d_real = found[1];
  }
  return out;
}

}  // namespace

Functions functions(const ObjectiveConfig& config) {
  return std::visit(
      [](const auto& row) {
        using at::Tensor;
        return Functions{
            .name = std::string(row.kName),
            .discriminator = [row](const Tensor& r,
                                   const Tensor& f) { return discriminator(row, r, f); },
            .generator = [row](const Tensor& r, const Tensor& f) { return generator(row, r, f); },
            .traits = row.kTraits,
            .discriminator_slopes =
                [row](const Tensor& r, const Tensor& f) { return discriminator_slopes(row, r, f); },
            .generator_slopes = [row](const Tensor& r,
                                      const Tensor& f) { return generator_slopes(row, r, f); }};
      },
      config);
}

void check(const Functions& functions) {
  for (const auto& [loss, player] : {std::pair{&functions.discriminator, "discriminator"},
                                     std::pair{&functions.generator, "generator"}}) {
    if (*loss) continue;
    throw Error(
        ErrorCode::kUsage, "objective",
        cat("the objective '", functions.name, "' has no loss of the ", player, "; give both"));
  }
}

at::Tensor discriminator_loss(const Functions& functions, const nn::Scores& real,
                              const nn::Scores& fake) {
  require_logits(functions, real.logits, fake.logits, true);
  // Losses are kept in float32 or wider whatever the networks compute in.
  return checked_loss(functions, "discriminator",
                      functions.discriminator(widened(real.logits), widened(fake.logits)));
}

at::Tensor generator_loss(const Functions& functions, const nn::Scores& real,
                          const nn::Scores& fake) {
  require_logits(functions, real.logits, fake.logits, functions.traits.reals_in_generator_step);
  return checked_loss(functions, "generator",
                      functions.generator(widened(real.logits), widened(fake.logits)));
}

LogitGradients discriminator_gradients(const Functions& functions, const at::Tensor& real,
                                       const at::Tensor& fake) {
  require_logits(functions, real, fake, true);
  const NoGrad no_grad;
  const at::Tensor r = widened(real), f = widened(fake);
  LogitGradients out =
      functions.discriminator_slopes
          ? functions.discriminator_slopes(r, f)
          : slopes_by_autograd(functions, "discriminator", functions.discriminator, r, f);
  if (!out.d_real.defined()) out.d_real = at::zeros_like(r);
  if (!out.d_fake.defined()) out.d_fake = at::zeros_like(f);
  return out;
}

LogitGradients generator_gradients(const Functions& functions, const at::Tensor& real,
                                   const at::Tensor& fake) {
  require_logits(functions, real, fake, functions.traits.reals_in_generator_step);
  const NoGrad no_grad;
  const at::Tensor r = widened(real), f = widened(fake);
  LogitGradients out = functions.generator_slopes
                           ? functions.generator_slopes(r, f)
                           : slopes_by_autograd(functions, "generator", functions.generator, r, f);
  if (!out.d_fake.defined()) {
    throw Error(ErrorCode::kInput, "objective",
                cat("the generator's loss of ", functions.name,
                    " does not depend on the logits of the fakes, so that the generator would "
                    "learn nothing"));
  }
  return out;
}

at::Tensor discriminator_loss(const ObjectiveConfig& config, const nn::Scores& real,
                              const nn::Scores& fake) {
  return discriminator_loss(functions(config), real, fake);
}

at::Tensor generator_loss(const ObjectiveConfig& config, const nn::Scores& real,
                          const nn::Scores& fake) {
  return generator_loss(functions(config), real, fake);
}

LogitGradients discriminator_gradients(const ObjectiveConfig& config, const at::Tensor& real,
                                       const at::Tensor& fake) {
  return discriminator_gradients(functions(config), real, fake);
}

LogitGradients generator_gradients(const ObjectiveConfig& config, const at::Tensor& real,
                                   const at::Tensor& fake) {
  return generator_gradients(functions(config), real, fake);
}

}  // namespace saddle::objective
