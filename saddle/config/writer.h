#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "saddle/config/reader.h"
#include "saddle/config/visitor.h"

namespace saddle::config {

/// A dotted key and its value as TOML. A component has an entry of its own, `true` or `false`,
/// before its fields; a variant has `<key>.name`.
using FlatValue = std::pair<std::string, std::string>;

/// A key whose value differs; a side that lacks the key is empty.
struct Difference {
  std::string key;
  std::string a;
  std::string b;
  bool operator==(const Difference&) const = default;
};

std::vector<FlatValue> flatten_fields(const Fields& fields);
std::string to_toml_fields(const Fields& fields, const Loaded* origins);
/// Compares two flat lists, in the order of `a`, what only `b` has following its neighbours.
std::vector<Difference> diff_flat(const std::vector<FlatValue>& a, const std::vector<FlatValue>& b);

/// Every key with its value, in the order of the fields.
template <class Struct>
std::vector<FlatValue> flatten(const Struct& root) {
  Struct copy = root;
  return flatten_fields([&](Visitor& v) { copy.fields(v); });
}

/// The complete config as TOML in the order of the fields; loading it onto any value of the same
/// struct gives values equal bit for bit.
template <class Struct>
std::string to_toml(const Struct& root) {
  Struct copy = root;
  return to_toml_fields([&](Visitor& v) { copy.fields(v); }, nullptr);
}

/// The same with a comment on each line that says where the value came from.
template <class Struct>
std::string to_toml(const Struct& root, const Loaded& origins) {
  Struct copy = root;
  return to_toml_fields([&](Visitor& v) { copy.fields(v); }, &origins);
}

/// The keys in which two configs differ.
template <class Struct>
std::vector<Difference> diff(const Struct& a, const Struct& b) {
  return diff_flat(flatten(a), flatten(b));
}

}  // namespace saddle::config
