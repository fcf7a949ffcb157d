#include "saddle/loader/transform.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>

#include "saddle/base/error.h"
#include "saddle/base/philox.h"
#include "saddle/base/text.h"

namespace saddle::data {

namespace {

float to_unit(std::uint8_t value) {
  return static_cast<float>(value) / 127.5f - 1.0f;
}

const std::array<float, 256>& unit_table() {
  static const std::array<float, 256> table = [] {
    std::array<float, 256> values{};
    for (int i = 0; i < 256; ++i) values[i] = to_unit(static_cast<std::uint8_t>(i));
    return values;
  }();
  return table;
}

/// One row of pixels into its place; `step` is -1 for a mirrored row.
void convert_row(const std::uint8_t* in, std::int64_t in_stride, std::int64_t step, float* out,
                 std::int64_t out_stride, std::int64_t width) {
  if (in_stride == 1 && step == 1 && out_stride == 1) {
    for (std::int64_t x = 0; x < width; ++x) out[x] = to_unit(in[x]);
    return;
  }
  const float* table = unit_table().data();
  const std::uint8_t* at = step < 0 ? in + (width - 1) * in_stride : in;
  for (std::int64_t x = 0; x < width; ++x, at += step * in_stride) out[x * out_stride] = table[*at];
}

void convert_image(const at::Tensor& images, std::int64_t n, const Transform& transform, bool flip,
                   const at::Tensor& out) {
  const std::int64_t height = images.size(2);
  const std::int64_t width = images.size(3);
  const std::int64_t pad = transform.pad;
  for (std::int64_t c = 0; c < images.size(1); ++c) {
    const std::uint8_t* in =
        images.const_data_ptr<std::uint8_t>() + n * images.stride(0) + c * images.stride(1);
    float* to = out.mutable_data_ptr<float>() + n * out.stride(0) + c * out.stride(1) +
                pad * (out.stride(2) + out.stride(3));
    for (std::int64_t y = 0; y < height; ++y) {
      convert_row(in + y * images.stride(2), images.stride(3), flip ? -1 : 1,
                  to + y * out.stride(2), out.stride(3), width);
    }
  }
}

}  // namespace

std::vector<std::int64_t> transformed_shape(const Transform& transform,
                                            std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> out(shape.begin(), shape.end());
  if (out.size() == 3) {
    out[1] += 2 * transform.pad;
    out[2] += 2 * transform.pad;
  }
  return out;
}

bool flips(std::uint64_t seed, std::int64_t position) {
  auto draw =
      PhiloxSequence::of(stream_key(seed, "transform"), static_cast<std::uint64_t>(position));
  return (draw.u32() >> 31) != 0;
}

at::Tensor transform_images(const Transform& transform, const at::Tensor& images,
                            std::uint64_t seed, std::span<const std::int64_t> positions) {
  if (images.scalar_type() != at::kByte || images.dim() != 4) {
    throw Error(
        ErrorCode::kInternal, "transform",
        cat("images: got ", at::toString(images.scalar_type()), " ",
            shape_text({images.sizes().data(), images.sizes().size()}), ", expected u8 [N,C,H,W]"));
  }
  const std::int64_t count = images.size(0);
  if (transform.flip && static_cast<std::int64_t>(positions.size()) != count) {
    throw Error(ErrorCode::kInternal, "transform",
                cat("positions: got ", positions.size(), ", expected ", count));
  }
  const auto layout =
      transform.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const at::Tensor out = at::empty({count, images.size(1), images.size(2) + 2 * transform.pad,
                                    images.size(3) + 2 * transform.pad},
                                   at::TensorOptions().dtype(at::kFloat).memory_format(layout));
  if (transform.pad > 0) {
    std::fill_n(out.mutable_data_ptr<float>(), out.numel(),
                to_unit(static_cast<std::uint8_t>(transform.pad_value)));
  }
  for (std::int64_t n = 0; n < count; ++n) {
    convert_image(images, n, transform, transform.flip && flips(seed, positions[n]), out);
  }
  return out;
}

}  // namespace saddle::data
