#include "saddle/dynamics/tensor_space.h"

#include <ATen/ATen.h>

#include <type_traits>

#include "saddle/tensor/precision.h"

namespace saddle {
namespace {

// Lists of many small tensors: a dispatched operation each would cost more than the arithmetic.
// Calls f(pointer to a, pointer to b, count) where both lie in memory alike.
template <class F>
bool on_memory(const at::Tensor& a, const at::Tensor& b, const F& f) {
  if (!a.is_cpu() || !b.is_cpu() || a.scalar_type() != b.scalar_type() || a.sizes() != b.sizes() ||
      a.strides() != b.strides() || !a.is_non_overlapping_and_dense()) {
    return false;
  }
  if (a.scalar_type() == at::kFloat) {
    f(static_cast<float*>(a.data_ptr()), static_cast<const float*>(b.const_data_ptr()), a.numel());
  } else if (a.scalar_type() == at::kDouble) {
    f(static_cast<double*>(a.data_ptr()), static_cast<const double*>(b.const_data_ptr()),
      a.numel());
  } else {
    return false;
  }
  return true;
}

}  // namespace

TensorSpace::Vector TensorSpace::zeros_like(const Vector& a) {
  Vector zeros;
  for (const auto& t : a) zeros.push_back(at::zeros_like(t.detach()));
  return zeros;
}

void TensorSpace::copy(Vector& a, const Vector& b) {
  const NoGrad no_grad;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool done = on_memory(a[i], b[i], [](auto* to, const auto* from, std::int64_t n) {
      for (std::int64_t k = 0; k < n; ++k) to[k] = from[k];
    });
    if (!done) a[i].detach().copy_(b[i]);
  }
}

void TensorSpace::axpy(Vector& a, double s, const Vector& b) {
  const NoGrad no_grad;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool done = on_memory(a[i], b[i], [s](auto* to, const auto* from, std::int64_t n) {
      const auto scale = static_cast<std::remove_pointer_t<decltype(to)>>(s);
      for (std::int64_t k = 0; k < n; ++k) to[k] += scale * from[k];
    });
    if (!done) a[i].detach().add_(b[i], s);
  }
}

void TensorSpace::scale(Vector& a, double s) {
  const NoGrad no_grad;
  for (auto& t : a) t.detach().mul_(s);
}

double TensorSpace::dot(const Vector& a, const Vector& b) {
  const NoGrad no_grad;
  // Summed where the tensors lie, and read once.
  at::Tensor sum;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const at::Tensor part = a[i].detach().to(at::kDouble).mul(b[i].to(at::kDouble)).sum();
    sum = sum.defined() ? sum.add(part) : part;
  }
  return sum.defined() ? sum.item().toDouble() : 0;
}

}  // namespace saddle
