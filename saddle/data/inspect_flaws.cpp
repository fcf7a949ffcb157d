#include "saddle/data/inspect_flaws.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace saddle::data {

namespace {

constexpr int kNearLevel = 10;         ///< grey levels: what lossy files make of one colour
constexpr int kEdgeBlur = 3;           ///< lines within which a lossy edge is over
constexpr double kStraight = 0.9;      ///< of an edge's pixels that differ from the bar
constexpr double kSmallestBar = 0.03;  ///< of the side
constexpr int kSmallestBarred = 48;    ///< pixels; smaller pictures often fill just one side
constexpr double kPlainShare = 0.99;

/// The pixels of a picture, or of its transpose.
class PixelGrid {
 public:
  PixelGrid(const PictureShape& shape, std::span<const std::uint8_t> pixels, bool transposed)
      : pixels_(pixels.data()),
        colours_(shape.channels == 4 ? 3 : shape.channels),
        lines_(transposed ? shape.width : shape.height),
        length_(transposed ? shape.height : shape.width),
        to_line_(shape.channels * (transposed ? 1 : shape.width)),
        to_next_(shape.channels * (transposed ? shape.width : 1)) {}

  int lines() const { return lines_; }

  /// Pixels of the line that are not nearly of this colour; stops counting above `most`.
  int differing(int line, const std::uint8_t* colour, int most) const {
    int count = 0;
    for (int i = 0; i < length_ && count <= most; ++i) count += near(at(line, i), colour) ? 0 : 1;
    return count;
  }
  int length() const { return length_; }
  const std::uint8_t* at(int line, int i) const {
    return pixels_ + static_cast<std::ptrdiff_t>(line) * to_line_ +
           static_cast<std::ptrdiff_t>(i) * to_next_;
  }

 private:
  bool near(const std::uint8_t* a, const std::uint8_t* b) const {
    for (int c = 0; c < colours_; ++c) {
      if (std::abs(int{a[c]} - int{b[c]}) > kNearLevel) return false;
    }
    return true;
  }

  const std::uint8_t* pixels_;
  int colours_, lines_, length_;
  std::ptrdiff_t to_line_, to_next_;
};

/// Lines of a bar that starts at the first line, or at the last one; 0 without a straight edge.
int bar_lines(const PixelGrid& grid, bool from_end) {
  const auto line = [&](int i) { return from_end ? grid.lines() - 1 - i : i; };
  const std::uint8_t* colour = grid.at(line(0), 0);
  int bar = 0;
  while (bar < grid.lines() && grid.differing(line(bar), colour, 0) == 0) ++bar;
  if (bar < std::max(1.0, kSmallestBar * grid.lines())) return 0;
  for (int i = bar; i < std::min(bar + kEdgeBlur, grid.lines()); ++i) {
    if (grid.differing(line(i), colour, grid.length()) >= kStraight * grid.length()) return bar;
  }
  return 0;
}

/// Bars before and after, as wide as each other to a tenth of the side.
bool has_two_bars(const PixelGrid& grid) {
  const int first = bar_lines(grid, false);
  if (first == 0) return false;
  const int last = bar_lines(grid, true);
  return last > 0 && std::abs(first - last) <= std::max(1, grid.lines() / 10);
}

bool is_doubled(const PictureShape& shape, std::span<const std::uint8_t> pixels) {
  if (shape.width % 2 != 0 || shape.height % 2 != 0) return false;
  const auto channels = static_cast<std::size_t>(shape.channels);
  const std::size_t row = channels * static_cast<std::size_t>(shape.width);
  for (std::size_t y = 0; y < static_cast<std::size_t>(shape.height); y += 2) {
    const std::uint8_t* line = pixels.data() + y * row;
    for (std::size_t x = 0; x < row; x += 2 * channels) {
      if (std::memcmp(line + x, line + x + channels, channels) != 0) return false;
    }
    if (std::memcmp(line, line + row, row) != 0) return false;
  }
  return true;
}

/// Whether nearly all pixels are equal: the one that a majority has, if any, is found by Boyer and
/// Moore's vote, and then counted.
bool is_plain(const PictureShape& shape, std::span<const std::uint8_t> pixels) {
  const auto channels = static_cast<std::size_t>(shape.channels);
  const auto all = static_cast<double>(pixels.size() / channels);
  // Each pixel of another colour differs from two neighbours at most; few pictures get further.
  const auto most = static_cast<std::int64_t>(2 * (1 - kPlainShare) * all) + 1;
  std::int64_t steps = 0;
  for (std::size_t i = channels; i < pixels.size(); i += channels) {
    const std::uint8_t* p = pixels.data() + i;
    if (std::memcmp(p, p - channels, channels) != 0 && ++steps > most) return false;
  }
  const std::uint8_t* winner = pixels.data();
  std::int64_t votes = 0;
  for (std::size_t i = 0; i < pixels.size(); i += channels) {
    const std::uint8_t* p = pixels.data() + i;
    if (votes == 0) winner = p;
    votes += std::memcmp(p, winner, channels) == 0 ? 1 : -1;
  }
  if (static_cast<double>(votes) < (2 * kPlainShare - 1) * all) return false;
  std::int64_t same = 0;
  for (std::size_t i = 0; i < pixels.size(); i += channels) {
    same += std::memcmp(pixels.data() + i, winner, channels) == 0 ? 1 : 0;
  }
  return static_cast<double>(same) >= kPlainShare * all;
}

}  // namespace

PictureFlaws find_flaws(const PictureShape& shape, std::span<const std::uint8_t> pixels) {
  const PixelGrid rows(shape, pixels, false), columns(shape, pixels, true);
  PictureFlaws flaws;
  flaws.bars = std::min(shape.width, shape.height) >= kSmallestBarred &&
               has_two_bars(rows) != has_two_bars(columns);
  flaws.doubled = is_doubled(shape, pixels);
  flaws.plain = is_plain(shape, pixels);
  return flaws;
}

}  // namespace saddle::data
