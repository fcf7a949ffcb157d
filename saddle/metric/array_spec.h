#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>

namespace saddle::metric {

/// Whether `spec` names an array that read_array reads: FILE.npy, FILE.npz#KEY or
/// FILE.safetensors[#KEY].
bool is_array_spec(std::string_view spec);

/// Reads one array from a file, on the CPU: FILE.npy, FILE.npz#KEY or FILE.safetensors#KEY; the key
/// may be left out where the file holds one array. Throws Error(kInput) naming the keys there are,
/// and what is wrong with the file.
at::Tensor read_array(const std::string& spec);

}  // namespace saddle::metric
