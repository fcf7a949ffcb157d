#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace saddle {

/// In what numbers networks compute. Parameters, losses and penalties are always float32 or wider.
enum class Precision { kFloat32, kBFloat16 };

/// Networks inside this scope compute in the given precision; the outermost scope forgets the
/// cached low-precision weights when it ends, so end it before the optimizer moves.
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

/// 4-dim tensors in channels-last memory, others unchanged; a copy only where needed.
at::Tensor channels_last(const at::Tensor& x);

}  // namespace saddle
