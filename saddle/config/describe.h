#pragma once

#include <span>
#include <string>
#include <vector>

#include "saddle/config/reader.h"
#include "saddle/config/visitor.h"

namespace saddle::config {

/// A word that a key may hold, and what it means where that was said.
struct Choice {
  std::string word;
  std::string doc;
};

/// What there is to know about one key, for `--help`, the reference page, completion and hints.
struct KeyInfo {
  std::string key;   ///< dotted
  std::string type;  ///< "number", "whole number", "word", "component", "row", "table", ...
  std::string default_value;  ///< as TOML; "false" for a component that is off, "" for a table
  std::string range;          ///< "> 0", "in [0, 1]", or the words that are allowed
  std::string doc;
  std::vector<Choice> choices;  ///< of a word, a row, a truth value or a component
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

/// The keys in Markdown: a section for each table, the rows of a variant with what each is, and a
/// line for each key. Every table and every key is an anchor of its own name; lengths and numbers
/// that may vary refer to the anchors `lengths` and `schedules`, which the page around this
/// defines.
std::string reference_page(std::span<const KeyInfo> keys);

}  // namespace saddle::config
