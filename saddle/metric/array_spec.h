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

/// "sha256:" and the hash of dtype, shape and bytes of a contiguous array on the CPU.
std::string array_hash(const at::Tensor& array);

/// What an array of the caller's own is told by in conditions, wherever its file lies: "given
/// 1f2e3d4c5b6a", the first digits of its hash, or "given" where it cannot be read.
std::string given_array(const std::string& spec);

}  // namespace saddle::metric
