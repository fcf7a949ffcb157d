#include "saddle/tensor/safetensors.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/codec/safetensors_header.h"
#include "saddle/tensor/precision.h"

namespace saddle {
namespace {

/// In the order of codec::kSafetensorsDtypes.
constexpr at::ScalarType kScalarTypes[] = {at::kDouble, at::kFloat, at::kHalf,  at::kBFloat16,
                                           at::kLong,   at::kInt,   at::kShort, at::kChar,
                                           at::kByte,   at::kBool};

at::ScalarType scalar_type_of(std::string_view dtype) {
  for (std::size_t i = 0; i < std::size(kScalarTypes); ++i) {
    if (codec::kSafetensorsDtypes[i].name == dtype) return kScalarTypes[i];
  }
  throw Error(ErrorCode::kInternal, "safetensors", cat("dtype ", dtype, " has no tensor type"));
}

std::string_view dtype_of(const NamedTensor& entry) {
  const at::ScalarType type = entry.tensor.scalar_type();
  for (std::size_t i = 0; i < std::size(kScalarTypes); ++i) {
    if (kScalarTypes[i] == type) return codec::kSafetensorsDtypes[i].name;
  }
  throw Error(ErrorCode::kInternal, "safetensors",
              cat("tensor '", entry.name, "' is ", c10::toString(type),
                  ", which the format does not have"));
}

void check_bools(std::string_view bytes, const std::string& name, std::string_view source) {
  if (std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0 || c == 1; })) return;
  throw Error(ErrorCode::kInput, "safetensors",
              cat(source, ": tensor '", name, "': a BOOL is neither 0 nor 1"));
}

/// One tensor of the file; a view where `owner` keeps the bytes alive and they are aligned.
at::Tensor make_tensor(const codec::SafetensorsEntry& entry, std::string_view bytes,
                       const std::shared_ptr<const void>& owner) {
  const at::ScalarType type = scalar_type_of(entry.dtype);
  const bool aligned = reinterpret_cast<std::uintptr_t>(bytes.data()) % c10::elementSize(type) == 0;
  if (owner != nullptr && aligned && !bytes.empty()) {
    return at::from_blob(
        const_cast<char*>(bytes.data()), entry.shape, [owner](void*) {}, type);
  }
  at::Tensor copy = at::empty(entry.shape, type);
  if (!bytes.empty()) std::memcpy(copy.mutable_data_ptr(), bytes.data(), bytes.size());
  return copy;
}

Safetensors make_tensors(std::string_view file, std::string_view source,
                         const std::shared_ptr<const void>& owner) {
  codec::SafetensorsHeader header = codec::parse_safetensors_header(file, source);
  Safetensors result{.tensors = {}, .metadata = std::move(header.metadata)};
  const std::string_view data = file.substr(header.data_begin);
  for (const auto& entry : header.entries) {
    const std::string_view bytes = data.substr(entry.begin, entry.end - entry.begin);
    if (entry.dtype == "BOOL") check_bools(bytes, entry.name, source);
    result.tensors.push_back({entry.name, make_tensor(entry, bytes, owner)});
  }
  return result;
}

void check_names(const NamedTensors& tensors) {
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    if (name == "__metadata__" || !names.insert(name).second) {
      throw Error(ErrorCode::kInternal, "safetensors",
                  cat("the name '", name, "' is reserved or used twice"));
    }
    if (!tensor.defined()) {
      throw Error(ErrorCode::kInternal, "safetensors", cat("tensor '", name, "' is undefined"));
    }
  }
}

}  // namespace

const at::Tensor& Safetensors::at(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& entry : tensors) {
    if (entry.name == name) return entry.tensor;
    names.push_back(entry.name);
  }
  throw Error(ErrorCode::kInput, "safetensors",
              cat("no tensor '", name, "'", suggestion(name, names)));
}

Safetensors load_safetensors(const std::filesystem::path& path, SafetensorsAccess access) {
  auto file = std::make_shared<MappedFile>(path);
  const std::string_view bytes = file->text();
  const bool mapped = access == SafetensorsAccess::kMapped;
  return make_tensors(bytes, path.string(), mapped ? std::move(file) : nullptr);
}

Safetensors parse_safetensors(std::string_view bytes, std::string_view source) {
  return make_tensors(bytes, source, nullptr);
}

std::string safetensors_bytes(const NamedTensors& tensors, const SafetensorsMetadata& metadata) {
  check_names(tensors);
  codec::SafetensorsHeader header{.entries = {}, .metadata = metadata};
  for (const auto& entry : tensors) {
    header.entries.push_back({.name = entry.name,
                              .dtype = std::string(dtype_of(entry)),
                              .shape = entry.tensor.sizes().vec()});
  }
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return tensors[a].tensor.element_size() > tensors[b].tensor.element_size();
  });
  std::uint64_t position = 0;
  for (const std::size_t i : order) {
    header.entries[i].begin = position;
    position += tensors[i].tensor.nbytes();
    header.entries[i].end = position;
  }
  std::string bytes = codec::write_safetensors_header(header);
  bytes.reserve(bytes.size() + position);
  NoGrad no_grad;
  for (const std::size_t i : order) {
    const at::Tensor plain = tensors[i].tensor.detach().cpu().contiguous();
    if (plain.nbytes() == 0) continue;
    bytes.append(static_cast<const char*>(plain.const_data_ptr()), plain.nbytes());
  }
  return bytes;
}

void save_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                      const SafetensorsMetadata& metadata) {
  write_file_atomic(path, safetensors_bytes(tensors, metadata));
}

}  // namespace saddle
