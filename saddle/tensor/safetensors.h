#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "saddle/tensor/named.h"

namespace saddle {

/// Free texts that a safetensors file carries beside its tensors, by key.
using SafetensorsMetadata = std::map<std::string, std::string>;

/// The content of a safetensors file, tensors in the order of its header.
struct Safetensors {
  NamedTensors tensors;
  SafetensorsMetadata metadata;

  /// The tensor called `name`. Throws Error(kInput) with the nearest name there is.
  const at::Tensor& at(std::string_view name) const;
};

/// How the tensors of a file come into memory.
enum class SafetensorsAccess {
  kCopy,    ///< own memory
  kMapped,  ///< views of the mapped file: fast and shared, but writing to them ends the process
};

/// Reads a safetensors file: F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL, on the CPU. Throws
/// Error(kInput) for everything that the format forbids (sizes, header, offsets), naming the file
/// and the tensor, and for files that are missing or not readable.
Safetensors load_safetensors(const std::filesystem::path& path,
                             SafetensorsAccess access = SafetensorsAccess::kCopy);

/// The same from bytes in memory, always copied; `source` names them in errors.
Safetensors parse_safetensors(std::string_view bytes, std::string_view source);

/// The file as bytes: tensors of any device and layout, written as contiguous C order (weights in
/// channels-last memory as plain OIHW). The header keeps the order given; data is sorted by element
/// size, so that every tensor is aligned. Throws Error(kInternal) for names used twice, undefined
/// tensors and dtypes outside the format, Error(kInput) for text that is not UTF-8.
std::string safetensors_bytes(const NamedTensors& tensors,
                              const SafetensorsMetadata& metadata = {});

/// Writes the bytes atomically. Throws also Error(kIo).
void save_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                      const SafetensorsMetadata& metadata = {});

}  // namespace saddle
