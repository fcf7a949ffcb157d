#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "saddle/dynamics/space.h"

namespace saddle {

/// Lists of tensors, in place and without a graph.
struct TensorSpace {
  using Vector = std::vector<at::Tensor>;
  static Vector zeros_like(const Vector& a);
  static void copy(Vector& a, const Vector& b);
  static void axpy(Vector& a, double s, const Vector& b);
  static void scale(Vector& a, double s);
  static double dot(const Vector& a, const Vector& b);
};

static_assert(Space<TensorSpace>);

}  // namespace saddle
