#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace saddle::codec {

/// Writes the wire format of Protocol Buffers, one field after the other.
class ProtoWriter {
 public:
  void varint(int field, std::uint64_t value);
  void fixed32(int field, float value);
  void fixed64(int field, double value);
  /// A string, bytes or a finished message.
  void bytes(int field, std::string_view value);
  void message(int field, const ProtoWriter& value) { bytes(field, value.text()); }
  void packed_doubles(int field, std::span<const double> values);

  const std::string& text() const { return out_; }

 private:
  std::string out_;
};

/// One field of a message; which member holds the value follows from the wire type.
struct ProtoField {
  int number = 0;
  int wire_type = 0;          ///< 0 varint, 1 fixed64, 2 bytes, 5 fixed32
  std::uint64_t integer = 0;  ///< varint, fixed32 and fixed64 as bits
  std::string_view bytes;     ///< points into the message

  float as_float() const;
  double as_double() const;
};

/// Walks the fields of a message.
class ProtoReader {
 public:
  explicit ProtoReader(std::string_view message) : rest_(message) {}
  /// The next field, or nothing at the end. Throws Error(kInput) when the message is malformed.
  std::optional<ProtoField> next();

 private:
  std::uint64_t varint();
  std::string_view take(std::uint64_t count);
  std::string_view rest_;
};

}  // namespace saddle::codec
