#include "saddle/dynamics/space.h"

#include <ATen/ATen.h>

#include "saddle/tensor/precision.h"

namespace saddle {

TensorSpace::Vector TensorSpace::zeros_like(const Vector& a) {
  Vector zeros;
  for (const auto& t : a) zeros.push_back(at::zeros_like(t.detach()));
  return zeros;
}

void TensorSpace::copy(Vector& a, const Vector& b) {
  const NoGrad no_grad;
  for (std::size_t i = 0; i < a.size(); ++i) a[i].detach().copy_(b[i]);
}

void TensorSpace::axpy(Vector& a, double s, const Vector& b) {
  const NoGrad no_grad;
  for (std::size_t i = 0; i < a.size(); ++i) a[i].detach().add_(b[i], s);
}

void TensorSpace::scale(Vector& a, double s) {
  const NoGrad no_grad;
  for (auto& t : a) t.detach().mul_(s);
}

double TensorSpace::dot(const Vector& a, const Vector& b) {
  const NoGrad no_grad;
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += a[i].detach().to(at::kDouble).mul(b[i].to(at::kDouble)).sum().item().toDouble();
  }
  return sum;
}

}  // namespace saddle
