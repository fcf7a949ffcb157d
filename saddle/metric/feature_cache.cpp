#include "saddle/metric/feature_cache.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/metric/cache_files.h"
#include "saddle/tensor/safetensors.h"

namespace saddle::metric {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFeatureFormat = "saddle-features/1";
constexpr std::string_view kFeaturePrefix = "features-";
constexpr std::string_view kFeatureSuffix = ".safetensors";

// The hash of the key and of everything that is kept under it.
std::string seal_of_features(const std::string& key_hash, const NamedTensors& tensors) {
  std::string text = cat(key_hash, " ", tensors_hash(tensors));
  for (const NamedTensor& entry : tensors) {
    text += cat(" ", shape_text(entry.tensor.sizes()), " ",
                static_cast<std::int64_t>(entry.tensor.scalar_type()));
  }
  return sha256_hex(text);
}

struct FeatureFile {
  fs::path path;
  std::int64_t bytes = 0;
  fs::file_time_type used;
};

/// Files of features in the directory, those used longest ago first.
std::vector<FeatureFile> feature_files(const fs::path& directory) {
  std::vector<FeatureFile> files;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(kFeaturePrefix) || !name.ends_with(kFeatureSuffix)) continue;
    // Another process may take a file away at any moment.
    std::error_code gone;
    const auto bytes = it->file_size(gone);
    if (gone) continue;
    const auto used = it->last_write_time(gone);
    if (!gone) files.push_back({it->path(), static_cast<std::int64_t>(bytes), used});
  }
  std::ranges::sort(files, {}, &FeatureFile::used);
  return files;
}

}  // namespace

std::string feature_key(std::string_view extractor_identity, std::string_view samples_identity,
                        IndexRange range) {
  return cat("extractor ", extractor_identity, "\nsamples ", samples_identity, "\nrange ",
             range.first, "+", range.count);
}

FeatureCache::FeatureCache(std::filesystem::path directory, Log log, std::int64_t max_bytes)
    : directory_(std::move(directory)), log_(std::move(log)), max_bytes_(max_bytes) {}

std::filesystem::path FeatureCache::path_of(const std::string& hash) const {
  return directory_ / cat(kFeaturePrefix, hash.substr(0, 16), kFeatureSuffix);
}

std::optional<CachedFeatures> FeatureCache::find(std::string_view key) const {
  if (directory_.empty()) return std::nullopt;
  const std::string hash = sha256_hex(key);
  const fs::path path = path_of(hash);
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  try {
    const Safetensors file = load_safetensors(path);
    require_entry(file.metadata, "format", kFeatureFormat, "features");
    require_entry(file.metadata, "key", hash, "features");
    require_entry(file.metadata, "sha256", seal_of_features(hash, file.tensors), "features");
    CachedFeatures entry;
    for (const NamedTensor& tensor : file.tensors) {
      if (tensor.name == "features") entry.features = tensor.tensor;
      if (tensor.name == "logits") entry.logits = tensor.tensor;
      if (tensor.name == "labels") entry.labels = tensor.tensor;
    }
    fs::last_write_time(path, fs::file_time_type::clock::now(), error);
    return entry;
  } catch (const Error& e) {
    log_.warning(cat("the cached features ", path.string(), " cannot be used (", e.message(),
                     "); they are computed again"));
    return std::nullopt;
  }
}

void FeatureCache::put(std::string_view key, const CachedFeatures& entry) const {
  if (directory_.empty()) return;
  NamedTensors tensors{{"features", entry.features.detach().to(at::kCPU).contiguous()}};
  if (entry.logits.defined()) {
    tensors.push_back({"logits", entry.logits.detach().to(at::kCPU).contiguous()});
  }
  if (entry.labels.defined()) {
    tensors.push_back({"labels", entry.labels.detach().to(at::kCPU).contiguous()});
  }
  std::int64_t bytes = 0;
  for (const NamedTensor& t : tensors) bytes += static_cast<std::int64_t>(t.tensor.nbytes());
  if (bytes > max_bytes_) {
    log_.info(cat("the features are not kept for the next time: ", grouped(bytes),
                  " bytes, and the cache holds at most ", grouped(max_bytes_)));
    return;
  }
  const std::string hash = sha256_hex(key);
  const fs::path path = path_of(hash);
  try {
    make_directories(directory_);
    remove_stale_temporaries(directory_, kFeatureSuffix);
    make_room(bytes, path);
    save_safetensors(path, tensors,
                     {{"format", std::string(kFeatureFormat)},
                      {"key", hash},
                      {"sha256", seal_of_features(hash, tensors)}});
  } catch (const Error& e) {
    log_.warning(cat("the features cannot be kept for the next time: ", e.message()));
  }
}

void FeatureCache::make_room(std::int64_t bytes, const fs::path& keep) const {
  const auto files = feature_files(directory_);
  std::int64_t total = bytes, removed = 0;
  for (const FeatureFile& file : files) {
    if (file.path != keep) total += file.bytes;
  }
  for (const FeatureFile& file : files) {
    if (total <= max_bytes_) break;
    if (file.path == keep) continue;
    std::error_code error;
    if (fs::remove(file.path, error)) ++removed;
    total -= file.bytes;
  }
  if (removed == 0) return;
  log_.info(cat("the cache of features in ", directory_.string(), " holds at most ",
                grouped(max_bytes_), " bytes: ", removed, removed == 1 ? " file" : " files",
                " used longest ago made room"));
}

}  // namespace saddle::metric
