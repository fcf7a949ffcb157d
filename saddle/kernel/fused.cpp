#include "saddle/kernel/fused.h"

#include <ATen/Parallel.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/kernel/rmsprop_loop.h"
#include "saddle/tensor/precision.h"

namespace saddle::kernel {
namespace {

using Tensors = std::vector<at::Tensor>;

[[noreturn]] void fail_lists(std::string_view what) {
  throw Error(ErrorCode::kInternal, "fused update", what);
}

/// Gradients in the dtype and memory layout of their parameters: the fused loops walk raw memory.
Tensors matched(const Tensors& parameters, const Tensors& gradients) {
  if (parameters.size() != gradients.size()) {
    fail_lists(cat("got ", gradients.size(), " gradients for ", parameters.size(), " parameters"));
  }
  Tensors result;
  result.reserve(gradients.size());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const at::Tensor &p = parameters[i], &g = gradients[i];
    if (!g.defined() || g.sizes() != p.sizes()) {
      fail_lists(cat("gradient ", i, " has shape ",
                     g.defined() ? shape_text(g.sizes()) : std::string("(undefined)"),
                     ", expected ", shape_text(p.sizes())));
    }
    const bool same = g.strides() == p.strides() && g.scalar_type() == p.scalar_type();
    result.push_back(same ? g.detach() : at::empty_like(p.detach()).copy_(g.detach()));
  }
  return result;
}

/// The rate as the fused kernels read it: those of CUDA take float32 only.
at::Tensor rate_for_kernel(const at::Tensor& lr) {
  return lr.is_cuda() ? lr.to(at::kFloat) : lr;
}

Tensors detached(const Tensors& parameters) {
  Tensors result;
  result.reserve(parameters.size());
  for (const at::Tensor& p : parameters) result.push_back(p.detach());
  return result;
}

/// Makes a list of zeros like the parameters where it is still empty.
void prepare(Tensors& list, const Tensors& parameters, std::string_view what) {
  if (list.empty()) {
    for (const at::Tensor& p : parameters) list.push_back(at::zeros_like(p.detach()));
  }
  if (list.size() != parameters.size()) {
    fail_lists(cat(what, " has ", list.size(), " tensors for ", parameters.size(), " parameters"));
  }
  // Loaded state is contiguous whatever the layout of the parameter is.
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].strides() == parameters[i].strides()) continue;
    list[i] = at::empty_like(parameters[i].detach()).copy_(list[i]);
  }
}

}  // namespace

void adam_update(const Tensors& parameters, const Tensors& gradients, AdamState& state,
                 const at::Tensor& lr, const AdamOptions& options) {
  if (parameters.empty()) return;
  const NoGrad no_grad;
  prepare(state.first, parameters, "first moment");
  prepare(state.second, parameters, "second moment");
  if (options.amsgrad) prepare(state.largest, parameters, "largest second moment");
  if (state.steps.empty()) {
    for (const at::Tensor& p : parameters) {
      state.steps.push_back(at::zeros({}, p.options().requires_grad(false).dtype(at::kFloat)));
    }
  }
  if (state.steps.size() != parameters.size()) fail_lists("steps do not fit the parameters");
  at::_foreach_add_(state.steps, 1);
  const Tensors p = detached(parameters), g = matched(parameters, gradients);
  const auto update = [&](auto&& fused) {
    fused(p, g, state.first, state.second, options.amsgrad ? state.largest : Tensors{}, state.steps,
          rate_for_kernel(lr), options.beta1, options.beta2, options.weight_decay, options.eps,
          options.amsgrad,
          /*maximize=*/false);
  };
  if (options.decoupled_decay) {
    update([](auto&&... arguments) { at::_fused_adamw_(arguments...); });
  } else {
    update([](auto&&... arguments) { at::_fused_adam_(arguments...); });
  }
}

void sgd_update(const Tensors& parameters, const Tensors& gradients, SgdState& state,
                const at::Tensor& lr, const SgdOptions& options) {
  if (parameters.empty()) return;
  const NoGrad no_grad;
  const bool first = state.momentum.empty();
  if (options.momentum != 0) prepare(state.momentum, parameters, "momentum");
  at::_fused_sgd_(detached(parameters), matched(parameters, gradients),
                  options.momentum != 0 ? state.momentum : Tensors{}, options.weight_decay,
                  options.momentum, rate_for_kernel(lr), /*dampening=*/0, options.nesterov,
                  /*maximize=*/false, first);
}

void rmsprop_update(const Tensors& parameters, const Tensors& gradients, RmspropState& state,
                    const at::Tensor& lr, const RmspropOptions& options) {
  if (parameters.empty()) return;
  const NoGrad no_grad;
  prepare(state.square, parameters, "mean square");
  if (options.momentum != 0) prepare(state.momentum, parameters, "momentum");
  const Tensors p = detached(parameters), g = matched(parameters, gradients);
  for (std::size_t i = 0; i < p.size(); ++i) {
    at::Tensor* const buffer = options.momentum != 0 ? &state.momentum[i] : nullptr;
    if (p[i].is_cpu() && p[i].scalar_type() == at::kFloat && p[i].is_non_overlapping_and_dense()) {
      const RmspropNumbers numbers{
          static_cast<float>(lr.item<double>()), static_cast<float>(options.alpha),
          static_cast<float>(options.eps), static_cast<float>(options.weight_decay),
          static_cast<float>(options.momentum)};
      float* const weights = p[i].mutable_data_ptr<float>();
      const float* const slopes = g[i].const_data_ptr<float>();
      float* const squares = state.square[i].mutable_data_ptr<float>();
      float* const buffers = buffer != nullptr ? buffer->mutable_data_ptr<float>() : nullptr;
      at::parallel_for(0, p[i].numel(), 1 << 15, [&](std::int64_t begin, std::int64_t end) {
        rmsprop_loop(numbers, end - begin, weights + begin, slopes + begin, squares + begin,
                     buffers != nullptr ? buffers + begin : nullptr);
      });
      continue;
    }
    const at::Tensor slope =
        options.weight_decay != 0 ? g[i].add(p[i], options.weight_decay) : g[i];
    state.square[i].mul_(options.alpha).addcmul_(slope, slope, 1 - options.alpha);
    at::Tensor change = slope.div(state.square[i].sqrt().add_(options.eps));
    if (buffer != nullptr) change = buffer->mul_(options.momentum).add_(change);
    p[i].sub_(change.mul(lr));
  }
}

void lerp_update(const Tensors& averages, const Tensors& values, double weight) {
  if (averages.size() != values.size()) {
    fail_lists(cat("got ", values.size(), " values for ", averages.size(), " averages"));
  }
  if (averages.empty()) return;
  const NoGrad no_grad;
  at::_foreach_lerp_(detached(averages), detached(values), weight);
}

}  // namespace saddle::kernel
