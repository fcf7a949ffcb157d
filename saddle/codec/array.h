#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace saddle::codec {

/// Type of one element of an array file.
enum class ElementType { kU8, kI8, kI16, kI32, kI64, kF32, kF64 };

/// Bytes of one element: 1, 2, 4 or 8.
std::size_t element_size(ElementType type);
/// "u8", "i8", "i16", "i32", "i64", "f32", "f64".
std::string_view to_text(ElementType type);

/// The element type of a C++ number type.
template <class T>
constexpr ElementType element_type_of() {
  if constexpr (std::is_same_v<T, std::uint8_t>) return ElementType::kU8;
  if constexpr (std::is_same_v<T, std::int8_t>) return ElementType::kI8;
  if constexpr (std::is_same_v<T, std::int16_t>) return ElementType::kI16;
  if constexpr (std::is_same_v<T, std::int32_t>) return ElementType::kI32;
  if constexpr (std::is_same_v<T, std::int64_t>) return ElementType::kI64;
  if constexpr (std::is_same_v<T, float>) return ElementType::kF32;
  if constexpr (std::is_same_v<T, double>) return ElementType::kF64;
}

/// A plain array in C order, elements in the byte order of the machine.
struct Array {
  ElementType dtype = ElementType::kU8;
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> bytes;

  std::int64_t count() const;
  /// A copy of the elements, which must be of type T: else Error(kInternal).
  template <class T>
  std::vector<T> values() const {
    require_type(element_type_of<T>());
    std::vector<T> out(bytes.size() / sizeof(T));
    if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
  }
  /// A copy of the elements as doubles, whatever their type; i64 beyond 2^53 loses digits.
  std::vector<double> as_doubles() const;
  bool operator==(const Array&) const = default;

 private:
  void require_type(ElementType type) const;
};

/// An array that holds a copy of `values`, whose number must fit `shape`: else Error(kInternal).
template <class T>
Array make_array(std::span<const T> values, std::vector<std::int64_t> shape);

extern template Array make_array<std::uint8_t>(std::span<const std::uint8_t>,
                                               std::vector<std::int64_t>);
extern template Array make_array<std::int8_t>(std::span<const std::int8_t>,
                                              std::vector<std::int64_t>);
extern template Array make_array<std::int16_t>(std::span<const std::int16_t>,
                                               std::vector<std::int64_t>);
extern template Array make_array<std::int32_t>(std::span<const std::int32_t>,
                                               std::vector<std::int64_t>);
extern template Array make_array<std::int64_t>(std::span<const std::int64_t>,
                                               std::vector<std::int64_t>);
extern template Array make_array<float>(std::span<const float>, std::vector<std::int64_t>);
extern template Array make_array<double>(std::span<const double>, std::vector<std::int64_t>);

}  // namespace saddle::codec
