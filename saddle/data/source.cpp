#include "saddle/data/source.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

namespace saddle::data {

Batch read_batch(const Source& source, std::span<const std::int64_t> indices) {
  std::vector<at::Tensor> values;
  for (const FieldSpec& field : source.fields()) {
    std::vector<std::int64_t> shape = {static_cast<std::int64_t>(indices.size())};
    shape.insert(shape.end(), field.shape.begin(), field.shape.end());
    values.push_back(at::empty(shape, field.dtype));
  }
  source.read(indices, values);
  Batch batch;
  for (std::size_t f = 0; f < values.size(); ++f) {
    batch.fields.push_back({source.fields()[f].name, std::move(values[f]), {}});
  }
  return batch;
}

}  // namespace saddle::data
