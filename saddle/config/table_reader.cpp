#include "saddle/config/table_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/config/toml_text.h"

namespace saddle::config {
namespace {

constexpr std::string_view kListForm = "; try it in square brackets";

constexpr std::string_view kLengthWords =
    "a span such as \"200k\", \"20k steps\" or a whole number of samples";

/// "one of adam, sgd; did you mean 'adam'?"
std::string words_text(std::span<const std::string> words, std::string_view got) {
  const std::string near = nearest(got, words);
  return fmt::format("{}{}{}", words.size() == 1 ? "" : "one of ", join(words, ", "),
                     near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
}

std::string number_words(std::string_view what, const Range& range) {
  const std::string text = range_text(range);
  return text.empty() ? std::string(what) : fmt::format("{} {}", what, text);
}

/// Whether a table gives the dotted key `path` below it.
bool gives(const Node& node, const std::string& path) {
  const std::size_t dot = path.find('.');
  const Node* child = node.find(path.substr(0, dot));
  if (child == nullptr) return path == "name" && node.value.has_value();
  return dot == std::string::npos || gives(*child, path.substr(dot + 1));
}

}  // namespace

void Session::problem(const Place& place, std::string text) {
  problems.push_back({place, std::move(text)});
}

void Session::record(const std::string& key, const Place& place, std::string value) {
  const auto document = static_cast<std::size_t>(place.document);
  origins[key] = {documents[document].origin(place), std::move(value)};
}

void Session::drop_below(const std::string& key, const Node& node, const Place& place,
                         const std::string& what) {
  const std::string prefix = key + ".";
  const auto document = static_cast<std::size_t>(place.document);
  // Keys of one prefix stand together in the sorted map.
  for (auto it = origins.lower_bound(prefix);
       it != origins.end() && it->first.starts_with(prefix);) {
    if (!gives(node, it->first.substr(prefix.size()))) {
      dropped.push_back({it->first, it->second.value, it->second.text,
                         fmt::format("{} {}", documents[document].origin(place), what)});
    }
    it = origins.erase(it);
  }
}

const Node* TableReader::find(std::string_view key) {
  known_.emplace_back(key);
  return table_.find(key);
}

const Node* TableReader::plain(std::string_view key, std::string_view expected) {
  const Node* node = find(key);
  if (node == nullptr) return nullptr;
  if (!node->value || node->is_table) {
    session_.problem(node->place, fmt::format("{}: got a table, expected {}", path(key), expected));
    return nullptr;
  }
  return node;
}

void TableReader::wrong(const Node& node, const Value& value, std::string_view expected) {
  session_.problem(value.place, fmt::format("{}: got {}, expected {}", path(node.key),
                                            to_text(value), expected));
}

void TableReader::done(const Node& node, std::string value) {
  session_.record(path(node.key), node.value->place, std::move(value));
}

void TableReader::read_table(const Node& node, const std::function<void(Visitor&)>& body,
                             std::string_view also_known) {
  TableReader reader(session_, node, path(node.key));
  if (!also_known.empty()) reader.known_.emplace_back(also_known);
  body(reader);
  reader.finish();
}

void TableReader::finish() {
  for (const Node& child : table_.children) {
    if (std::find(known_.begin(), known_.end(), child.key) == known_.end()) unknown(child);
  }
}

std::optional<double> TableReader::real(const Node& node, const Value& value, const Range& range,
                                        std::string_view expected) {
  double result = value.real;
  if (value.kind == Value::Kind::kInteger) {
    result = static_cast<double>(value.integer);
  } else if (value.kind != Value::Kind::kDouble) {
    wrong(node, value, expected);
    return std::nullopt;
  }
  if (!std::isfinite(result)) {
    wrong(node, value, fmt::format("{}; it must be finite", expected));
    return std::nullopt;
  }
  if (!contains(range, result)) {
    wrong(node, value, expected);
    return std::nullopt;
  }
  return result;
}

std::optional<std::int64_t> TableReader::whole(const Node& node, const Value& value,
                                               const Range& range, std::string_view expected) {
  if (value.kind == Value::Kind::kInteger && contains(range, static_cast<double>(value.integer))) {
    return value.integer;
  }
  const bool whole_in_disguise = value.kind == Value::Kind::kDouble &&
                                 std::abs(value.real) < 0x1p53 &&
                                 std::trunc(value.real) == value.real;
  wrong(node, value,
        whole_in_disguise
            ? fmt::format("{}; try {}", expected, static_cast<std::int64_t>(value.real))
            : std::string(expected));
  return std::nullopt;
}

std::optional<Length> TableReader::length(const Node& node, bool may_be_run) {
  const Value& value = *node.value;
  const std::string expected = fmt::format("{}{}", may_be_run ? "\"run\" or " : "", kLengthWords);
  if (value.kind == Value::Kind::kInteger || value.kind == Value::Kind::kDouble) {
    const auto count = real(node, value, kNotNegative, expected);
    if (!count) return std::nullopt;
    if (is_length_count(*count)) return Length{*count, Length::Unit::kSamples};
    wrong(node, value, expected);
    return std::nullopt;
  }
  if (value.kind == Value::Kind::kString) {
    if (may_be_run && value.text == "run") return Length{};
    try {
      return parse_length(value.text);
    } catch (const Error&) {
      // The message below names the key and says the same.
    }
  }
  wrong(node, value, expected);
  return std::nullopt;
}

void TableReader::set_length(std::string_view key, Length& value, bool may_be_run) {
  if (const Node* node = plain(key, kLengthWords)) {
    if (const auto result = length(*node, may_be_run)) {
      value = *result;
      done(*node, toml_text(value));
    }
  }
}

template <class T, class Convert>
void TableReader::list(std::string_view key, std::vector<T>& value, std::string_view expected,
                       Convert convert) {
  const Node* node = plain(key, expected);
  if (node == nullptr) return;
  if (node->value->kind != Value::Kind::kArray) return wrong(*node, *node->value, expected);
  std::vector<T> result;
  bool good = true;
  for (const Value& item : node->value->items) {
    if (auto converted = convert(*node, item)) {
      result.push_back(std::move(*converted));
    } else {
      good = false;
    }
  }
  if (!good) return;
  value = std::move(result);
  done(*node, toml_text(value));
}

void TableReader::field(std::string_view key, bool& value, std::string_view) {
  const Node* node = plain(key, "true or false");
  if (node == nullptr) return;
  if (node->value->kind != Value::Kind::kBool) return wrong(*node, *node->value, "true or false");
  value = node->value->boolean;
  done(*node, toml_text(value));
}

void TableReader::field(std::string_view key, std::int64_t& value, std::string_view, Range range) {
  const std::string expected = number_words("a whole number", range);
  const Node* node = plain(key, expected);
  if (node == nullptr) return;
  if (const auto result = whole(*node, *node->value, range, expected)) {
    value = *result;
    done(*node, toml_text(value));
  }
}

void TableReader::field(std::string_view key, double& value, std::string_view, Range range) {
  const std::string expected = number_words("a number", range);
  const Node* node = plain(key, expected);
  if (node == nullptr) return;
  if (const auto result = real(*node, *node->value, range, expected)) {
    value = *result;
    done(*node, toml_text(value));
  }
}

void TableReader::field(std::string_view key, std::string& value, std::string_view) {
  const Node* node = plain(key, "a text");
  if (node == nullptr) return;
  if (node->value->kind != Value::Kind::kString) {
    return wrong(*node, *node->value, "a text; try it in double quotes");
  }
  value = node->value->text;
  done(*node, toml_text(value));
}

void TableReader::field(std::string_view key, Length& value, std::string_view) {
  set_length(key, value, false);
}

void TableReader::field(std::string_view key, std::vector<std::int64_t>& value, std::string_view,
                        Range range) {
  list(key, value, cat(number_words("a list of whole numbers", range), kListForm),
       [&](const Node& node, const Value& item) {
         return whole(node, item, range, number_words("a whole number", range));
       });
}

void TableReader::field(std::string_view key, std::vector<double>& value, std::string_view,
                        Range range) {
  list(key, value, cat(number_words("a list of numbers", range), kListForm),
       [&](const Node& node, const Value& item) {
         return real(node, item, range, number_words("a number", range));
       });
}

void TableReader::field(std::string_view key, std::vector<std::string>& value, std::string_view) {
  list(key, value, cat("a list of texts", kListForm),
       [&](const Node& node, const Value& item) -> std::optional<std::string> {
         if (item.kind == Value::Kind::kString) return item.text;
         wrong(node, item, "a text; try it in double quotes");
         return std::nullopt;
       });
}

void TableReader::word(std::string_view key, std::span<const std::string_view> words,
                       std::function<std::size_t()>, std::function<void(std::size_t)> set,
                       std::string_view) {
  const std::vector<std::string> known(words.begin(), words.end());
  const Node* node = plain(key, words_text(known, ""));
  if (node == nullptr) return;
  const Value& value = *node->value;
  const auto found = std::find(known.begin(), known.end(), value.text);
  if (value.kind != Value::Kind::kString || found == known.end()) {
    return wrong(*node, value, words_text(known, value.text));
  }
  set(static_cast<std::size_t>(found - known.begin()));
  done(*node, toml_text(*found));
}

void TableReader::nested(std::string_view key, const std::function<void(Visitor&)>& body,
                         std::string_view) {
  const Node* node = find(key);
  if (node == nullptr) return;
  if (node->value) return wrong(*node, *node->value, "a table");
  read_table(*node, body);
}

void TableReader::field(std::string_view key, Schedule& value, std::string_view, Range range) {
  const Node* node = find(key);
  if (node == nullptr) return;
  Schedule result = value;
  if (node->value) {
    const std::string expected = number_words("a number", range);
    const auto constant =
        real(*node, *node->value, range, expected + ", or {from = , to = , shape = , over = }");
    if (!constant) return;
    result = Schedule(*constant);
  }
  if (node->is_table && !read_schedule(*node, result, range)) return;
  value = result;
  const Place& place = node->is_table ? node->place : node->value->place;
  session_.record(path(key), place, toml_text(value));
}

bool TableReader::read_schedule(const Node& node, Schedule& value, Range range) {
  using Shape = Schedule::Shape;
  Node parts = node;
  std::erase_if(parts.children, [](const Node& child) { return child.overwritten; });
  const bool has_from = parts.find("from") != nullptr;
  const bool has_to = parts.find("to") != nullptr;
  const Node* const shape = parts.find("shape");
  const std::size_t before = session_.problems.size();
  const std::string key = path(node.key);
  if (parts.is_inline) value = Schedule{};
  if (parts.is_inline && !has_from) {
    session_.problem(
        node.place,
        key + ": got {...} without 'from', expected {from = , to = , shape = , over = }");
  }

  const bool was_constant = value.shape == Shape::kConstant;
  TableReader reader(session_, parts, key);
  reader.field("from", value.from, "", range);
  reader.field("to", value.to, "", range);
  const std::vector<std::string> words = schedule_shapes();
  const std::vector<std::string_view> views(words.begin(), words.end());
  reader.word(
      "shape", views, [] { return std::size_t{0}; },
      [&](std::size_t i) { value.shape = static_cast<Shape>(i); }, "");
  reader.set_length("over", value.over, true);
  reader.set_length("warmup", value.warmup, false);
  reader.finish();
  std::erase_if(session_.origins,
                [&](const auto& entry) { return entry.first.starts_with(key + "."); });
  if (session_.problems.size() > before) return false;

  const bool is_constant = value.shape == Shape::kConstant;
  if (!has_to && (was_constant || is_constant)) value.to = value.from;
  if (shape == nullptr && is_constant && value.from != value.to) value.shape = Shape::kLinear;
  if (value.shape == Shape::kConstant && value.from != value.to) {
    session_.problem((shape != nullptr ? *shape : node).place,
                     fmt::format("{}: got shape \"constant\" from {} to {}, expected equal ends; "
                                 "try shape = \"linear\"",
                                 key, number(value.from), number(value.to)));
  }
  if (value.shape == Shape::kExponential && !(value.from * value.to > 0)) {
    session_.problem(node.place,
                     fmt::format("{}: got shape \"exponential\" from {} to {}, expected two "
                                 "numbers of one sign, not 0",
                                 key, number(value.from), number(value.to)));
  }
  return session_.problems.size() == before;
}

void TableReader::variant_table(std::string_view key, VariantAccess access, std::string_view) {
  const Node* node = find(key);
  if (node == nullptr) return;
  const std::string self = path(key);
  const Node* name_node = node->find("name");
  if (name_node != nullptr && !name_node->value) {
    return session_.problem(name_node->place, fmt::format("{}.name: got a table, expected {}", self,
                                                          words_text(access.names, "")));
  }
  if (name_node != nullptr || node->value) {
    const Value& name = name_node != nullptr ? *name_node->value : *node->value;
    const auto found = std::find(access.names.begin(), access.names.end(), name.text);
    if (name.kind != Value::Kind::kString || found == access.names.end()) {
      session_.problem(name.place, fmt::format("{}.name: got {}, expected {}", self, to_text(name),
                                               words_text(access.names, name.text)));
      session_.unjudged.insert(self);
      return;
    }
    session_.unjudged.erase(self);
    const auto row = static_cast<std::size_t>(found - access.names.begin());
    if (row != access.index()) {
      session_.drop_below(self, *node, name.place,
                          fmt::format("chose {}.name = {}", self, toml_string(name.text)));
      access.select(row);
    }
    session_.record(self + ".name", name.place, toml_string(name.text));
  }
  if (session_.unjudged.contains(self)) return;
  read_table(*node, access.visit_current, "name");
}

void TableReader::optional_table(std::string_view key, OptionalAccess access, std::string_view) {
  const Node* node = find(key);
  if (node == nullptr) return;
  const std::string self = path(key);
  if (node->value) {
    const Value& value = *node->value;
    const bool is_bool = value.kind == Value::Kind::kBool;
    const bool is_word = value.kind == Value::Kind::kString;
    const bool on = (is_bool && value.boolean) || (is_word && value.text == "on");
    const bool off = (is_bool && !value.boolean) || (is_word && value.text == "off");
    if (!on && !off) return wrong(*node, value, "on, off or a table");
    if (off) {
      session_.drop_below(self, *node, value.place, fmt::format("switched {} off", self));
      access.set_present(false);
    } else if (!access.present()) {
      access.set_present(true);
    }
    session_.record(self, value.place, toml_text(on));
  }
  if (!node->is_table) return;
  if (!access.present()) {
    access.set_present(true);
    session_.record(self, node->place, "true");
  }
  read_table(*node, access.visit_fields);
}

// The key may belong to another row or to another table; else a sibling with a near name.
void TableReader::unknown(const Node& node) {
  const std::string self = path(node.key);
  std::vector<std::string> elsewhere;
  std::string hint;
  for (const KeyInfo& info : session_.describe()) {
    const bool same = info.key == self || info.key.starts_with(self + ".");
    if (same && !info.rows.empty() && hint.empty()) {
      hint = fmt::format("; it goes with {}", join(info.rows, " and "));
    }
    if (info.key.ends_with("." + node.key)) elsewhere.push_back(info.key);
  }
  std::sort(elsewhere.begin(), elsewhere.end());
  elsewhere.erase(std::unique(elsewhere.begin(), elsewhere.end()), elsewhere.end());
  if (hint.empty()) {
    const std::string near = nearest(node.key, known_);
    if (!near.empty()) {
      hint = fmt::format("; did you mean '{}'?", near);
    } else if (!elsewhere.empty() && elsewhere.size() <= 3) {
      hint = fmt::format("; did you mean '{}'?", join(elsewhere, "' or '"));
    } else if (known_.empty()) {
      hint = "; this table has no keys";
    } else {
      hint = fmt::format("; known: {}", join(known_, ", "));
    }
  }
  session_.problem(node.place, fmt::format("unknown key '{}'{}", self, hint));
}

}  // namespace saddle::config
