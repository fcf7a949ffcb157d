#include <algorithm>
#include <cstring>
#include <limits>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/codec/packed_layout.h"

namespace saddle::codec {
namespace {

constexpr std::size_t kPackedMaxRank = 8;
constexpr std::int64_t kPackedMaxClasses = 1'000'000;

bool is_packed_type(ElementType type) {
  return std::find(detail::kPackedTypes.begin(), detail::kPackedTypes.end(), type) !=
         detail::kPackedTypes.end();
}

std::string field_fault(const PackedField& field, std::int64_t samples) {
  if (field.name.empty()) return "has a field without a name";
  const std::string where = cat("field '", field.name, "' ");
  if (!is_packed_type(field.dtype)) {
    return cat(where, "is ", to_text(field.dtype), ": expected u8, i16, i32, i64 or f32");
  }
  if (field.shape.size() > kPackedMaxRank) {
    return cat(where, "has ", field.shape.size(), " sizes: expected at most ", kPackedMaxRank);
  }
  auto bytes = static_cast<std::int64_t>(element_size(field.dtype));
  for (const std::int64_t size : field.shape) {
    if (size < 1) {
      return cat(where, "has the shape ", shape_text(field.shape),
                 ": expected sizes of at least 1");
    }
    if (__builtin_mul_overflow(bytes, size, &bytes)) {
      return cat(where, "has the shape ", shape_text(field.shape), ", which is too large");
    }
  }
  // A quarter of what fits leaves room for all other sums of offsets.
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 4;
  if (__builtin_mul_overflow(bytes, samples, &bytes) ||
      bytes > kMost / static_cast<std::int64_t>(detail::kPackedMaxFields)) {
    return cat(where, "has ", samples, " samples of shape ", shape_text(field.shape),
               ", which is too large");
  }
  return "";
}

std::string split_fault(const PackedSplit& split, std::int64_t expected_first,
                        const PackedInfo& info) {
  if (split.name.empty()) return "has a split without a name";
  const std::string where = cat("split '", split.name, "' ");
  if (split.first != expected_first) {
    return cat(where, "starts at sample ", split.first, ": expected ", expected_first);
  }
  if (split.count < 1) return cat(where, "has ", split.count, " samples: expected at least 1");
  if (split.count > info.samples - split.first) {
    return cat(where, "ends at sample ", split.first, " + ", split.count, " of ", info.samples);
  }
  if (split.class_counts.empty()) return "";
  if (static_cast<std::int64_t>(split.class_counts.size()) != info.classes) {
    return cat(where, "counts ", split.class_counts.size(), " classes: expected ", info.classes);
  }
  std::int64_t left = split.count;
  for (const std::int64_t count : split.class_counts) {
    if (count < 0) return cat(where, "has a negative number of samples in a class");
    if (count > left) left = -1;
    if (left < 0) break;
    left -= count;
  }
  if (left != 0) return cat(where, "has class counts that do not add up to its ", split.count);
  return "";
}

std::string classes_fault(const PackedInfo& info) {
  if (info.classes < 0 || info.classes > kPackedMaxClasses) {
    return cat("has ", info.classes, " classes: expected 0 to ", kPackedMaxClasses);
  }
  const auto names = static_cast<std::int64_t>(info.class_names.size());
  if (names != 0 && names != info.classes) {
    return cat("has ", names, " class names for ", info.classes, " classes");
  }
  return "";
}

template <class T>
std::int64_t integer_from(const std::byte* bytes) {
  T out;
  std::memcpy(&out, bytes, sizeof out);
  return out;
}

}  // namespace

std::size_t PackedField::sample_bytes() const {
  std::size_t bytes = element_size(dtype);
  for (const std::int64_t size : shape) bytes *= static_cast<std::size_t>(size);
  return bytes;
}

namespace detail {

std::string info_fault(const PackedInfo& info) {
  if (info.fields.empty()) return "has no fields";
  if (info.fields.size() > kPackedMaxFields) {
    return cat("has ", info.fields.size(), " fields: expected at most ", kPackedMaxFields);
  }
  if (info.samples < 1) return cat("has ", info.samples, " samples: expected at least 1");
  std::set<std::string_view> names;
  for (const PackedField& field : info.fields) {
    if (std::string fault = field_fault(field, info.samples); !fault.empty()) return fault;
    if (!names.insert(field.name).second) return cat("has the field '", field.name, "' twice");
  }
  if (std::string fault = classes_fault(info); !fault.empty()) return fault;
  std::set<std::string_view> splits;
  std::int64_t position = 0;
  for (const PackedSplit& split : info.splits) {
    if (std::string fault = split_fault(split, position, info); !fault.empty()) return fault;
    if (!splits.insert(split.name).second) return cat("has the split '", split.name, "' twice");
    position += split.count;
  }
  if (position != info.samples) {
    return cat("has splits of ", position, " samples together: expected all ", info.samples);
  }
  return "";
}

std::optional<std::size_t> label_field(const PackedInfo& info) {
  if (info.classes == 0) return std::nullopt;
  for (std::size_t f = 0; f < info.fields.size(); ++f) {
    const PackedField& field = info.fields[f];
    if (field.name == "label" && field.dtype != ElementType::kF32 &&
        field.sample_bytes() == element_size(field.dtype)) {
      return f;
    }
  }
  return std::nullopt;
}

std::int64_t integer_at(ElementType type, const std::byte* bytes) {
  switch (type) {
    case ElementType::kU8:
      return integer_from<std::uint8_t>(bytes);
    case ElementType::kI16:
      return integer_from<std::int16_t>(bytes);
    case ElementType::kI32:
      return integer_from<std::int32_t>(bytes);
    case ElementType::kI64:
      return integer_from<std::int64_t>(bytes);
    default:
      throw Error(ErrorCode::kInternal, "packed", cat(to_text(type), " is no label type"));
  }
}

}  // namespace detail
}  // namespace saddle::codec
