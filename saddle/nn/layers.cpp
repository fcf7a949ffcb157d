#include "saddle/nn/layers.h"

#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "saddle/base/text.h"
#include "saddle/tensor/precision.h"

namespace saddle::nn {
namespace {

constexpr double kDcganDeviation = 0.02;

at::Tensor as_parameter(const Making& making, at::Tensor tensor) {
  if (making.channels_last) tensor = channels_last(tensor);
  return tensor.requires_grad_();
}

}  // namespace

at::Tensor normal_parameter(const Making& making, std::string_view name, at::IntArrayRef shape,
                            double mean, double deviation) {
  const NoGrad no_grad;
  at::Tensor tensor = random_normal(making.key.fork(name), shape, making.options);
  return as_parameter(making, tensor.mul_(deviation).add_(mean));
}

at::Tensor uniform_parameter(const Making& making, std::string_view name, at::IntArrayRef shape,
                             double bound) {
  const NoGrad no_grad;
  at::Tensor tensor = random_uniform(making.key.fork(name), shape, making.options);
  return as_parameter(making, tensor.mul_(2 * bound).sub_(bound));
}

at::Tensor zero_parameter(const Making& making, at::IntArrayRef shape) {
  return at::zeros(shape, making.options).requires_grad_();
}

std::string ChainBuilder::next_name(std::string_view tensor) const {
  return cat(position_, ".", tensor);
}

ChainBuilder& ChainBuilder::linear(std::int64_t in, std::int64_t out) {
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  Linear layer;
  layer.weight = uniform_parameter(making_, next_name("weight"), {out, in}, bound);
  layer.bias = uniform_parameter(making_, next_name("bias"), {out}, bound);
  return add(std::move(layer));
}

ChainBuilder& ChainBuilder::conv(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                 std::int64_t stride, std::int64_t padding, bool bias) {
  Conv layer;
  layer.stride = stride;
  layer.padding = padding;
  layer.weight =
      normal_parameter(making_, next_name("weight"), {out, in, kernel, kernel}, 0, kDcganDeviation);
  if (bias) layer.bias = zero_parameter(making_, {out});
  return add(std::move(layer));
}

ChainBuilder& ChainBuilder::conv_transposed(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                            std::int64_t stride, std::int64_t padding, bool bias) {
  ConvTransposed layer;
  layer.stride = stride;
  layer.padding = padding;
  layer.weight =
      normal_parameter(making_, next_name("weight"), {in, out, kernel, kernel}, 0, kDcganDeviation);
  if (bias) layer.bias = zero_parameter(making_, {out});
  return add(std::move(layer));
}

ChainBuilder& ChainBuilder::batch_norm(std::int64_t features) {
  BatchNorm layer;
  layer.weight = normal_parameter(making_, next_name("weight"), {features}, 1, kDcganDeviation);
  layer.bias = zero_parameter(making_, {features});
  layer.running_mean = at::zeros({features}, making_.options);
  layer.running_var = at::ones({features}, making_.options);
  return add(std::move(layer));
}

ChainBuilder& ChainBuilder::spectral_norm(std::int64_t out) {
  const std::string name = cat(position_ - 1, ".u");
  at::Tensor u = random_normal(making_.key.fork(name), {out}, making_.options);
  layers_.push_back(SpectralNorm{u.div_(at::linalg_vector_norm(u).clamp_min(1e-12))});
  return *this;
}

ChainBuilder& ChainBuilder::add(Layer layer) {
  layers_.push_back(std::move(layer));
  ++position_;
  return *this;
}

at::Tensor one_hot(const at::Tensor& labels, std::int64_t classes,
                   const at::TensorOptions& options) {
  // Not at::one_hot, which reads the largest label back from the device.
  return at::zeros({labels.size(0), classes}, options).scatter_(1, labels.unsqueeze(1), 1);
}

}  // namespace saddle::nn
