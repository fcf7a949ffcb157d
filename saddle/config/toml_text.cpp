#include "saddle/config/toml_text.h"

#include <fmt/format.h>

#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::config {
namespace {

/// Length in bytes of the UTF-8 sequence at `i`, 0 when it is none (also overlong, surrogates).
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) {
    return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u;
  };
  const auto follows = [&](std::size_t k) { return (byte(k) & 0xC0u) == 0x80u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    const unsigned code = (lead & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
    return code >= 0x800 && (code < 0xD800 || code > 0xDFFF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    const unsigned code = (lead & 0x07u) << 18 | (byte(1) & 0x3Fu) << 12;
    return code >= 0x10000 && code <= 0x10FFFF ? 4 : 0;
  }
  return 0;
}

template <class T>
std::string list_text(const std::vector<T>& values) {
  std::string out = "[";
  for (const auto& value : values) {
    if (out.size() > 1) out += ", ";
    out += toml_text(value);
  }
  return out + "]";
}

bool reads_back(const std::string& text, const Length& value) {
  try {
    return parse_length(text) == value;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) {
      throw Error(ErrorCode::kUsage, "config",
                  fmt::format("a text is not UTF-8: got byte 0x{:02x} at {}, expected UTF-8, which "
                              "is all that TOML can hold; try another name",
                              static_cast<unsigned char>(text[i]), i));
    }
    const char c = text[i];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (length == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    } else {
      out += text.substr(i, length);
    }
    i += length;
  }
  return out + "\"";
}

std::string toml_text(bool value) {
  return value ? "true" : "false";
}

std::string toml_text(std::int64_t value) {
  return number(value);
}

std::string toml_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::string text = number(value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string toml_text(const std::string& value) {
  return toml_string(value);
}

std::string toml_text(const Length& value) {
  const std::string short_text = to_text(value);
  if (reads_back(short_text, value)) return toml_string(short_text);
  if (value.unit == Length::Unit::kSamples) return toml_text(value.count);
  return toml_string(number(value.count) + " steps");
}

std::string toml_text(const Schedule& value) {
  const bool plain = value.shape == Schedule::Shape::kConstant && value.from == value.to &&
                     std::signbit(value.from) == std::signbit(value.to) && value.over == Length{} &&
                     value.warmup == Length{};
  if (plain) return toml_text(value.from);
  std::string out = fmt::format("{{from = {}, to = {}, shape = \"{}\", over = {}",
                                toml_text(value.from), toml_text(value.to), to_text(value.shape),
                                value.over == Length{} ? "\"run\"" : toml_text(value.over));
  if (value.warmup != Length{}) out += ", warmup = " + toml_text(value.warmup);
  return out + "}";
}

std::string toml_text(const std::vector<std::int64_t>& values) {
  return list_text(values);
}
std::string toml_text(const std::vector<double>& values) {
  return list_text(values);
}
std::string toml_text(const std::vector<std::string>& values) {
  return list_text(values);
}

std::string dotted(std::string_view prefix, std::string_view key) {
  return prefix.empty() ? std::string(key) : fmt::format("{}.{}", prefix, key);
}

std::string range_text(const Range& range) {
  const bool low = std::isfinite(range.low);
  const bool high = std::isfinite(range.high);
  if (low && high) {
    return fmt::format("in {}{}, {}]", range.open_low ? "(" : "[", number(range.low),
                       number(range.high));
  }
  if (low) return fmt::format("{} {}", range.open_low ? ">" : ">=", number(range.low));
  if (high) return fmt::format("<= {}", number(range.high));
  return "";
}

bool contains(const Range& range, double value) {
  return (range.open_low ? value > range.low : value >= range.low) && value <= range.high;
}

std::vector<std::string> schedule_shapes() {
  using Shape = Schedule::Shape;
  std::vector<std::string> words;
  for (Shape shape :
       {Shape::kConstant, Shape::kLinear, Shape::kCosine, Shape::kExponential, Shape::kStep}) {
    words.emplace_back(to_text(shape));
  }
  return words;
}

}  // namespace saddle::config
