#pragma once

#include <span>
#include <string>
#include <vector>

#include "saddle/config/reader.h"
#include "saddle/config/visitor.h"

namespace saddle::config {

/// What there is to know about one key, for `--help`, the reference page and hints.
struct KeyInfo {
  std::string key;            ///< dotted
  std::string type;           ///< "number", "whole number", "word", "component", "row", ...
  std::string default_value;  ///< as TOML; "false" for a component that is off
  std::string range;          ///< "> 0", "in [0, 1]", or the words that are allowed
  std::string doc;
  /// The rows the key belongs to, outermost first: `generator.name = "dcgan"`; empty when always
  /// there.
  std::vector<std::string> rows;
};

std::vector<KeyInfo> describe_fields(const Fields& scratch);

/// Every key that a config of this type can have, also those of rows that are not selected and of
/// components that are off (with the defaults these would start from).
template <class Struct>
std::vector<KeyInfo> describe(const Struct& root) {
  Struct scratch = root;
  return describe_fields([&](Visitor& v) { scratch.fields(v); });
}

/// The keys as a Markdown page: a section for each table, a line for each key.
std::string reference_page(std::span<const KeyInfo> keys);

}  // namespace saddle::config
