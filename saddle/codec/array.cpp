#include "saddle/codec/array.h"

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

template <class T>
void append_doubles(std::span<const std::uint8_t> bytes, std::vector<double>& out) {
  for (std::size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + i, sizeof value);
    out.push_back(static_cast<double>(value));
  }
}

}  // namespace

std::size_t element_size(ElementType type) {
  switch (type) {
    case ElementType::kU8:
    case ElementType::kI8:
      return 1;
    case ElementType::kI16:
      return 2;
    case ElementType::kI32:
    case ElementType::kF32:
      return 4;
    case ElementType::kI64:
    case ElementType::kF64:
      return 8;
  }
  return 1;
}

std::string_view to_text(ElementType type) {
  switch (type) {
    case ElementType::kU8:
      return "u8";
    case ElementType::kI8:
      return "i8";
    case ElementType::kI16:
      return "i16";
    case ElementType::kI32:
      return "i32";
    case ElementType::kI64:
      return "i64";
    case ElementType::kF32:
      return "f32";
    case ElementType::kF64:
      return "f64";
  }
  return "u8";
}

std::int64_t Array::count() const {
  std::int64_t out = 1;
  for (std::int64_t size : shape) out *= size;
  return out;
}

std::vector<double> Array::as_doubles() const {
  std::vector<double> out;
  out.reserve(bytes.size() / element_size(dtype));
  switch (dtype) {
    case ElementType::kU8:
      append_doubles<std::uint8_t>(bytes, out);
      break;
    case ElementType::kI8:
      append_doubles<std::int8_t>(bytes, out);
      break;
    case ElementType::kI16:
      append_doubles<std::int16_t>(bytes, out);
      break;
    case ElementType::kI32:
      append_doubles<std::int32_t>(bytes, out);
      break;
    case ElementType::kI64:
      append_doubles<std::int64_t>(bytes, out);
      break;
    case ElementType::kF32:
      append_doubles<float>(bytes, out);
      break;
    case ElementType::kF64:
      append_doubles<double>(bytes, out);
      break;
  }
  return out;
}

void Array::require_type(ElementType type) const {
  if (type != dtype) {
    throw Error(ErrorCode::kInternal, "array",
                cat("wrong element type: got ", to_text(dtype), ", expected ", to_text(type)));
  }
}

template <class T>
Array make_array(std::span<const T> values, std::vector<std::int64_t> shape) {
  Array out;
  out.dtype = element_type_of<T>();
  out.shape = std::move(shape);
  if (out.count() != static_cast<std::int64_t>(values.size())) {
    throw Error(ErrorCode::kInternal, "array",
                cat("got ", values.size(), " values for shape ", shape_text(out.shape)));
  }
  const auto* first = reinterpret_cast<const std::uint8_t*>(values.data());
  out.bytes.assign(first, first + values.size_bytes());
  return out;
}

template Array make_array<std::uint8_t>(std::span<const std::uint8_t>, std::vector<std::int64_t>);
template Array make_array<std::int8_t>(std::span<const std::int8_t>, std::vector<std::int64_t>);
template Array make_array<std::int16_t>(std::span<const std::int16_t>, std::vector<std::int64_t>);
template Array make_array<std::int32_t>(std::span<const std::int32_t>, std::vector<std::int64_t>);
template Array make_array<std::int64_t>(std::span<const std::int64_t>, std::vector<std::int64_t>);
template Array make_array<float>(std::span<const float>, std::vector<std::int64_t>);
template Array make_array<double>(std::span<const double>, std::vector<std::int64_t>);

}  // namespace saddle::codec
