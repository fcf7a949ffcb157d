#include "saddle/tensor/precision.h"

#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>

namespace saddle {

std::string_view to_text(Precision precision) {
  return precision == Precision::kFloat32 ? "float32" : "bfloat16";
}

PrecisionScope::PrecisionScope(Precision precision, at::Device device)
    : active_(precision == Precision::kBFloat16 ||
              at::autocast::is_autocast_enabled(device.type())),
      device_(device) {
  if (!active_) return;
  was_enabled_ = at::autocast::is_autocast_enabled(device_.type());
  was_dtype_ = at::autocast::get_autocast_dtype(device_.type());
  at::autocast::set_autocast_enabled(device_.type(), precision == Precision::kBFloat16);
  if (precision == Precision::kBFloat16) {
    at::autocast::set_autocast_dtype(device_.type(), at::kBFloat16);
  }
  at::autocast::increment_nesting();
}

PrecisionScope::~PrecisionScope() {
  if (!active_) return;
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_.type(), was_enabled_);
  at::autocast::set_autocast_dtype(device_.type(), was_dtype_);
}

NoGrad::NoGrad() : was_enabled_(c10::GradMode::is_enabled()) {
  c10::GradMode::set_enabled(false);
}
NoGrad::~NoGrad() {
  c10::GradMode::set_enabled(was_enabled_);
}

WithGrad::WithGrad() : was_enabled_(c10::GradMode::is_enabled()) {
  c10::GradMode::set_enabled(true);
}
WithGrad::~WithGrad() {
  c10::GradMode::set_enabled(was_enabled_);
}

at::Tensor in_compute_precision(const at::Tensor& x) {
  if (!x.defined()) return x;
  const at::ScalarType type = compute_dtype(x);
  // LibTorch would keep a weight's conversion without a graph for passes that want one.
  if (!c10::GradMode::is_enabled()) return x.to(type);
  return type == x.scalar_type() ? x : at::autocast::cached_cast(type, x, x.device().type());
}

at::ScalarType compute_dtype(const at::Tensor& x) {
  const auto device = x.device().type();
  const at::ScalarType own = x.scalar_type();
  const bool lowered =
      at::isFloatingType(own) && own != at::kDouble && at::autocast::is_autocast_enabled(device);
  return lowered ? at::autocast::get_autocast_dtype(device) : own;
}

at::Tensor widened(const at::Tensor& x) {
  if (!x.defined()) return x;
  const at::ScalarType type = x.scalar_type();
  return type == at::kBFloat16 || type == at::kHalf ? x.to(at::kFloat) : x;
}

at::Tensor channels_last(const at::Tensor& x) {
  return x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x;
}

}  // namespace saddle
