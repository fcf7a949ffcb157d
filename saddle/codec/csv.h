#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace saddle::codec {

/// A table of numbers, row after row.
struct Table {
  std::vector<std::string> columns{};
  std::vector<double> values{};  ///< [rows, columns]

  std::int64_t rows() const {
    return columns.empty() ? 0 : static_cast<std::int64_t>(values.size() / columns.size());
  }
  double at(std::int64_t row, std::int64_t column) const {
    return values[static_cast<std::size_t>(row) * columns.size() +
                  static_cast<std::size_t>(column)];
  }
  bool operator==(const Table&) const = default;
};

/// A table from its columns. Throws Error(kInternal) when their lengths or numbers differ.
Table table_of_columns(std::vector<std::string> names,
                       const std::vector<std::vector<double>>& columns);

/// CSV text (RFC 4180, lines end in \n): a header, then numbers that read back as the same doubles.
std::string encode_csv(const Table& table);
/// Writes a CSV file atomically.
void write_csv(const std::filesystem::path& path, const Table& table);

/// Reads numeric CSV. The first line is a header when one of its cells is not a number, else the
/// columns are named c0, c1, ... Throws Error(kInput) with line and column for a cell that is not a
/// number, for rows of unequal length and for an empty file. `name` stands in messages.
Table parse_csv(std::string_view text, std::string_view name);
Table read_csv(const std::filesystem::path& path);

}  // namespace saddle::codec
