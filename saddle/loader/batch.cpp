#include "saddle/loader/batch.h"

#include <ATen/ops/empty.h>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::data {

bool Batch::has(std::string_view name) const {
  for (const Field& field : fields) {
    if (field.name == name) return true;
  }
  return false;
}

const at::Tensor& Batch::at(std::string_view name) const {
  std::vector<std::string> names;
  for (const Field& field : fields) {
    if (field.name == name) return field.values;
    names.push_back(field.name);
  }
  throw Error(ErrorCode::kInternal, "data",
              cat("no field '", name, "' in the batch", suggestion(name, names)));
}

void Batch::set(std::string_view name, at::Tensor values) {
  for (Field& field : fields) {
    if (field.name == name) {
      field.values = std::move(values);
      field.mask = at::Tensor();
      return;
    }
  }
  fields.push_back({std::string(name), std::move(values), {}});
}

std::int64_t Batch::size() const {
  return fields.empty() ? 0 : fields.front().values.size(0);
}

at::ScalarType scalar_type(codec::ElementType type) {
  switch (type) {
    case codec::ElementType::kU8:
      return at::kByte;
    case codec::ElementType::kI8:
      return at::kChar;
    case codec::ElementType::kI16:
      return at::kShort;
    case codec::ElementType::kI32:
      return at::kInt;
    case codec::ElementType::kI64:
      return at::kLong;
    case codec::ElementType::kF32:
      return at::kFloat;
    case codec::ElementType::kF64:
      return at::kDouble;
  }
  return at::kByte;
}

Batch read_batch(const Source& source, std::span<const std::int64_t> indices) {
  Batch batch;
  std::vector<Buffer> buffers;
  for (const FieldSpec& field : source.fields()) {
    std::vector<std::int64_t> shape = {static_cast<std::int64_t>(indices.size())};
    shape.insert(shape.end(), field.shape.begin(), field.shape.end());
    const at::Tensor values = at::empty(shape, scalar_type(field.dtype));
    buffers.emplace_back(static_cast<std::byte*>(values.mutable_data_ptr()), values.nbytes());
    batch.fields.push_back({field.name, values, {}});
  }
  source.read(indices, buffers);
  return batch;
}

}  // namespace saddle::data
