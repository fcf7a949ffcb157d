#include "saddle/codec/csv.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

[[noreturn]] void fail_csv(std::string_view name, std::string_view what) {
  throw Error(ErrorCode::kInput, "csv", cat("'", name, "' ", what));
}

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string quoted_cell(std::string_view text) {
  // A cell that began the file with this mark would lose it.
  if (text.find_first_of(",\"\r\n") == std::string_view::npos &&
      !text.starts_with(kByteOrderMark)) {
    return std::string(text);
  }
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::optional<double> cell_number(std::string_view cell) {
  const auto first = cell.find_first_not_of(" \t");
  if (first == std::string_view::npos) return std::nullopt;
  cell = cell.substr(first, cell.find_last_not_of(" \t") - first + 1);
  if (cell.size() > 1 && cell[0] == '+' && cell[1] != '-') cell.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc{} || end != cell.data() + cell.size()) return std::nullopt;
  return value;
}

/// Cuts text into rows of cells, quotes and line ends resolved.
class CsvCells {
 public:
  CsvCells(std::string_view text, std::string_view name) : rest_(text), name_(name) {
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  }
  bool done() const { return rest_.empty(); }
  /// Where the last row started.
  std::int64_t line() const { return line_; }

  void next_row(std::vector<std::string>& cells) {
    line_ = next_line_;
    cells.clear();
    while (true) {
      cells.push_back(rest_.starts_with('"') ? quoted() : plain());
      if (!rest_.starts_with(',')) break;
      rest_.remove_prefix(1);
    }
    const bool carriage_return = rest_.starts_with('\r');
    if (carriage_return) rest_.remove_prefix(1);
    if (rest_.starts_with('\n')) {
      rest_.remove_prefix(1);
    } else if (!rest_.empty()) {
      fail_csv(name_, cat("line ", line_, ": ",
                          carriage_return ? "ends in \\r alone: expected \\n or \\r\\n"
                                          : "text after a quoted cell"));
    }
    ++next_line_;
  }

 private:
  std::string plain() {
    const std::size_t end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
    std::string out(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return out;
  }
  std::string quoted() {
    std::string out;
    rest_.remove_prefix(1);
    while (true) {
      const std::size_t end = rest_.find('"');
      if (end == std::string_view::npos) {
        fail_csv(name_, cat("line ", line_, ": a quoted cell has no end"));
      }
      const std::string_view part = rest_.substr(0, end);
      out += part;
      next_line_ += std::count(part.begin(), part.end(), '\n');
      rest_.remove_prefix(end + 1);
      if (!rest_.starts_with('"')) return out;
      out += '"';
      rest_.remove_prefix(1);
    }
  }

  std::string_view rest_;
  std::string_view name_;
  std::int64_t line_ = 0;
  std::int64_t next_line_ = 1;
};

}  // namespace

std::vector<std::string> coordinate_names(std::int64_t dimensions) {
  if (dimensions == 1) return {"x"};
  if (dimensions == 2) return {"x", "y"};
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < dimensions; ++i) names.push_back(cat("x", i));
  return names;
}

std::string encode_csv(const Table& table) {
  std::string out;
  const std::size_t columns = table.columns.size();
  if (columns == 0 ? !table.values.empty() : table.values.size() % columns != 0) {
    throw Error(
        ErrorCode::kInternal, "csv",
        cat("got ", table.values.size(), " values for ", columns, " columns, expected whole rows"));
  }
  for (std::size_t c = 0; c < columns; ++c) {
    if (c > 0) out += ',';
    out += quoted_cell(table.columns[c]);
  }
  out += '\n';
  for (std::size_t i = 0; i < table.values.size(); ++i) {
    out += number(table.values[i]);
    out += (i + 1) % columns == 0 ? '\n' : ',';
  }
  return out;
}

void write_csv(const std::filesystem::path& path, const Table& table) {
  write_file_atomic(path, encode_csv(table));
}

Table parse_csv(std::string_view text, std::string_view name) {
  CsvCells reader(text, name);
  Table table;
  std::vector<std::string> cells;
  if (reader.done()) fail_csv(name, "is empty");
  while (!reader.done()) {
    reader.next_row(cells);
    if (cells.size() == 1 && cells[0].empty()) continue;  // an empty line
    if (table.columns.empty()) {
      bool numbers = true;
      for (const std::string& cell : cells) numbers = numbers && cell_number(cell).has_value();
      for (std::size_t c = 0; c < cells.size(); ++c) {
        table.columns.push_back(numbers ? cat("c", c) : cells[c]);
      }
      if (!numbers) continue;
    }
    if (cells.size() != table.columns.size()) {
      fail_csv(name, cat("line ", reader.line(), ": got ", cells.size(), " cells, expected ",
                         table.columns.size()));
    }
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const auto value = cell_number(cells[c]);
      if (!value) {
        fail_csv(name, cat("line ", reader.line(), ", column '", table.columns[c], "': got '",
                           cells[c], "', expected a number"));
      }
      table.values.push_back(*value);
    }
  }
  if (table.values.empty()) fail_csv(name, "has no rows of numbers");
  return table;
}

Table read_csv(const std::filesystem::path& path) {
  const MappedFile file(path, MappedFile::Access::kSequential);
  return parse_csv(file.text(), path.string());
}

}  // namespace saddle::codec
