#include "saddle/kernel/convolution_passes.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

namespace saddle::kernel {
namespace {

at::MemoryFormat layout_of(const ConvCase& conv) {
  return conv.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
}

at::Tensor library_pass(const ConvCase& conv, const ConvOperands& operands) {
  const auto& [first, second, bias] = operands;
  const std::int64_t s = conv.stride, p = conv.padding;
  switch (conv.pass) {
    case ConvPass::kForward:
      return at::conv2d(first, second, bias, s, p);
    case ConvPass::kInputGradient: {
      // Rows that the forward pass rounded away, always fewer than the stride.
      const std::int64_t rows = (conv.input[2] + 2 * p - conv.weight[2]) % s;
      const std::int64_t columns = (conv.input[3] + 2 * p - conv.weight[3]) % s;
      return at::conv_transpose2d(first, second, bias, s, p, {rows, columns});
    }
    case ConvPass::kWeightGradient:
      break;
  }
  // Only the shape and layout of the weight are read.
  const at::Tensor weight =
      at::empty(conv.weight, second.options().requires_grad(false), second.suggest_memory_format());
  return std::get<1>(at::convolution_backward(first, second, weight, at::OptionalIntArrayRef{},
                                              {s, s}, {p, p}, {1, 1}, false, {0, 0}, 1,
                                              {false, true, false}));
}

/// [N,C,H,W] -> [N * H * W, C]; no copy where the memory is channels-last.
at::Tensor pixels_by_channels(const at::Tensor& map) {
  return map.permute({0, 2, 3, 1}).reshape({-1, map.size(1)});
}

/// [N * H * W, C] -> [N,C,H,W] in channels-last memory, no copy.
at::Tensor map_of_pixels(const at::Tensor& pixels, std::int64_t n, std::int64_t h, std::int64_t w) {
  return pixels.view({n, h, w, pixels.size(1)}).permute({0, 3, 1, 2});
}

/// [O,C,kh,kw] -> [O, kh * kw * C].
at::Tensor weight_matrix(const at::Tensor& weight) {
  return weight.permute({0, 2, 3, 1}).reshape({weight.size(0), -1});
}

/// The patch under each output pixel as a row: [N * H' * W', kh * kw * C]. Padded channels-last
/// memory makes each kernel row one contiguous run.
at::Tensor patches(const ConvCase& conv, const at::Tensor& input) {
  const auto [n, c, h, w] = conv.input;
  const std::int64_t kh = conv.weight[2], kw = conv.weight[3], s = conv.stride, p = conv.padding;
  at::Tensor padded = input.permute({0, 2, 3, 1});
  if (p > 0) {
    padded = at::zeros({n, h + 2 * p, w + 2 * p, c}, input.options().requires_grad(false));
    padded.narrow(1, p, h).narrow(2, p, w).copy_(input.permute({0, 2, 3, 1}));
  } else {
    padded = padded.contiguous();
  }
  const std::int64_t row = (w + 2 * p) * c;
  const at::Tensor windows =
      padded.as_strided({n, conv.out_height(), conv.out_width(), kh, kw, c},
                        {(h + 2 * p) * row, s * row, s * c, row, c, 1}, padded.storage_offset());
  return windows.reshape({n * conv.out_height() * conv.out_width(), kh * kw * c});
}

/// The sum of rows back onto the pixels they came from: the adjoint of patches(). Sums 16-bit
/// rows in float32 and rounds once.
at::Tensor sum_of_patches(const ConvCase& conv, const at::Tensor& rows) {
  const auto [n, c, h, w] = conv.input;
  const std::int64_t kh = conv.weight[2], kw = conv.weight[3], s = conv.stride, p = conv.padding;
  const std::int64_t oh = conv.out_height(), ow = conv.out_width();
  const bool narrow_type = rows.element_size() == 2;
  const auto type = narrow_type ? at::kFloat : rows.scalar_type();
  at::Tensor sum = at::zeros({n, h + 2 * p, w + 2 * p, c}, rows.options().dtype(type));
  const at::Tensor windows = rows.view({n, oh, ow, kh, kw, c});
  for (std::int64_t i = 0; i < kh; ++i) {
    for (std::int64_t j = 0; j < kw; ++j) {
      sum.slice(1, i, i + s * (oh - 1) + 1, s)
          .slice(2, j, j + s * (ow - 1) + 1, s)
          .add_(windows.select(3, i).select(3, j));
    }
  }
  return sum.narrow(1, p, h).narrow(2, p, w).permute({0, 3, 1, 2}).to(rows.scalar_type());
}

at::Tensor gemm_pass(const ConvCase& conv, const ConvOperands& operands) {
  const auto& [first, second, bias] = operands;
  const std::int64_t n = conv.input[0];
  switch (conv.pass) {
    case ConvPass::kForward: {
      const at::Tensor rows = patches(conv, first);
      const at::Tensor weights = weight_matrix(second).t();
      return map_of_pixels(bias.defined() ? at::addmm(bias, rows, weights) : at::mm(rows, weights),
                           n, conv.out_height(), conv.out_width());
    }
    case ConvPass::kInputGradient: {
      const at::Tensor map =
          sum_of_patches(conv, at::mm(pixels_by_channels(first), weight_matrix(second)));
      return bias.defined() ? map.add(bias.view({1, -1, 1, 1})) : map;
    }
    case ConvPass::kWeightGradient:
      break;
  }
  const at::Tensor matrix = at::mm(pixels_by_channels(first).t(), patches(conv, second));
  const auto [o, c, kh, kw] = conv.weight;
  return matrix.view({o, kh, kw, c}).permute({0, 3, 1, 2});
}

}  // namespace

at::Tensor compute_pass(const ConvCase& conv, ConvMethod method, const ConvOperands& operands) {
  const NoGrad no_grad;
  // Operands have their dtype by now; a scope around would convert float32 copies back.
  const PrecisionScope as_given(Precision::kFloat32, operands.first.device());
  at::Tensor result;
  switch (method) {
    case ConvMethod::kLibrary:
      return library_pass(conv, operands);
    case ConvMethod::kChannelsLast:
      result = library_pass(
          conv, {channels_last(operands.first), channels_last(operands.second), operands.bias});
      break;
    case ConvMethod::kGemm:
      result = gemm_pass(conv, operands);
      break;
    case ConvMethod::kFloat32: {
      const at::Tensor bias =
          operands.bias.defined() ? operands.bias.to(at::kFloat) : operands.bias;
      result =
          library_pass(conv, {operands.first.to(at::kFloat), operands.second.to(at::kFloat), bias});
      break;
    }
  }
  return result.to(operands.first.scalar_type()).contiguous(layout_of(conv));
}

}  // namespace saddle::kernel
