#include "saddle/codec/proto.h"

#include <bit>
#include <cstring>

#include "saddle/base/error.h"

namespace saddle::codec {
namespace {

static_assert(std::endian::native == std::endian::little);

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void append_key(std::string& out, int field, std::uint64_t wire_type) {
  append_varint(out, static_cast<std::uint64_t>(field) << 3 | wire_type);
}

template <class T>
void append_raw(std::string& out, T value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  out.append(raw, sizeof raw);
}

[[noreturn]] void fail_proto() {
  throw Error(ErrorCode::kInput, "proto", "malformed message");
}

}  // namespace

void ProtoWriter::varint(int field, std::uint64_t value) {
  append_key(out_, field, 0);
  append_varint(out_, value);
}

void ProtoWriter::fixed32(int field, float value) {
  append_key(out_, field, 5);
  append_raw(out_, value);
}

void ProtoWriter::fixed64(int field, double value) {
  append_key(out_, field, 1);
  append_raw(out_, value);
}

void ProtoWriter::bytes(int field, std::string_view value) {
  append_key(out_, field, 2);
  append_varint(out_, value.size());
  out_ += value;
}

void ProtoWriter::packed_doubles(int field, std::span<const double> values) {
  append_key(out_, field, 2);
  append_varint(out_, values.size_bytes());
  for (double value : values) append_raw(out_, value);
}

float ProtoField::as_float() const {
  return std::bit_cast<float>(static_cast<std::uint32_t>(integer));
}
double ProtoField::as_double() const {
  return std::bit_cast<double>(integer);
}

std::optional<ProtoField> ProtoReader::next() {
  if (rest_.empty()) return std::nullopt;
  const std::uint64_t key = varint();
  ProtoField field;
  field.number = static_cast<int>(key >> 3 & 0x1fffffff);
  field.wire_type = static_cast<int>(key & 7);
  if (field.number == 0) fail_proto();
  switch (field.wire_type) {
    case 0:
      field.integer = varint();
      break;
    case 1:
      std::memcpy(&field.integer, take(8).data(), 8);
      break;
    case 2:
      field.bytes = take(varint());
      break;
    case 5:
      std::memcpy(&field.integer, take(4).data(), 4);
      break;
    default:
      fail_proto();
  }
  return field;
}

std::uint64_t ProtoReader::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<std::uint8_t>(take(1)[0]);
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  fail_proto();
}

std::string_view ProtoReader::take(std::uint64_t count) {
  if (count > rest_.size()) fail_proto();
  const std::string_view out = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return out;
}

}  // namespace saddle::codec
