#include <ATen/ATen.h>

#include <charconv>
#include <cstdlib>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/metric/cache_files.h"
#include "saddle/metric/classifier.h"
#include "saddle/tensor/safetensors.h"

namespace saddle::metric {

namespace {

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

const std::string& entry(const SafetensorsMetadata& metadata, const std::string& key) {
  return metadata_entry(metadata, key, "classifier");
}

double number_entry(const SafetensorsMetadata& metadata, const std::string& key) {
  const std::string& text = entry(metadata, key);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw Error(ErrorCode::kInput, "classifier",
                cat("metadata ", key, ": got '", text, "', expected a number"));
  }
  return value;
}

// The hash of everything that a judgement depends on.
std::string seal_of(const std::string& weights_hash, const SafetensorsMetadata& metadata) {
  return sha256_hex(cat(weights_hash, " ", entry(metadata, "key"), " ", entry(metadata, "accuracy"),
                        " ", entry(metadata, "n_test"), " ", entry(metadata, "train_cpu_seconds")));
}

void check_entry(const SafetensorsMetadata& metadata, const std::string& key,
                 std::string_view expected) {
  require_entry(metadata, key, expected, "classifier");
}

}  // namespace

std::filesystem::path default_cache_directory() {
  if (const char* own = environment("SADDLE_CACHE")) return own;
  if (const char* shared = environment("XDG_CACHE_HOME")) {
    return std::filesystem::path(shared) / "saddle";
  }
  if (const char* home = environment("HOME")) {
    return std::filesystem::path(home) / ".cache" / "saddle";
  }
  return {};
}

NamedTensors Classifier::weights() const {
  NamedTensors list;
  network_->parameters("", [&](const std::string& name, at::Tensor& tensor) {
    list.push_back({name, tensor.detach()});
  });
  return list;
}

std::string Classifier::hash_weights() const {
  return tensors_hash(weights());
}

bool Classifier::load(const std::filesystem::path& path, const std::string& key, const Log& log) {
  if (!std::filesystem::exists(path)) return false;
  try {
    const Safetensors file = load_safetensors(path);
    check_entry(file.metadata, "format", kArchitecture);
    check_entry(file.metadata, "key", key);
    NamedTensors stored = weights();
    for (NamedTensor& weight : stored) {
      const at::Tensor& tensor = file.at(weight.name);
      if (tensor.sizes() != weight.tensor.sizes() || tensor.scalar_type() != at::kFloat) {
        throw Error(ErrorCode::kInput, "classifier",
                    cat("tensor ", weight.name, ": got ", shape_text(tensor.sizes()), ", expected ",
                        shape_text(weight.tensor.sizes()), " float32"));
      }
      weight.tensor = tensor;
    }
    const std::string hash = tensors_hash(stored);
    check_entry(file.metadata, "weights_sha256", hash);
    check_entry(file.metadata, "sha256", seal_of(hash, file.metadata));
    const double accuracy = number_entry(file.metadata, "accuracy");
    const double n_test = number_entry(file.metadata, "n_test");
    const double seconds = number_entry(file.metadata, "train_cpu_seconds");
    // Nothing is taken before everything has been found good.
    std::size_t next = 0;
    network_->parameters(
        "", [&](const std::string&, at::Tensor& tensor) { tensor = stored[next++].tensor; });
    weights_hash_ = hash;
    accuracy_ = accuracy;
    n_test_ = static_cast<std::int64_t>(n_test);
    train_cpu_seconds_ = seconds;
    from_cache_ = true;
    return true;
  } catch (const Error& e) {
    log.warning(cat("the cached classifier ", path.string(), " cannot be used (", e.message(),
                    "); it is trained again"));
    return false;
  }
}

void Classifier::save(const std::filesystem::path& path, const std::string& key,
                      const Log& log) const {
  try {
    make_directories(path.parent_path());
    SafetensorsMetadata metadata{{"format", std::string(kArchitecture)},
                                 {"key", key},
                                 {"weights_sha256", weights_hash_},
                                 {"accuracy", number(accuracy_)},
                                 {"n_test", number(n_test_)},
                                 {"train_cpu_seconds", number(train_cpu_seconds_)}};
    metadata.emplace("sha256", seal_of(weights_hash_, metadata));
    save_safetensors(path, weights(), metadata);
  } catch (const Error& e) {
    log.warning(cat("the classifier cannot be kept for the next time: ", e.message()));
  }
}

}  // namespace saddle::metric
