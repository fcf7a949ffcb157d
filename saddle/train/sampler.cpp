#include <ATen/ATen.h>

#include "saddle/train/task.h"

namespace saddle {

codec::Image8 fixed_sheet(Sampler& sampler, const Streams& streams, std::int64_t count) {
  const RandomKey key = streams.at("eval", 0);
  const auto options = at::TensorOptions().dtype(at::kFloat);
  const at::Tensor latents =
      random_normal(key.fork("sheet"), {count, sampler.latent_size()}, options);
  at::Tensor labels;
  if (sampler.classes() > 0) {
    labels = at::arange(count, at::TensorOptions().dtype(at::kLong)).remainder(sampler.classes());
  }
  return sampler.picture(sampler.sample(latents, labels), /*columns=*/0);
}

}  // namespace saddle
