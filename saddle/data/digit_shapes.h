#pragma once

#include "saddle/data/digit_pen.h"

namespace saddle::data {

inline constexpr int kMaxDigitStyles = 4;

/// How often each style of a digit is drawn; the shares sum to 1, styles that do not exist have 0.
std::span<const double, kMaxDigitStyles> digit_style_shares(int label);

/// The strokes of one digit in a box of height about 1, y down, before slant and size.
void trace_digit(int label, int style, StrokePath& path);

}  // namespace saddle::data
