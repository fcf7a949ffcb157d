#include "saddle/config/document.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <map>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/config/toml_text.h"

namespace saddle::config {
namespace {

/// Configs are a few tables deep; more is a mistake, and recursion must end somewhere.
constexpr int kMaxDepth = 64;

class TreeBuilder {
 public:
  TreeBuilder(int document, std::vector<Problem>& problems)
      : document_(document), problems_(problems) {}

  void table(const toml::table& from, Node& into, int depth) {
    into.is_table = true;
    into.is_inline = from.is_inline();
    for (auto&& [key, node] : from) {
      Node child;
      child.key = std::string(key.str());
      child.place = place(key.source());
      if (const toml::table* inner = node.as_table()) {
        if (depth > kMaxDepth) {
          problems_.push_back({child.place, fmt::format("tables are nested deeper than {}; nothing "
                                                        "in a config is that deep",
                                                        kMaxDepth)});
          continue;
        }
        table(*inner, child, depth + 1);
      } else {
        child.value = value(node);
      }
      into.children.push_back(std::move(child));
    }
    // toml++ sorts keys; the order of the text makes messages read from top to bottom.
    std::stable_sort(into.children.begin(), into.children.end(),
                     [](const Node& a, const Node& b) { return a.place < b.place; });
  }

 private:
  Place place(const toml::source_region& region) const {
    return {document_, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
  }

  Value value(const toml::node& node) const {
    Value out;
    out.place = place(node.source());
    if (const auto* boolean = node.as_boolean()) {
      out.kind = Value::Kind::kBool;
      out.boolean = boolean->get();
    } else if (const auto* integer = node.as_integer()) {
      out.kind = Value::Kind::kInteger;
      out.integer = integer->get();
    } else if (const auto* real = node.as_floating_point()) {
      out.kind = Value::Kind::kDouble;
      out.real = real->get();
    } else if (const auto* text = node.as_string()) {
      out.kind = Value::Kind::kString;
      out.text = text->get();
    } else if (const auto* array = node.as_array()) {
      out.kind = Value::Kind::kArray;
      for (const toml::node& item : *array) out.items.push_back(value(item));
    } else {
      out.text = node.is_table() ? "a table" : "a date or time";
    }
    return out;
  }

  int document_;
  std::vector<Problem>& problems_;
};

void parse_document(const std::string& text, int document, Node& root,
                    std::vector<Problem>& problems) {
  try {
    const toml::table table = toml::parse(text);
    TreeBuilder(document, problems).table(table, root, 1);
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    std::string what(error.description());
    // toml++ names the parser's state first: "Error while parsing key-value pair: cannot ...".
    constexpr std::string_view kLead = "Error while ";
    if (what.starts_with(kLead)) what.erase(0, kLead.size());
    if (what.find("utf-8") != std::string::npos) what += "; save the text as UTF-8";
    problems.push_back({{document, static_cast<int>(begin.line), static_cast<int>(begin.column)},
                        "not TOML: " + what});
  }
}

bool parses(const std::string& text) {
  try {
    static_cast<void>(toml::parse(text));
    return true;
  } catch (const toml::parse_error&) {
    return false;
  }
}

bool is_value(std::string_view text) {
  return parses(fmt::format("x = {}", text));
}

bool starts_like_toml(std::string_view value) {
  return value.empty() || std::string_view("\"'[{").find(value.front()) != std::string_view::npos;
}

/// Where the first item of a list without its brackets ends: at a comma, or with the text. Nothing
/// where brackets or quotes do not close.
std::optional<std::size_t> item_end(std::string_view items) {
  int depth = 0;
  char quote = 0;
  bool fresh = true;  // a quote within a bare word is a letter of it
  for (std::size_t i = 0; i < items.size(); ++i) {
    const char c = items[i];
    if (quote != 0) {
      if (c == '\\' && quote == '"') ++i;
      if (c == quote) quote = 0;
      continue;
    }
    if (fresh && (c == '"' || c == '\'')) quote = c;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth < 0) return std::nullopt;
    if (c == ',' && depth == 0) return i;
    fresh = c == ' ' || std::string_view("[{,=").find(c) != std::string_view::npos;
  }
  if (depth != 0 || quote != 0) return std::nullopt;
  return items.size();
}

/// TOML for a list in which an item that is no TOML is a text, as outside of lists.
std::string list_toml(std::string_view list, int depth) {
  const auto refuse = [] {
    throw Error(ErrorCode::kUsage, "config",
                "not TOML: brackets or quotes of the list do not close");
  };
  if (depth > kMaxDepth || list.size() < 2 || !list.ends_with(']')) refuse();
  std::string_view items = list.substr(1, list.size() - 2);
  std::string out = "[";
  while (true) {
    const auto end = item_end(items);
    if (!end) refuse();
    const std::string_view item = trimmed(items.substr(0, *end));
    if (item.starts_with('[')) {
      out += list_toml(item, depth + 1);
    } else {
      out += starts_like_toml(item) || is_value(item) ? std::string(item) : toml_string(item);
    }
    if (*end == items.size()) return out + "]";
    out += ", ";
    items.remove_prefix(*end + 1);
  }
}

/// TOML for `a.b=v`, in which a `v` that is no TOML and does not start like some is a string, also
/// within a list.
std::string assignment_toml(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string_view key = trimmed(assignment.substr(0, equals));
  const std::string_view value = trimmed(assignment.substr(equals + 1));
  const bool reads = is_value(value);
  if (!reads && value.starts_with('[')) {
    return fmt::format("{} = {}", key, list_toml(value, 1));
  }
  if (reads || starts_like_toml(value)) return fmt::format("{} = {}", key, value);
  return fmt::format("{} = {}", key, toml_string(value));
}

/// A value or table of a later document joins what the same rank already says.
void merge(Node& into, Node&& from) {
  if (from.value) {
    const bool keeps_keys =
        (from.value->kind == Value::Kind::kString && from.value->text != "off") ||
        (from.value->kind == Value::Kind::kBool && from.value->boolean);
    if (!keeps_keys) {
      into.children.clear();
      into.is_table = false;
    } else if (from.value->kind == Value::Kind::kString) {
      // `generator = "mlp"` is short for `generator.name = "mlp"`, and the later of them.
      std::erase_if(into.children, [](const Node& child) { return child.key == "name"; });
    }
    into.value = std::move(from.value);
    into.place = from.place;
    return;
  }
  if (from.is_inline) {
    for (Node& child : into.children) child.overwritten = true;
  }
  into.is_table = true;
  into.is_inline = from.is_inline || (into.is_inline && !into.value);
  into.place = from.place;
  for (Node& child : from.children) {
    const auto same = std::find_if(into.children.begin(), into.children.end(),
                                   [&](const Node& known) { return known.key == child.key; });
    if (same == into.children.end()) {
      into.children.push_back(std::move(child));
    } else {
      same->overwritten = false;
      merge(*same, std::move(child));
    }
  }
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace

std::string to_text(const Value& value) {
  switch (value.kind) {
    case Value::Kind::kBool:
      return toml_text(value.boolean);
    case Value::Kind::kInteger:
      return toml_text(value.integer);
    case Value::Kind::kDouble:
      return toml_text(value.real);
    case Value::Kind::kString: {
      // Enough to recognise it; a cut must not split a character.
      std::size_t cut = std::min<std::size_t>(value.text.size(), 60);
      while (cut < value.text.size() && cut > 0 && (value.text[cut] & 0xC0) == 0x80) --cut;
      return toml_string(value.text.substr(0, cut)) + (cut < value.text.size() ? "..." : "");
    }
    case Value::Kind::kArray: {
      std::string out = "[";
      for (const Value& item : value.items) {
        if (out.size() > 1) out += ", ";
        if (out.size() > 60) return out + "...]";
        out += to_text(item);
      }
      return out + "]";
    }
    case Value::Kind::kOther:
      break;
  }
  return value.text;
}

const Node* Node::find(std::string_view name) const {
  for (const Node& child : children) {
    if (child.key == name) return &child;
  }
  return nullptr;
}

std::string Document::at(const Place& place) const {
  return is_set ? name : fmt::format("{}:{}:{}", name, place.line, place.column);
}

std::string Document::origin(const Place& place) const {
  if (is_set) return "--set";
  return is_preset ? name : fmt::format("{}:{}", name, place.line);
}

Corpus parse_sources(std::span<const Source> sources) {
  Corpus corpus;
  std::map<int, Node> trees;
  std::vector<const Source*> ordered;
  for (const Source& source : sources) ordered.push_back(&source);
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Source* a, const Source* b) { return a->rank < b->rank; });
  const auto add = [&](std::string_view text, Document document) {
    Node root;
    const int index = static_cast<int>(corpus.documents.size());
    try {
      parse_document(document.is_set ? assignment_toml(text) : std::string(text), index, root,
                     corpus.problems);
    } catch (const Error& error) {
      corpus.problems.push_back({{index, 1, 1}, error.message()});
    }
    merge(trees[document.rank], std::move(root));
    corpus.documents.push_back(std::move(document));
  };
  for (const Source* source : ordered) {
    if (source->kind == Source::Kind::kSet) {
      for (std::string_view line : split_lines(source->text)) {
        add(line, {.name = fmt::format("--set {}", line), .rank = source->rank, .is_set = true});
      }
    } else {
      add(source->text, {.name = source->name,
                         .rank = source->rank,
                         .is_preset = source->kind == Source::Kind::kPreset});
    }
  }
  for (auto& [rank, tree] : trees) corpus.trees.push_back(std::move(tree));
  return corpus;
}

}  // namespace saddle::config
