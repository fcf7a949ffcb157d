#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace saddle {

/// The shortest decimal text that reads back as the same number: 0.1, 1e-08, nan, inf.
std::string number(double value);
std::string number(float value);
std::string number(std::int64_t value);
std::string number(std::uint64_t value);

/// "60000" -> "60,000"; for people, never for machines.
std::string grouped(std::int64_t value);

/// "[3,28,28]": a shape for messages.
std::string shape_text(std::span<const std::int64_t> shape);

/// The text without spaces and tabs at its ends.
std::string_view trimmed(std::string_view text);

/// Items joined by `separator`.
std::string join(std::span<const std::string> items, std::string_view separator);

namespace detail {
inline void append(std::string& out, std::string_view text) {
  out += text;
}
inline void append(std::string& out, const char* text) {
  out += text;
}
inline void append(std::string& out, const std::string& text) {
  out += text;
}
inline void append(std::string& out, char c) {
  out += c;
}
inline void append(std::string& out, bool value) {
  out += value ? "true" : "false";
}
inline void append(std::string& out, double value) {
  out += number(value);
}
inline void append(std::string& out, float value) {
  out += number(value);
}
template <std::integral T>
void append(std::string& out, T value) {
  if constexpr (std::is_signed_v<T>) {
    out += number(static_cast<std::int64_t>(value));
  } else {
    out += number(static_cast<std::uint64_t>(value));
  }
}
}  // namespace detail

/// Text of the arguments, one after the other. For messages in files that may not include fmt.
template <class... Args>
std::string cat(const Args&... args) {
  std::string out;
  (detail::append(out, args), ...);
  return out;
}

/// The candidate nearest to `name` by edit distance, or "" when none is near enough to suggest.
std::string nearest(std::string_view name, std::span<const std::string> candidates);

/// "; did you mean 'x'?" when a candidate is near, else "; known: a, b, c".
std::string suggestion(std::string_view name, std::span<const std::string> candidates);

}  // namespace saddle
