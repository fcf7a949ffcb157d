#pragma once

#include <span>
#include <string_view>

namespace saddle::lab {

/// A chapter of the report; paragraphs of the text are apart by an empty line.
struct Chapter {
  int number;
  std::string_view title;
  std::string_view text;
};

/// Chapters 1 to 8 in order.
std::span<const Chapter> chapters();

/// What stands before them: the game, the field, J = S + A.
std::string_view introduction();
/// Formulas of the introduction, a line each.
std::span<const std::string_view> introduction_formulas();

}  // namespace saddle::lab
