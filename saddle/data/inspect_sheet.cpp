#include <algorithm>
#include <cmath>
#include <map>

#include "saddle/codec/image.h"
#include "saddle/codec/resize.h"
#include "saddle/data/inspect.h"
#include "saddle/data/inspect_set.h"

namespace saddle::data {

namespace {

constexpr std::size_t kMostRows = 12;
constexpr int kSmallestCell = 32;

/// An image of 1, 3 or 4 channels as it is shown: 8 bits, floats by `range`; nothing for others.
std::optional<codec::Image8> shown(const StoredSample& sample, const ChannelValues& range) {
  const auto [width, height, channels] = sample.shape;
  if (!sample.image || (channels != 1 && channels != 3 && channels != 4)) return std::nullopt;
  codec::Image8 image = codec::make_image(width, height, channels);
  const auto plane = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  const auto step = static_cast<std::size_t>(channels);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    const std::size_t from = sample.planar ? i % step * plane + i / step : i;
    if (sample.dtype == codec::ElementType::kU8) {
      image.pixels[i] = std::to_integer<std::uint8_t>(sample.bytes[from]);
      continue;
    }
    const double value = element_at(sample.bytes.data(), sample.dtype, from);
    const double scaled = 255 * (value - range.low) / std::max(range.high - range.low, 1e-300);
    image.pixels[i] = static_cast<std::uint8_t>(
        std::isfinite(scaled) ? std::clamp(std::lround(scaled), 0L, 255L) : 0L);
  }
  return image;
}

/// Scaled to fit the cell, and laid on white in its middle.
codec::Image8 in_cell(codec::Image8 image, int cell) {
  const int longer = std::max(image.width, image.height);
  if (longer > cell) {
    const auto scaled = [&](int side) {
      return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * cell / longer)));
    };
    image =
        codec::resize(image, scaled(image.width), scaled(image.height), codec::Filter::kLanczos);
  }
  image = codec::flatten_alpha(image);
  const int left = (cell - image.width) / 2, top = (cell - image.height) / 2;
  return codec::pad(image,
                    {.left = left,
                     .right = cell - image.width - left,
                     .top = top,
                     .bottom = cell - image.height - top},
                    255);
}

/// Darkest and brightest value of all channels.
ChannelValues value_range(const SplitReport& split) {
  ChannelValues range{.low = 0, .high = 0};
  for (const ChannelValues& channel : split.channels) {
    const bool first = &channel == &split.channels.front();
    range.low = first ? channel.low : std::min(range.low, channel.low);
    range.high = first ? channel.high : std::max(range.high, channel.high);
  }
  return range;
}

}  // namespace

std::optional<codec::Image8> contact_sheet(const Inspection& inspection, int cell) {
  if (inspection.picks.empty() || !inspection.source) return std::nullopt;
  StoredSet set = open_stored_set(inspection.data_path, *inspection.source);
  if (set.splits.empty()) return std::nullopt;
  const ChannelValues range = value_range(inspection.splits.front());
  std::map<std::int64_t, std::vector<codec::Image8>> rows;
  int largest = kSmallestCell;
  for (const SheetPick& pick : inspection.picks) {
    auto image = shown(set.splits.at(pick.split)->sample(pick.index), range);
    if (!image) return std::nullopt;
    largest = std::max({largest, image->width, image->height});
    rows[pick.label].push_back(std::move(*image));
  }
  cell = std::min(cell, largest);
  std::vector<codec::Image8> cells;
  std::size_t columns = 0;
  if (rows.size() > 1 && rows.size() <= kMostRows) {
    for (const auto& [label, row] : rows) columns = std::max(columns, row.size());
    for (auto& [label, row] : rows) {
      for (auto& image : row) cells.push_back(in_cell(std::move(image), cell));
      // A class with fewer pictures leaves the rest of its row white.
      while (cells.size() % columns != 0) cells.push_back(codec::make_image(cell, cell, 1, 255));
    }
  } else {
    for (auto& [label, row] : rows) {
      for (auto& image : row) cells.push_back(in_cell(std::move(image), cell));
    }
    columns = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(cells.size()))));
  }
  return codec::tile(cells, static_cast<int>(columns));
}

}  // namespace saddle::data
