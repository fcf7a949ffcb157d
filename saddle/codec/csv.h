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

/// Columns of points: x, y; x0, x1, ... where a point has more than two numbers.
std::vector<std::string> coordinate_names(std::int64_t dimensions);

/// CSV text (RFC 4180, lines end in \n): a header, then numbers that read back as the same doubles.
/// Throws Error(kInternal) when the values are no whole number of rows.
std::string encode_csv(const Table& table);
/// Writes a CSV file atomically. Throws as encode_csv, and Error(kIo).
void write_csv(const std::filesystem::path& path, const Table& table);

/// Reads numeric CSV. The first line is a header when one of its cells is not a number, else the
/// columns are named c0, c1, ... Throws Error(kInput) with the line at which the row starts, and
/// the column, for a cell that is not a number, for rows of unequal length, for lines that end in
/// \r alone and for an empty file. `name` stands in messages.
Table parse_csv(std::string_view text, std::string_view name);
Table read_csv(const std::filesystem::path& path);

}  // namespace saddle::codec
