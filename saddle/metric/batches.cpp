#include "saddle/metric/batches.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/tensor/precision.h"

namespace saddle::metric {

namespace {

constexpr std::int64_t kPlacesAtOnce = std::int64_t{1} << 22;  // 32 MB of indices

data::Batch checked_fakes(const data::Batch& batch, std::int64_t expected) {
  data::Batch out;
  for (const data::Field& field : batch.fields) {
    if (field.values.dim() == 0 || field.values.size(0) != expected) {
      throw Error(ErrorCode::kInternal, "metric",
                  cat("field ", field.name, " of the fakes: got ", shape_text(field.values.sizes()),
                      ", expected ", expected, " samples"));
    }
    out.set(field.name, field.values.detach().to(at::kCPU));
  }
  const at::Tensor& x = out.at("x");
  const std::int64_t bad = x.numel() - at::isfinite(x).sum().item<std::int64_t>();
  if (bad > 0) {
    throw Error(ErrorCode::kNumeric, "metric",
                cat("fakes: got ", bad, " NaN or Inf in ", expected,
                    " samples, expected finite numbers; the generator has diverged, try an earlier "
                    "checkpoint"));
  }
  return out;
}

}  // namespace

void check_range(const data::Source& source, IndexRange range, std::string_view what) {
  if (range.first < 0 || range.count < 1 || range.first > source.size() - range.count) {
    throw Error(ErrorCode::kInput, "metric",
                cat(what, ": got samples ", range.first, " to ", range.first + range.count - 1,
                    ", expected a range that is not empty within ", source.size(), " samples"));
  }
}

void each_fake(const FakeSampler& sampler, std::int64_t n, std::int64_t batch,
               const std::function<void(const data::Batch&)>& use) {
  if (n < 1 || batch < 1) {
    throw Error(ErrorCode::kInput, "metric",
                cat("fakes: got n ", n, " and batch ", batch, ", expected at least 1 each"));
  }
  const NoGrad no_grad;
  for (std::int64_t done = 0; done < n; done += batch) {
    const std::int64_t count = std::min(batch, n - done);
    use(checked_fakes(sampler(count), count));
  }
}

at::Tensor evaluation_images(const at::Tensor& images, const data::Transform& transform) {
  if (images.scalar_type() != at::kByte) return images.to(at::kFloat);
  data::Transform plain = transform;
  plain.flip = false;
  plain.channels_last = false;
  return data::transform_images(plain, images, 0, {});
}

void each_real(const data::Source& source, IndexRange range, std::int64_t batch,
               const data::Transform& transform,
               const std::function<void(const data::Batch&)>& use) {
  check_range(source, range, "real samples");
  for (std::int64_t done = 0; done < range.count; done += batch) {
    std::vector<std::int64_t> indices(std::min(batch, range.count - done));
    std::iota(indices.begin(), indices.end(), range.first + done);
    data::Batch samples = data::read_batch(source, indices);
    const at::Tensor& x = samples.at("x");
    if (x.dim() == 4) samples.set("x", evaluation_images(x, transform));
    use(samples);
  }
}

at::Tensor quantised(const at::Tensor& images) {
  const at::Tensor u = images.clamp(-1, 1).add(1).mul(127.5).round();
  return u.div(127.5).sub(1);
}

at::Tensor independent_places(const at::Tensor& samples, std::int64_t n, const RandomKey& key) {
  const std::int64_t count = samples.size(0), places = samples.numel() / count;
  std::vector<std::int64_t> shape = samples.sizes().vec();
  shape[0] = n;
  const at::Tensor flat = samples.reshape({count, places});
  at::Tensor out = at::empty({n, places}, samples.options());
  // In pieces: the places drawn from take twice the memory of float32 samples.
  const std::int64_t rows = std::max<std::int64_t>(1, kPlacesAtOnce / places);
  for (std::int64_t first = 0; first < n; first += rows) {
    const RandomKey piece = first == 0 ? key : key.fork(static_cast<std::uint64_t>(first));
    const at::Tensor from = random_integers(piece, count, {std::min(rows, n - first), places},
                                            at::TensorOptions().dtype(at::kLong));
    out.narrow(0, first, from.size(0)).copy_(flat.gather(0, from));
  }
  return out.reshape(shape);
}

at::Tensor random_order(const RandomKey& key, std::int64_t n) {
  const at::Tensor draws = random_uniform(key, {n}, at::TensorOptions().dtype(at::kDouble));
  return draws.argsort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
}

}  // namespace saddle::metric
