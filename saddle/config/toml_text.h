#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/base/schedule.h"
#include "saddle/config/visitor.h"

namespace saddle::config {

/// A TOML basic string with its quotes. Throws Error(kUsage) when `text` is not UTF-8, which TOML
/// cannot hold.
std::string toml_string(std::string_view text);

/// The TOML text of a value, on one line; reading it back gives the same value bit for bit.
/// A double keeps a point or an exponent, so that it stays a double: `1.0`, `1e-08`.
std::string toml_text(bool value);
std::string toml_text(std::int64_t value);
std::string toml_text(double value);
std::string toml_text(const std::string& value);
std::string toml_text(const Length& value);
/// A constant is one number, anything else `{from = 1.0, to = 0.1, shape = "cosine", ...}`.
std::string toml_text(const Schedule& value);
std::string toml_text(const std::vector<std::int64_t>& values);
std::string toml_text(const std::vector<double>& values);
std::string toml_text(const std::vector<std::string>& values);

/// "prefix.key", or "key" where the prefix is empty.
std::string dotted(std::string_view prefix, std::string_view key);

/// The range in words for messages and help: "> 0", ">= 1", "in [0, 1]", "in (0, 2]", or "" where
/// every number is allowed.
std::string range_text(const Range& range);
/// Whether `value` is a number inside the range; never for NaN.
bool contains(const Range& range, double value);

/// The words of Schedule::Shape in the enum's order.
std::vector<std::string> schedule_shapes();

}  // namespace saddle::config
