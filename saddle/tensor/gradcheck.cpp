#include "saddle/tensor/gradcheck.h"

#include <algorithm>
#include <cmath>

#include "saddle/base/text.h"
#include "saddle/tensor/autograd.h"
#include "saddle/tensor/precision.h"
#include "saddle/tensor/random.h"

namespace saddle {
namespace {

constexpr double kRelativeStep = 1e-5;

/// A scalar that depends on every element of `x`.
at::Tensor contract(const at::Tensor& x, std::uint64_t index) {
  const RandomKey key = Streams(/*seed=*/0).at("gradcheck", index);
  return x.mul(random_normal(key, x.sizes(), x.options().requires_grad(false))).sum();
}

std::vector<at::Tensor> double_leaves(const std::vector<at::Tensor>& inputs) {
  std::vector<at::Tensor> leaves;
  for (const at::Tensor& input : inputs) {
    leaves.push_back(input.detach().to(at::kDouble).clone(at::MemoryFormat::Contiguous));
    leaves.back().set_requires_grad(true);
  }
  return leaves;
}

}  // namespace

GradcheckReport gradcheck(const TensorFunction& function, const std::vector<at::Tensor>& inputs) {
  WithGrad with_grad;
  const std::vector<at::Tensor> leaves = double_leaves(inputs);
  const auto scalar = [&] { return contract(function(leaves), leaves.size()); };
  const auto automatic = gradients(scalar(), leaves, /*create_graph=*/false, /*allow_unused=*/true);

  GradcheckReport report;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    double* const data = leaves[i].mutable_data_ptr<double>();
    at::Tensor gradient = automatic[i];
    if (gradient.defined()) gradient = gradient.contiguous();
    for (std::int64_t j = 0; j < leaves[i].numel(); ++j) {
      const double x = data[j];
      const double step = kRelativeStep * std::max(1.0, std::abs(x));
      data[j] = x + step;
      const double above = scalar().item<double>();
      data[j] = x - step;
      const double below = scalar().item<double>();
      data[j] = x;
      const double numeric = (above - below) / (2 * step);
      const double value = gradient.defined() ? gradient.const_data_ptr<double>()[j] : 0.0;
      const double error =
          std::abs(value - numeric) / std::max({1.0, std::abs(value), std::abs(numeric)});
      if (std::isfinite(error) && error <= report.worst_error) continue;
      report = {
          .worst_error = std::isfinite(error) ? error : HUGE_VAL,
          .where = cat("input ", i, ", element ", j, ": automatic ", value, ", numeric ", numeric)};
      if (!std::isfinite(error)) return report;
    }
  }
  return report;
}

GradcheckReport double_gradcheck(const TensorFunction& function,
                                 const std::vector<at::Tensor>& inputs) {
  const TensorFunction first_derivatives = [&](const std::vector<at::Tensor>& leaves) {
    const at::Tensor scalar = contract(function(leaves), leaves.size());
    const auto found = gradients(scalar, leaves, /*create_graph=*/true, /*allow_unused=*/true);
    at::Tensor total = scalar.mul(0.0);
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i].defined()) total = total.add(contract(found[i], i));
    }
    return total;
  };
  return gradcheck(first_derivatives, inputs);
}

}  // namespace saddle
