#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>

#include "saddle/data/source.h"
#include "saddle/loader/batch.h"
#include "saddle/loader/transform.h"
#include "saddle/tensor/random.h"

namespace saddle::metric {

/// Yields the next n generated samples: "x" [n,...] float in the range of the data ([-1,1] for
/// images) and, for a conditional generator, "label" [n] int64: what was asked for.
using FakeSampler = std::function<data::Batch(std::int64_t n)>;

/// Samples `first` .. `first + count - 1` of a source.
struct IndexRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Asks for n fakes in batches of at most `batch` and hands each, on the CPU and without a graph,
/// to `use`, so that memory does not grow with n. Throws Error(kInput) when n or batch is below 1,
/// Error(kInternal) when the sampler returns another number, Error(kNumeric) on NaN or Inf.
void each_fake(const FakeSampler& sampler, std::int64_t n, std::int64_t batch,
               const std::function<void(const data::Batch&)>& use);

/// Reads a range of a source in batches; u8 images become float in [-1,1] by `transform`, never
/// flipped. Throws Error(kInput) when the source has fewer samples.
void each_real(const data::Source& source, IndexRange range, std::int64_t batch,
               const data::Transform& transform,
               const std::function<void(const data::Batch&)>& use);

/// u8 images [N,C,H,W] as float32 in [-1,1], padded; other dtypes pass through as float32.
at::Tensor evaluation_images(const at::Tensor& images, const data::Transform& transform);

/// Images in [-1,1] as a file of 8 bits holds them: clamped, u = round((x + 1) 127.5), and back.
at::Tensor quantised(const at::Tensor& images);

/// n samples [n,...] whose every number is drawn by itself from those at its place in `samples`
/// [m,...]: of images, a generator that knows each pixel's own distribution and nothing else.
at::Tensor independent_places(const at::Tensor& samples, std::int64_t n, const RandomKey& key);

/// A keyed random order of 0 .. n-1: int64 [n].
at::Tensor random_order(const RandomKey& key, std::int64_t n);

/// Throws Error(kInput) naming `what` when the range is empty or the source is smaller.
void check_range(const data::Source& source, IndexRange range, std::string_view what);

}  // namespace saddle::metric
