#include "saddle/config/describe.h"

#include <fmt/format.h>

#include "saddle/base/text.h"
#include "saddle/config/toml_text.h"

namespace saddle::config {
namespace {

/// Walks every row and every component; what it visits is overwritten with their defaults.
class Describer final : public Visitor {
 public:
  Describer(std::vector<KeyInfo>& keys, std::string prefix, std::vector<std::string> rows)
      : keys_(keys), prefix_(std::move(prefix)), rows_(std::move(rows)) {}

  void field(std::string_view key, bool& value, std::string_view doc) override {
    add(key, "true or false", toml_text(value), "", doc, {{"true", ""}, {"false", ""}});
  }
  void field(std::string_view key, std::int64_t& value, std::string_view doc,
             Range range) override {
    add(key, "whole number", toml_text(value), range_text(range), doc);
  }
  void field(std::string_view key, double& value, std::string_view doc, Range range) override {
    add(key, "number", toml_text(value), range_text(range), doc);
  }
  void field(std::string_view key, std::string& value, std::string_view doc) override {
    add(key, "text", toml_text(value), "", doc);
  }
  void field(std::string_view key, Schedule& value, std::string_view doc, Range range) override {
    add(key, "number that may vary", toml_text(value), range_text(range), doc);
  }
  void field(std::string_view key, Length& value, std::string_view doc) override {
    add(key, "length", toml_text(value), "", doc);
  }
  void field(std::string_view key, std::vector<std::int64_t>& value, std::string_view doc,
             Range range) override {
    add(key, "list of whole numbers", toml_text(value), range_text(range), doc);
  }
  void field(std::string_view key, std::vector<double>& value, std::string_view doc,
             Range range) override {
    add(key, "list of numbers", toml_text(value), range_text(range), doc);
  }
  void field(std::string_view key, std::vector<std::string>& value, std::string_view doc) override {
    add(key, "list of texts", toml_text(value), "", doc);
  }
  void word(std::string_view key, std::span<const std::string_view> words,
            std::function<std::size_t()> get, std::function<void(std::size_t)>,
            std::string_view doc) override {
    const std::vector<std::string> all(words.begin(), words.end());
    std::vector<Choice> choices;
    for (const auto& one : all) choices.push_back({one, ""});
    add(key, "word", toml_string(words[get()]), join(all, ", "), doc, std::move(choices));
  }

 protected:
  void nested(std::string_view key, const std::function<void(Visitor&)>& body,
              std::string_view doc) override {
    add(key, "table", "", "", doc);
    Describer inner(keys_, path(key), rows_);
    body(inner);
  }

  void variant_table(std::string_view key, VariantAccess access, std::string_view doc) override {
    const std::string self = path(key);
    const std::size_t selected = access.index();
    Describer inner(keys_, self, rows_);
    std::vector<Choice> choices;
    for (std::size_t row = 0; row < access.names.size(); ++row) {
      choices.push_back({access.names[row], access.docs[row]});
    }
    inner.add("name", "row", toml_string(access.names[selected]), join(access.names, ", "), doc,
              std::move(choices));
    // The selected row comes first, before select() loses the defaults that the struct around it
    // gives; the list keeps the order of the table.
    std::vector<std::vector<KeyInfo>> of_row(access.names.size());
    const auto walk = [&](std::size_t row) {
      std::vector<std::string> rows = rows_;
      rows.push_back(fmt::format("{}.name = {}", self, toml_string(access.names[row])));
      Describer body(of_row[row], self, std::move(rows));
      access.visit_current(body);
    };
    walk(selected);
    for (std::size_t row = 0; row < of_row.size(); ++row) {
      if (row == selected) continue;
      access.select(row);
      walk(row);
    }
    for (const auto& keys : of_row) keys_.insert(keys_.end(), keys.begin(), keys.end());
  }

  void optional_table(std::string_view key, OptionalAccess access, std::string_view doc) override {
    add(key, "component", toml_text(access.present()), "on, off", doc, {{"on", ""}, {"off", ""}});
    if (!access.present()) access.set_present(true);
    Describer inner(keys_, path(key), rows_);
    access.visit_fields(inner);
  }

 private:
  std::string path(std::string_view key) const { return dotted(prefix_, key); }

  void add(std::string_view key, std::string_view type, std::string default_value,
           std::string range, std::string_view doc, std::vector<Choice> choices = {}) {
    keys_.push_back({path(key), std::string(type), std::move(default_value), std::move(range),
                     std::string(doc), std::move(choices), rows_});
  }

  std::vector<KeyInfo>& keys_;
  std::string prefix_;
  std::vector<std::string> rows_;
};

}  // namespace

std::vector<KeyInfo> describe_fields(const Fields& scratch) {
  std::vector<KeyInfo> keys;
  Describer describer(keys, "", {});
  scratch(describer);
  return keys;
}

}  // namespace saddle::config
