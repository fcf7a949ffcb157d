#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/report/metric_series.h"

namespace saddle::report {

// Pieces of HTML that the pages share.

/// CSS of these pieces, for codec::HtmlPage.
std::string_view parts_style();

/// <code> of plain text.
std::string code(std::string_view text);
/// <h2> with an anchor; `text` is HTML.
std::string heading(std::string_view id, std::string_view text);
/// "12.3 %" of a share of 0.123.
std::string percent_of(double share);

/// One cell of a table; `html` is HTML.
struct Cell {
  std::string html{};
  bool number = false;  ///< to the right, in figures of one width
};

/// A square in a colour, as a legend has it.
std::string colour_key(std::string_view colour);

/// A table in a box that scrolls by itself; `head` is plain text. The first cell of a row names it.
std::string table_html(std::string_view caption, const std::vector<Cell>& head,
                       const std::vector<std::vector<Cell>>& rows);

/// A closed <details> with this plain summary; "" where there is nothing in it.
std::string details_html(std::string_view summary, std::string_view html);

/// A box that stands out; `html` is HTML.
std::string warning_html(std::string_view html);

/// Pairs of a word and what it says as a grid of tiles; both plain.
std::string tiles_html(std::span<const std::pair<std::string, std::string>> tiles);

/// A sheet as <img> with its bytes in the page; what is larger than `side` pixels is made smaller,
/// 0: never. Throws Error(kInput) where the file is missing or no PNG that can be shown.
std::string sheet_html(const Sheet& sheet, std::string_view of_what, int side);

/// At most `most` places out of `count`, evenly spread, with the first and the last.
std::vector<std::size_t> spread_places(std::size_t count, std::size_t most);

/// A word for a shell: in single quotes where it needs them.
std::string shell_word(std::string_view text);

/// "40,064 samples" and the like; "1 run".
std::string counted(std::int64_t count, std::string_view what);

}  // namespace saddle::report
