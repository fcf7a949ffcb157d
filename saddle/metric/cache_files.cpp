#include "saddle/metric/cache_files.h"

#include <ATen/ATen.h>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"

namespace saddle::metric {

std::string tensors_hash(const NamedTensors& tensors) {
  Sha256 hash;
  for (const NamedTensor& entry : tensors) {
    const at::Tensor plain = entry.tensor.contiguous();
    hash.update(entry.name);
    hash.update({static_cast<const std::byte*>(plain.const_data_ptr()), plain.nbytes()});
  }
  return hash.hex();
}

const std::string& metadata_entry(const SafetensorsMetadata& metadata, const std::string& key,
                                  std::string_view component) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) {
    throw Error(ErrorCode::kInput, component, cat("metadata: got no entry '", key, "'"));
  }
  return found->second;
}

void require_entry(const SafetensorsMetadata& metadata, const std::string& key,
                   std::string_view expected, std::string_view component) {
  const std::string& got = metadata_entry(metadata, key, component);
  if (got != expected) {
    throw Error(ErrorCode::kInput, component,
                cat("metadata ", key, ": got '", got, "', expected '", expected, "'"));
  }
}

}  // namespace saddle::metric
