#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/config/reader.h"

namespace saddle::config {

/// A spot in one of the texts that are being read.
struct Place {
  int document = 0;
  int line = 0;
  int column = 0;
  auto operator<=>(const Place&) const = default;
};

/// A TOML value that is no table.
struct Value {
  enum class Kind { kBool, kInteger, kDouble, kString, kArray, kOther };
  Kind kind = Kind::kOther;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;  ///< of a string; of kOther what it is: "a date"
  std::vector<Value> items;
  Place place;
};

/// The value as it would stand in a message, cut when long.
std::string to_text(const Value& value);

/// A key with a value, with keys below it, or with both: `a = 1` by one source and `a.b = 2` by a
/// later one, which then act in this order.
struct Node {
  std::string key;
  Place place;  ///< of the key
  std::optional<Value> value;
  bool is_table = false;
  bool is_inline = false;    ///< written as `{...}`: a value of its own
  bool overwritten = false;  ///< was there before an inline table replaced the value
  std::vector<Node> children;

  const Node* find(std::string_view name) const;
};

/// One text of a source: a file, a preset, or one `--set`.
struct Document {
  std::string name;
  int rank = 0;
  bool is_set = false;
  bool is_preset = false;

  /// `my.toml:3:1`, or `--set a.b=v`: for messages.
  std::string at(const Place& place) const;
  /// `my.toml:3`, `preset mnist` or `--set`: for the origin of a key.
  std::string origin(const Place& place) const;
};

/// Something wrong at a place.
struct Problem {
  Place place;
  std::string text;  ///< without the place
};

/// Everything a set of sources says: one tree for each rank, lowest first.
struct Corpus {
  std::vector<Document> documents;
  std::vector<Node> trees;
  std::vector<Problem> problems;  ///< of syntax
};

/// Parses the sources and merges those of the same rank.
Corpus parse_sources(std::span<const Source> sources);

}  // namespace saddle::config
