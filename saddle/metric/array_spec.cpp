#include "saddle/metric/array_spec.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/codec/npy.h"
#include "saddle/codec/npz.h"
#include "saddle/loader/batch.h"
#include "saddle/tensor/safetensors.h"

namespace saddle::metric {

namespace {

struct ArrayPlace {
  std::string file, key;
};

ArrayPlace place_of(std::string_view spec) {
  // "#" of a folder's name is part of the path, "#" of a key part of the key.
  for (auto hash = spec.find('#'); hash != std::string_view::npos;
       hash = spec.find('#', hash + 1)) {
    const std::string_view file = spec.substr(0, hash);
    if (file.ends_with(".npy") || file.ends_with(".npz") || file.ends_with(".safetensors")) {
      return {std::string(file), std::string(spec.substr(hash + 1))};
    }
  }
  return {std::string(spec), ""};
}

/// A tensor over the array's own memory.
at::Tensor tensor_of(codec::Array array) {
  const auto type = data::scalar_type(array.dtype);
  if (array.bytes.empty()) return at::empty(array.shape, type);
  const auto kept = std::make_shared<codec::Array>(std::move(array));
  return at::from_blob(
      kept->bytes.data(), kept->shape, [kept](void*) {}, type);
}

[[noreturn]] void refuse_key(const ArrayPlace& place, const std::vector<std::string>& keys) {
  const std::string one = keys.empty() ? "KEY" : keys.front();
  if (place.key.empty()) {
    throw Error(ErrorCode::kInput, "array",
                cat(place.file, " holds ", keys.size(), " arrays: ", join(keys, ", "),
                    "; name one, for example ", place.file, "#", one));
  }
  throw Error(ErrorCode::kInput, "array",
              cat(place.file, " has no array '", place.key, "'", suggestion(place.key, keys)));
}

at::Tensor from_safetensors(const ArrayPlace& place) {
  const Safetensors file = load_safetensors(place.file, SafetensorsAccess::kMapped);
  std::vector<std::string> keys;
  for (const NamedTensor& tensor : file.tensors) {
    if (tensor.name == place.key || (place.key.empty() && file.tensors.size() == 1)) {
      return tensor.tensor;
    }
    keys.push_back(tensor.name);
  }
  refuse_key(place, keys);
}

at::Tensor from_npz(const ArrayPlace& place) {
  const std::vector<std::string> keys = codec::npz_names(place.file);
  const std::string key = place.key.empty() && keys.size() == 1 ? keys.front() : place.key;
  if (std::ranges::find(keys, key) == keys.end()) refuse_key(place, keys);
  return tensor_of(codec::read_npz(place.file, key));
}

}  // namespace

bool is_array_spec(std::string_view spec) {
  const std::string file = place_of(spec).file;
  return file.ends_with(".npy") || file.ends_with(".safetensors") ||
         (file.ends_with(".npz") && file.size() < spec.size());
}

at::Tensor read_array(const std::string& spec) {
  const ArrayPlace place = place_of(spec);
  if (place.file.ends_with(".safetensors")) return from_safetensors(place);
  if (place.file.ends_with(".npz")) return from_npz(place);
  if (place.file.ends_with(".npy") && place.key.empty()) {
    return tensor_of(codec::read_npy(place.file));
  }
  throw Error(ErrorCode::kInput, "array",
              cat("'", spec,
                  "' names no array: expected FILE.npy, FILE.npz#KEY or "
                  "FILE.safetensors#KEY"));
}

std::string array_hash(const at::Tensor& array) {
  Sha256 hash;
  hash.update(cat(at::toString(array.scalar_type()), shape_text(array.sizes()), ";"));
  hash.update(std::string_view(static_cast<const char*>(array.const_data_ptr()),
                               static_cast<std::size_t>(array.nbytes())));
  return "sha256:" + hash.hex();
}

std::string given_array(const std::string& spec) {
  try {
    return cat("given ", array_hash(read_array(spec).contiguous()).substr(7, 12));
  } catch (const Error&) {
    return "given";
  }
}

}  // namespace saddle::metric
