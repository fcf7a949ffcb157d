#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "saddle/base/log.h"
#include "saddle/metric/batches.h"
#include "saddle/metric/extractor.h"

namespace saddle::metric {

/// What an extractor gave for a set of samples.
struct CachedFeatures {
  at::Tensor features;  ///< [n,d]
  at::Tensor logits;    ///< [n,K], or undefined
  at::Tensor labels;    ///< int64 [n] of the samples, or undefined
};

/// The key of the features of samples `range` of a set: Extractor::identity() and whatever decides
/// the samples, such as data::Source::fingerprint() or a generator's identity and seed.
std::string feature_key(std::string_view extractor_identity, std::string_view samples_identity,
                        IndexRange range);

/// Features on disk by the content of their key, one file "features-<hash>.safetensors" each. Other
/// files of the directory are left alone, so that it may be default_cache_directory(). A damaged
/// file or a directory that cannot be written is reported to the log and done without.
class FeatureCache {
 public:
  static constexpr std::int64_t kMaxBytes = 2'000'000'000;

  /// An empty directory: nothing is found or kept. `max_bytes` bounds the files of features
  /// together: those used longest ago make room.
  explicit FeatureCache(std::filesystem::path directory, Log log = {},
                        std::int64_t max_bytes = kMaxBytes);

  /// What put() kept under this key, bit for bit.
  std::optional<CachedFeatures> find(std::string_view key) const;
  void put(std::string_view key, const CachedFeatures& entry) const;

 private:
  std::filesystem::path path_of(const std::string& hash) const;
  void make_room(std::int64_t bytes, const std::filesystem::path& keep) const;

  std::filesystem::path directory_;
  Log log_;
  std::int64_t max_bytes_;
};

}  // namespace saddle::metric
