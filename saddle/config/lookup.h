#pragma once

#include <string_view>

#include "saddle/config/reader.h"
#include "saddle/config/visitor.h"

namespace saddle::config {

double get_number_fields(const Fields& fields, std::string_view key);
void set_number_fields(const Fields& fields, std::string_view key, double value);
Schedule* find_schedule_fields(const Fields& fields, std::string_view key);

/// The number behind a dotted key; of a number that may vary its `from`.
/// Throws Error(kUsage) when there is no such key in this config, or it is no number.
template <class Struct>
double get_number(const Struct& root, std::string_view key) {
  Struct copy = root;
  return get_number_fields([&](Visitor& v) { copy.fields(v); }, key);
}

/// Sets the number behind a dotted key; a number that may vary becomes this constant.
/// Throws Error(kUsage) as get_number, and when `value` is out of range, not finite, or not whole
/// for a whole number; nothing is then changed.
template <class Struct>
void set_number(Struct& root, std::string_view key, double value) {
  set_number_fields([&](Visitor& v) { root.fields(v); }, key, value);
}

/// The schedule behind a dotted key, inside `root`; null when the key is missing or another kind.
template <class Struct>
Schedule* find_schedule(Struct& root, std::string_view key) {
  return find_schedule_fields([&](Visitor& v) { root.fields(v); }, key);
}

}  // namespace saddle::config
