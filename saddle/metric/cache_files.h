#pragma once

#include <string>
#include <string_view>

#include "saddle/tensor/named.h"
#include "saddle/tensor/safetensors.h"

namespace saddle::metric {

// What caches of tensors in safetensors files share. All but tensors_hash throw Error(kInput) of
// `component` when the entry is not as it should be.

/// SHA-256 of the names and bytes of tensors on the CPU, 64 hex digits.
std::string tensors_hash(const NamedTensors& tensors);

/// The entry of this key.
const std::string& metadata_entry(const SafetensorsMetadata& metadata, const std::string& key,
                                  std::string_view component);
/// The entry of this key must have this value.
void require_entry(const SafetensorsMetadata& metadata, const std::string& key,
                   std::string_view expected, std::string_view component);

}  // namespace saddle::metric
