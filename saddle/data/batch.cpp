#include "saddle/data/batch.h"

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

}  // namespace saddle::data
