#include <algorithm>
#include <cctype>
#include <set>

#include "saddle/base/text.h"
#include "saddle/config/describe.h"

namespace saddle::config {
namespace {

/// Text that Markdown shows as it is, also within a table.
std::string plain_markdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

std::string sentence(std::string_view text) {
  std::string out = plain_markdown(text);
  if (out.empty()) return out;
  out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out + ".";
}

std::string code(std::string_view text) {
  std::string out = "`";
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out + "`";
}

std::string words_in_code(const std::vector<Choice>& choices) {
  std::string out;
  for (const Choice& choice : choices) out += cat(out.empty() ? "" : ", ", code(choice.word));
  return out;
}

std::string value_text(const KeyInfo& info) {
  if (!info.choices.empty()) return words_in_code(info.choices);
  const std::string range = info.range.empty() ? "" : " " + info.range;
  if (info.type == "length") return "[length](#lengths)";
  if (info.type == "number that may vary") return cat("number", range, "; [may vary](#schedules)");
  return cat(info.type, range);
}

std::string rows_text(const std::vector<std::string>& rows) {
  std::string out;
  for (const auto& row : rows) out += cat(out.empty() ? "" : " and ", code(row));
  return out;
}

class Page {
 public:
  void add(const KeyInfo& info) {
    if (info.type == "table") {
      open(info.key, info);
    } else if (info.type == "component") {
      add_component(info);
    } else if (info.type == "row") {
      add_variant(info);
    } else {
      add_key(info);
    }
  }

  std::string text() const {
    std::vector<std::string> links;
    std::string sections;
    for (const Section& section : sections_) {
      sections += "\n" + section.text;
      if (section.table.find('.') != std::string::npos) continue;
      links.push_back(cat("[", section.title, "](#", section.title, ")"));
    }
    return cat("Tables: ", join(links, ", "), ".\n", sections);
  }

 private:
  struct Section {
    std::string table;
    std::string title;
    std::string text;
    std::vector<std::string> rows;  ///< of the keys that were written last
    bool listing = false;           ///< the last line is one of a table of keys
  };

  /// The section of a table; its heading and what it is when it is new.
  Section& open(const std::string& table, const KeyInfo& info) {
    for (Section& section : sections_) {
      if (section.table == table) return section;
    }
    sections_.push_back(
        {.table = table, .title = table.empty() ? "top" : table, .text = "", .rows = info.rows});
    Section& section = sections_.back();
    const auto depth = static_cast<std::size_t>(std::count(table.begin(), table.end(), '.'));
    // Viewers make an anchor of a heading, but without its dots.
    if (depth > 0) section.text = anchor(table) + "\n";
    section.text += cat(std::string(2 + depth, '#'), " ", section.title, "\n");
    if (table.empty()) return section;
    section.text += "\n" + sentence(info.doc);
    if (!info.rows.empty()) section.text += cat(" Only with ", rows_text(info.rows), ".");
    section.text += "\n";
    return section;
  }

  void add_component(const KeyInfo& info) {
    const bool on = info.default_value == "true";
    open(info.key, info).text += cat(on ? "On" : "Off", " by default; `--set ", info.key, "=",
                                     on ? "off" : "on", "` changes that.\n");
  }

  void add_variant(const KeyInfo& info) {
    Section& section = open(table_of(info.key), info);
    section.text += cat("\n| ", anchor(info.key), code(info.key), " | what it is |\n|---|---|\n");
    for (const Choice& row : info.choices) {
      const bool is_default = info.default_value == cat('"', row.word, '"');
      section.text += cat("| ", code(row.word), " | ", plain_markdown(row.doc),
                          is_default ? " (the default)" : "", " |\n");
    }
  }

  void add_key(const KeyInfo& info) {
    Section& section = open(table_of(info.key), info);
    if (info.rows != section.rows || !section.listing) {
      if (info.rows != section.rows && !info.rows.empty()) {
        section.text += cat("\nWith ", code(info.rows.back()), ":\n");
      }
      section.rows = info.rows;
      section.listing = true;
      section.text += "\n| key | default | value | meaning |\n|---|---|---|---|\n";
    }
    section.text += cat("| ", anchor(info.key), code(info.key), " | ", code(info.default_value),
                        " | ", value_text(info), " | ", plain_markdown(info.doc), " |\n");
  }

  /// Where the key is defined, once: two rows of a variant may have keys of one name.
  std::string anchor(const std::string& name) {
    return anchors_.insert(name).second ? cat("<a id=\"", name, "\"></a>") : "";
  }

  static std::string table_of(const std::string& key) {
    const std::size_t dot = key.rfind('.');
    return dot == std::string::npos ? "" : key.substr(0, dot);
  }

  std::vector<Section> sections_;
  std::set<std::string> anchors_;
};

}  // namespace

std::string reference_page(std::span<const KeyInfo> keys) {
  Page page;
  for (const KeyInfo& info : keys) page.add(info);
  return page.text();
}

}  // namespace saddle::config
