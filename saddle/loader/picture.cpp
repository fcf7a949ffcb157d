#include "saddle/loader/picture.h"

#include <ATen/ATen.h>

namespace saddle::data {

at::Tensor image_bytes(const at::Tensor& images) {
  if (images.scalar_type() == at::kByte) return images;
  return images.add(1.0).mul(127.5).round().clamp(0, 255).to(at::kByte);
}

codec::Image8 picture_of(const at::Tensor& image) {
  const at::Tensor bytes = image_bytes(image).permute({1, 2, 0}).contiguous();
  codec::Image8 out{.width = static_cast<int>(bytes.size(1)),
                    .height = static_cast<int>(bytes.size(0)),
                    .channels = static_cast<int>(bytes.size(2)),
                    .pixels = {}};
  const auto* begin = bytes.const_data_ptr<std::uint8_t>();
  out.pixels.assign(begin, begin + bytes.numel());
  return out;
}

}  // namespace saddle::data
