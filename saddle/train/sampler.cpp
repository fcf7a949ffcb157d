#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "saddle/train/task.h"

namespace saddle {

data::Batch draw_samples(Sampler& sampler, const RandomKey& key, std::int64_t n) {
  const at::Tensor latents = random_normal(key.fork("latent"), {n, sampler.latent_size()},
                                           at::TensorOptions().dtype(at::kFloat));
  return sampler.sample(latents, sampler.draw_labels(key.fork("label"), n));
}

codec::Image8 fixed_sheet(Sampler& sampler, const Streams& streams, std::int64_t count) {
  const RandomKey key = streams.at("eval", 0);
  const auto options = at::TensorOptions().dtype(at::kFloat);
  const at::Tensor latents =
      random_normal(key.fork("sheet"), {count, sampler.latent_size()}, options);
  at::Tensor labels;
  std::int64_t columns = 0;
  const std::int64_t classes = sampler.classes();
  if (classes > 0) {
    labels = at::arange(count, at::TensorOptions().dtype(at::kLong)).remainder(classes);
    // The multiple of the classes that is nearest to a square.
    const double side = std::sqrt(static_cast<double>(count));
    if (classes <= count) {
      columns =
          classes * std::max<std::int64_t>(1, std::lround(side / static_cast<double>(classes)));
    }
  }
  return sampler.picture(sampler.sample(latents, labels), columns);
}

}  // namespace saddle
