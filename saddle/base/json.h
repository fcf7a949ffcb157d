#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace saddle {

using Json = nlohmann::json;

/// Parses one JSON value. Throws Error(kInput), for wrong syntax with line and column; `source`
/// names the file.
Json parse_json(std::string_view text, std::string_view component, std::string_view source);

/// The value as indented text that ends with a newline; bytes that are not UTF-8, which paths may
/// hold, become U+FFFD.
std::string json_text(const Json& value);

/// An object as text whose last key `sha256` is the SHA-256 of everything else in it, so that
/// parse_sealed_json finds any change.
std::string sealed_json_text(const Json& object);

/// Parses what sealed_json_text wrote and returns it without the key `sha256`. Text without that
/// key is taken as it is, so that a person may edit it. Throws Error(kInput) as parse_json does and
/// where the text was changed.
Json parse_sealed_json(std::string_view text, std::string_view component, std::string_view source);

/// Reads members of a JSON value that came from a file, with errors that name the source and the
/// path of the member. Refers to the value, which must outlive it.
class JsonReader {
 public:
  JsonReader(const Json& value, std::string component, std::string source, std::string path = "");

  const Json& value() const { return *value_; }
  bool has(std::string_view key) const;
  /// The member `key` of an object. Throws Error(kInput): not an object, key missing.
  JsonReader at(std::string_view key) const;
  /// The element `index` of an array. Throws Error(kInput): not an array, index out of range.
  JsonReader at(std::size_t index) const;
  /// Number of elements. Throws Error(kInput) when this is not an array.
  std::size_t array_size() const;

  /// This value as a type. Throws Error(kInput) when it has another one.
  double number() const;
  std::int64_t integer() const;
  bool boolean() const;
  const std::string& text() const;

  /// Shorthand for at(key) and a conversion.
  double number(std::string_view key) const { return at(key).number(); }
  std::int64_t integer(std::string_view key) const { return at(key).integer(); }
  bool boolean(std::string_view key) const { return at(key).boolean(); }
  std::string text(std::string_view key) const { return at(key).text(); }

  /// An Error(kInput) that says where in the source something is wrong.
  [[noreturn]] void fail(std::string_view what) const;

 private:
  const Json* value_;
  std::string component_;
  std::string source_;
  std::string path_;
};

}  // namespace saddle
