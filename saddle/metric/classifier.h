#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saddle/base/log.h"
#include "saddle/data/source.h"
#include "saddle/loader/transform.h"
#include "saddle/metric/batches.h"
#include "saddle/nn/chain.h"
#include "saddle/tensor/named.h"

namespace saddle::metric {

/// How the classifier learns. Everything here but the cache directory is part of its cache key.
struct ClassifierOptions {
  std::int64_t epochs = 3;
  std::int64_t min_steps = 1000;  ///< small sets are seen more than `epochs` times
  std::int64_t batch = 128;
  double learning_rate = 2e-3;  ///< at the start; falls to 0 along a cosine
  std::uint64_t seed = 0;
  data::Transform transform{};              ///< only the padding is used
  std::filesystem::path cache_directory{};  ///< empty: neither read nor written
};

struct ClassifierProgress {
  std::int64_t step = 0;  ///< done
  std::int64_t steps = 0;
  double loss = 0;  ///< nats, of the last batch
};
using ClassifierProgressCallback = std::function<void(const ClassifierProgress&)>;

/// $SADDLE_CACHE, else $XDG_CACHE_HOME/saddle, else ~/.cache/saddle; empty when none is set.
std::filesystem::path default_cache_directory();

/// "saddle-cnn/1": a small convolutional classifier of labelled images, trained on the real set at
/// hand, whose 128 penultimate features (after ReLU) and probabilities judge generated images.
/// Stride-2 convolutions of 24, 48 and 64 channels down to a map of at most 4 x 4, a linear layer
/// of 128, a linear layer of the classes; Adam(.9, .99). Values of two different classifiers are
/// not comparable: keep weights_hash() with every number.
class Classifier {
 public:
  static constexpr std::int64_t kFeatures = 128;
  static constexpr std::string_view kArchitecture = "saddle-cnn/1";

  /// The classifier of `train_range` of `train`, tested on `test_range` of `test`: from the cache
  /// where it lies there, else trained and put there. A cache file that cannot be used is reported
  /// to `log` and replaced; a cache that cannot be written is reported and done without. The same
  /// arguments and thread count give the same bytes.
  /// Throws Error(kUnsupported) without labels or images, Error(kInput) on ranges or images that do
  /// not fit, Error(kNumeric) when training diverges.
  static Classifier train_or_load(const data::Source& train, IndexRange train_range,
                                  const data::Source& test, IndexRange test_range,
                                  const ClassifierOptions& options,
                                  const ClassifierProgressCallback& progress = {},
                                  const Log& log = {});

  struct Output {
    at::Tensor features;  ///< [N,128] float32
    at::Tensor logits;    ///< [N,K] float32
  };
  /// Images float [N,C,H,W] in [-1,1] (already padded; they are rounded to 8 bits first) or u8
  /// (padded here). Throws Error(kInput) on another size.
  Output run(const at::Tensor& images) const;
  at::Tensor features(const at::Tensor& images) const { return run(images).features; }
  /// [N,K], rows sum to 1.
  at::Tensor probabilities(const at::Tensor& images) const;

  double accuracy() const { return accuracy_; }  ///< share of the test images, 0..1
  std::int64_t n_test() const { return n_test_; }
  std::int64_t classes() const { return classes_; }
  bool from_cache() const { return from_cache_; }
  /// CPU seconds of the whole process that training took, also when it came from the cache.
  double train_cpu_seconds() const { return train_cpu_seconds_; }
  /// SHA-256 of the weights, 64 hex digits.
  const std::string& weights_hash() const { return weights_hash_; }
  /// One line for protocols: architecture, weights, training images, test accuracy.
  std::string description() const;

 private:
  Classifier() = default;
  void train(const data::Source& source, IndexRange range, const ClassifierOptions& options,
             const ClassifierProgressCallback& progress);
  void test(const data::Source& source, IndexRange range);
  bool load(const std::filesystem::path& path, const std::string& key, const Log& log);
  void save(const std::filesystem::path& path, const std::string& key, const Log& log) const;
  NamedTensors weights() const;
  std::string hash_weights() const;

  std::shared_ptr<nn::Chain> network_;
  std::vector<std::int64_t> image_shape_;  ///< [C,H,W] after padding
  data::Transform transform_;
  IndexRange train_range_;
  std::int64_t classes_ = 0;
  std::int64_t n_test_ = 0;
  double accuracy_ = 0;
  double train_cpu_seconds_ = 0;
  bool from_cache_ = false;
  std::string weights_hash_;
};

}  // namespace saddle::metric
