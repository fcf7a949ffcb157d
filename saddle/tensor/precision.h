#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace saddle {

/// In what numbers networks compute. Parameters, losses and penalties are always float32 or wider.
enum class Precision { kFloat32, kBFloat16 };

/// "float32", "bfloat16".
std::string_view to_text(Precision precision);

/// Networks inside this scope compute in the given precision (kFloat32 inside a bfloat16 scope:
/// each operation computes in the dtype of its inputs); the outermost scope forgets the cached
/// low-precision weights when it ends, so end it before the optimizer moves.
class PrecisionScope {
 public:
  PrecisionScope(Precision precision, at::Device device);
  ~PrecisionScope();
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  bool active_;
  at::Device device_;
  bool was_enabled_ = false;
  at::ScalarType was_dtype_ = at::kBFloat16;
};

/// No graph is recorded inside this scope.
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool was_enabled_;
};

/// Graphs are recorded inside this scope whatever the surroundings say.
class WithGrad {
 public:
  WithGrad();
  ~WithGrad();
  WithGrad(const WithGrad&) = delete;
  WithGrad& operator=(const WithGrad&) = delete;

 private:
  bool was_enabled_;
};

/// `x` as networks compute with it here: float32 becomes the dtype of the innermost PrecisionScope,
/// all else stays. Differentiable; a weight is converted once a scope where graphs are recorded,
/// and each time under NoGrad. Give products of LibTorch what this returns: they convert too, and
/// keep a conversion made under NoGrad.
at::Tensor in_compute_precision(const at::Tensor& x);

/// The dtype that in_compute_precision gives.
at::ScalarType compute_dtype(const at::Tensor& x);

/// 16-bit numbers as float32, all else as it is, also an undefined tensor. Differentiable.
at::Tensor widened(const at::Tensor& x);

/// 4-dim tensors in channels-last memory, others unchanged; a copy only where needed.
at::Tensor channels_last(const at::Tensor& x);

}  // namespace saddle
