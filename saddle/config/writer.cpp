#include "saddle/config/writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/config/toml_text.h"

namespace saddle::config {
namespace {

/// One table of the output: its own lines, then its tables.
struct Table {
  std::string path;
  std::vector<FlatValue> lines{};  ///< key inside the table, value
  std::vector<Table> tables{};
  bool must_show = false;  ///< a component without fields still has to be there
};

/// Collects the values of a struct as a flat list and as tables in one walk.
class Collector final : public Visitor {
 public:
  Collector(std::vector<FlatValue>& flat, Table& table) : flat_(flat), table_(table) {}

  void field(std::string_view key, bool& value, std::string_view) override { put(key, value); }
  void field(std::string_view key, std::int64_t& value, std::string_view, Range) override {
    put(key, value);
  }
  void field(std::string_view key, double& value, std::string_view, Range) override {
    put(key, value);
  }
  void field(std::string_view key, std::string& value, std::string_view) override {
    put(key, value);
  }
  void field(std::string_view key, Schedule& value, std::string_view, Range) override {
    put(key, value);
  }
  void field(std::string_view key, Length& value, std::string_view) override { put(key, value); }
  void field(std::string_view key, std::vector<std::int64_t>& value, std::string_view,
             Range) override {
    put(key, value);
  }
  void field(std::string_view key, std::vector<double>& value, std::string_view, Range) override {
    put(key, value);
  }
  void field(std::string_view key, std::vector<std::string>& value, std::string_view) override {
    put(key, value);
  }
  void word(std::string_view key, std::span<const std::string_view> words,
            std::function<std::size_t()> get, std::function<void(std::size_t)>,
            std::string_view) override {
    put(key, std::string(words[get()]));
  }

 protected:
  void nested(std::string_view key, const std::function<void(Visitor&)>& body,
              std::string_view) override {
    walk(key, body, false);
  }

  void variant_table(std::string_view key, VariantAccess access, std::string_view) override {
    Table& table = add_table(key);
    Collector inner(flat_, table);
    inner.put("name", access.names[access.index()]);
    access.visit_current(inner);
  }

  void optional_table(std::string_view key, OptionalAccess access, std::string_view) override {
    if (!access.present()) {
      put(key, false);
    } else {
      flat_.emplace_back(path(key), "true");
      walk(key, access.visit_fields, true);
    }
  }

 private:
  std::string path(std::string_view key) const { return dotted(table_.path, key); }

  template <class T>
  void put(std::string_view key, const T& value) {
    std::string text;
    try {
      text = toml_text(value);
    } catch (const Error& error) {
      throw Error(error.code(), "config", fmt::format("{}: {}", path(key), error.message()));
    }
    flat_.emplace_back(path(key), text);
    table_.lines.emplace_back(key, std::move(text));
  }

  Table& add_table(std::string_view key) {
    return table_.tables.emplace_back(Table{.path = path(key)});
  }

  void walk(std::string_view key, const std::function<void(Visitor&)>& body, bool must_show) {
    Table& table = add_table(key);
    table.must_show = must_show;
    Collector inner(flat_, table);
    body(inner);
  }

  std::vector<FlatValue>& flat_;
  Table& table_;
};

void print_table(const Table& table, const Loaded* origins, std::string& out) {
  const auto comment = [&](const std::string& key) {
    return origins == nullptr ? std::string() : fmt::format("  # {}", origins->origin(key));
  };
  if (!table.path.empty() && (!table.lines.empty() || table.must_show)) {
    if (!out.empty()) out += "\n";
    out += fmt::format("[{}]{}\n", table.path, table.must_show ? comment(table.path) : "");
  }
  for (const auto& [key, value] : table.lines) {
    out += fmt::format("{} = {}{}\n", key, value, comment(dotted(table.path, key)));
  }
  for (const Table& inner : table.tables) print_table(inner, origins, out);
}

}  // namespace

std::vector<FlatValue> flatten_fields(const Fields& fields) {
  std::vector<FlatValue> flat;
  Table root;
  Collector collector(flat, root);
  fields(collector);
  return flat;
}

std::string to_toml_fields(const Fields& fields, const Loaded* origins) {
  std::vector<FlatValue> flat;
  Table root;
  Collector collector(flat, root);
  fields(collector);
  std::string out;
  print_table(root, origins, out);
  return out;
}

std::vector<Difference> diff_flat(const std::vector<FlatValue>& a,
                                  const std::vector<FlatValue>& b) {
  const auto find = [](const std::vector<FlatValue>& list, const std::string& key) {
    return std::find_if(list.begin(), list.end(),
                        [&](const FlatValue& entry) { return entry.first == key; });
  };
  std::vector<Difference> out;
  auto next = b.begin();
  const auto only_b_until = [&](std::vector<FlatValue>::const_iterator end) {
    for (; next != end; ++next) {
      if (find(a, next->first) == a.end()) out.push_back({next->first, "", next->second});
    }
  };
  for (const auto& [key, value] : a) {
    const auto other = find(b, key);
    if (other == b.end()) {
      out.push_back({key, value, ""});
      continue;
    }
    if (other >= next) {
      only_b_until(other);
      next = other + 1;
    }
    if (other->second != value) out.push_back({key, value, other->second});
  }
  only_b_until(b.end());
  return out;
}

}  // namespace saddle::config
