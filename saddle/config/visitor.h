#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "saddle/base/schedule.h"

namespace saddle::config {

/// Allowed values of a number, both ends included unless `open_low`.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool open_low = false;
};
inline constexpr Range kAny{};
inline constexpr Range kPositive{.low = 0, .open_low = true};
inline constexpr Range kNotNegative{.low = 0};
inline constexpr Range kProbability{.low = 0, .high = 1};

/// Choice of one named row of a table; made by Visitor::variant from a std::variant.
struct VariantAccess {
  std::vector<std::string> names;                     ///< every row of the table
  std::vector<std::string> docs;                      ///< one line about each
  std::function<std::size_t()> index;                 ///< the row that is selected
  std::function<void(std::size_t)> select;            ///< select a row with its defaults
  std::function<void(class Visitor&)> visit_current;  ///< the fields of the selected row
};

/// A component that is on when its table is present; made by Visitor::component.
struct OptionalAccess {
  std::function<bool()> present;
  std::function<void(bool)> set_present;  ///< true: switch on with its defaults
  std::function<void(class Visitor&)> visit_fields;
};

/// What reads, writes, compares, checks and documents a config: a struct lists its fields once,
/// in `void fields(config::Visitor& v)`, and every use of the config is one Visitor.
/// `doc` is one line in plain words with the unit.
class Visitor {
 public:
  virtual ~Visitor() = default;

  virtual void field(std::string_view key, bool& value, std::string_view doc) = 0;
  virtual void field(std::string_view key, std::int64_t& value, std::string_view doc,
                     Range = kAny) = 0;
  virtual void field(std::string_view key, double& value, std::string_view doc, Range = kAny) = 0;
  virtual void field(std::string_view key, std::string& value, std::string_view doc) = 0;
  /// A number that may vary: `0.1` or `{from = 1, to = 0.1, shape = "cosine", over = "100k"}`.
  virtual void field(std::string_view key, Schedule& value, std::string_view doc, Range = kAny) = 0;
  /// A span: "200k", "20k steps" or a plain number of samples.
  virtual void field(std::string_view key, Length& value, std::string_view doc) = 0;
  virtual void field(std::string_view key, std::vector<std::int64_t>& value, std::string_view doc,
                     Range = kAny) = 0;
  virtual void field(std::string_view key, std::vector<double>& value, std::string_view doc,
                     Range = kAny) = 0;
  virtual void field(std::string_view key, std::vector<std::string>& value,
                     std::string_view doc) = 0;

  /// A word out of a fixed list; use through `choice`.
  virtual void word(std::string_view key, std::span<const std::string_view> words,
                    std::function<std::size_t()> get, std::function<void(std::size_t)> set,
                    std::string_view doc) = 0;

  /// A nested table.
  template <class Struct>
  void group(std::string_view key, Struct& value, std::string_view doc) {
    nested(
        key, [&value](Visitor& v) { value.fields(v); }, doc);
  }

  /// An enum with consecutive enumerators from 0 and one word for each.
  template <class Enum, std::size_t N>
  void choice(std::string_view key, Enum& value, const std::array<std::string_view, N>& words,
              std::string_view doc) {
    word(
        key, words, [&value] { return static_cast<std::size_t>(value); },
        [&value](std::size_t i) { value = static_cast<Enum>(i); }, doc);
  }

  /// A table with `name = "row"`: the alternatives are structs with `kName`, `kDoc` and `fields`.
  template <class... Rows>
  void variant(std::string_view key, std::variant<Rows...>& value, std::string_view doc) {
    VariantAccess access;
    access.names = {std::string(Rows::kName)...};
    access.docs = {std::string(Rows::kDoc)...};
    access.index = [&value] { return value.index(); };
    access.select = [&value](std::size_t i) {
      select_alternative(value, i, std::index_sequence_for<Rows...>{});
    };
    access.visit_current = [&value](Visitor& v) {
      std::visit([&v](auto& row) { row.fields(v); }, value);
    };
    variant_table(key, std::move(access), doc);
  }

  /// A component that exists only when its table does: `[penalty.r1]`; `off` removes it.
  template <class Struct>
  void component(std::string_view key, std::optional<Struct>& value, std::string_view doc) {
    OptionalAccess access;
    access.present = [&value] { return value.has_value(); };
    access.set_present = [&value](bool on) {
      if (on) {
        value.emplace();
      } else {
        value.reset();
      }
    };
    access.visit_fields = [&value](Visitor& v) { value->fields(v); };
    optional_table(key, std::move(access), doc);
  }

  /// All components of a list under one table: `[penalty.r1]`, `[penalty.wgan_gp]`, ...
  template <class... Rows>
  void components(std::string_view key, std::tuple<std::optional<Rows>...>& values,
                  std::string_view doc) {
    nested(
        key,
        [&values](Visitor& v) {
          std::apply([&v](auto&... row) { (v.component_row(row), ...); }, values);
        },
        doc);
  }

 protected:
  virtual void nested(std::string_view key, const std::function<void(Visitor&)>& body,
                      std::string_view doc) = 0;
  virtual void variant_table(std::string_view key, VariantAccess access, std::string_view doc) = 0;
  virtual void optional_table(std::string_view key, OptionalAccess access,
                              std::string_view doc) = 0;

 private:
  template <class Row>
  void component_row(std::optional<Row>& row) {
    component(Row::kName, row, Row::kDoc);
  }

  template <class Variant, std::size_t... I>
  static void select_alternative(Variant& value, std::size_t index, std::index_sequence<I...>) {
    ((index == I ? (value.template emplace<I>(), true) : false) || ...);
  }
};

}  // namespace saddle::config
