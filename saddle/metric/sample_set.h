#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "saddle/data/source.h"
#include "saddle/loader/batch.h"
#include "saddle/loader/transform.h"
#include "saddle/tensor/random.h"

namespace saddle::metric {

/// One side of a comparison: rows of numbers, or images that an extractor turns into rows. Sample
/// i of a set is always the same one, whatever is read with it.
class SampleSet {
 public:
  virtual ~SampleSet() = default;
  /// As the user knows it: a path, "run/checkpoints/200000".
  virtual const std::string& name() const = 0;
  /// Equal for equal samples: a fingerprint of data, or of weights and seed. "" for samples that
  /// will not come again, which no cache keeps.
  virtual const std::string& identity() const = 0;
  /// Equal only where sample i is the same one, for caches: the identity and, of a set that is read
  /// in an order of its own, that order. "" where the identity is "".
  virtual std::string cache_key() const { return identity(); }
  /// data::Source::kEndless for a generator.
  virtual std::int64_t size() const = 0;
  /// Shape of one sample: [d] for rows, [C,H,W] for images.
  virtual const std::vector<std::int64_t>& shape() const = 0;
  /// Samples first .. first + count - 1: "x" rows [count,d] of any real dtype, or images
  /// [count,C,H,W] u8 or float in [-1,1]; "label" [count] int64 where there are labels.
  virtual data::Batch read(std::int64_t first, std::int64_t count) const = 0;

  /// "x" of the samples in the set's own order, for pairs: as read() unless that has another order.
  virtual at::Tensor read_paired(std::int64_t first, std::int64_t count) const {
    return read(first, count).at("x");
  }

  bool images() const { return shape().size() == 3; }
  bool endless() const { return size() == data::Source::kEndless; }
};

/// An array as a set: 1-D [n] and 2-D [n,d] are rows, 3-D [n,H,W] and 4-D [n,C,H,W] images, u8 or
/// float in [-1,1]. `labels` [n] whole numbers or undefined. With an `order_seed`, an order of that
/// seed stands for the array's own, so that the first n are a fair choice of a sorted set. Throws
/// Error(kInput) on other shapes and types, and naming the range of images that leave theirs.
std::unique_ptr<SampleSet> array_set(const at::Tensor& array, const at::Tensor& labels,
                                     std::string name,
                                     std::optional<std::uint64_t> order_seed = std::nullopt);

/// Samples of a source of images or points. An order of `seed` stands for the source's own, so
/// that the first n are a fair choice of a set sorted by class; an endless source is taken as it
/// comes. Images are padded by `transform`, never flipped.
std::unique_ptr<SampleSet> source_set(std::shared_ptr<const data::Source> source,
                                      const data::Transform& transform, std::string name,
                                      std::uint64_t seed);

/// n samples of a generator at the latents of a key: fields "x" and, of a conditional one, "label".
using KeyedSampler = std::function<data::Batch(const RandomKey& key, std::int64_t n)>;

/// What a generator makes of latents of stream "eval" of `seed`. Samples are made in pieces of 500,
/// so that none depends on how many are asked for. `identity` tells weights apart, the
/// seed is added; "" stays "". Throws Error(kNumeric) when it makes NaN or Inf.
std::unique_ptr<SampleSet> generated_set(KeyedSampler sampler, std::string name,
                                         const std::string& identity, std::uint64_t seed);

}  // namespace saddle::metric
