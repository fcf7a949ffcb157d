#include "saddle/data/source.h"

#include <algorithm>
#include <numeric>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::data {

std::size_t FieldSpec::bytes() const {
  std::size_t out = codec::element_size(dtype);
  for (const std::int64_t size : shape) out *= static_cast<std::size_t>(size);
  return out;
}

std::vector<std::int64_t> Source::class_counts() const {
  if (classes() == 0 || size() == kEndless) return {};
  constexpr std::int64_t kAtOnce = 256;
  const std::size_t label = field_index(*this, "label");
  std::vector<std::int64_t> counts(static_cast<std::size_t>(classes()));
  for (std::int64_t first = 0; first < size(); first += kAtOnce) {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(std::min(kAtOnce, size() - first)));
    std::iota(indices.begin(), indices.end(), first);
    auto fields = read_bytes(*this, indices);
    const auto* labels = numbers<std::int64_t>(fields[label]);
    for (std::size_t i = 0; i < indices.size(); ++i)
      ++counts.at(static_cast<std::size_t>(labels[i]));
  }
  return counts;
}

bool has_field(const Source& source, std::string_view name) {
  return std::ranges::any_of(source.fields(),
                             [name](const FieldSpec& field) { return field.name == name; });
}

std::size_t field_index(const Source& source, std::string_view name) {
  std::vector<std::string> names;
  for (std::size_t f = 0; f < source.fields().size(); ++f) {
    if (source.fields()[f].name == name) return f;
    names.push_back(source.fields()[f].name);
  }
  throw Error(ErrorCode::kInput, "data",
              cat("the data has no field '", name, "'", suggestion(name, names)));
}

void check_index(std::int64_t index, std::int64_t count) {
  if (index >= 0 && index < count) return;
  throw Error(ErrorCode::kInternal, "data",
              cat("sample index: got ", index, ", expected less than ", count));
}

std::vector<std::vector<std::byte>> read_bytes(const Source& source,
                                               std::span<const std::int64_t> indices) {
  std::vector<std::vector<std::byte>> values;
  for (const FieldSpec& field : source.fields())
    values.emplace_back(indices.size() * field.bytes());
  const std::vector<Buffer> out(values.begin(), values.end());
  source.read(indices, out);
  return values;
}

}  // namespace saddle::data
