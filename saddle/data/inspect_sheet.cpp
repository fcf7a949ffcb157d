#include <algorithm>
#include <cmath>
#include <map>

#include "saddle/codec/image.h"
#include "saddle/codec/resize.h"
#include "saddle/data/inspect.h"
#include "saddle/data/inspect_set.h"

namespace saddle::data {

namespace {

constexpr std::size_t kMostClasses = 12;  ///< that start a row each
constexpr std::size_t kMostColumns = 16;
constexpr int kLongest = 4;  ///< a picture's longer side over the shorter; more is cut off
constexpr int kGap = 2;

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

/// Scaled down to fit the box; small ones enlarged by a whole factor, so that pixels stay sharp.
codec::Image8 fitted(codec::Image8 image, int box) {
  // Of a strip, the middle: all of it would be a line.
  const auto keep = [](int side, int other) { return std::min(side, kLongest * other); };
  const int width = keep(image.width, image.height), height = keep(image.height, image.width);
  if (width != image.width || height != image.height) {
    image =
        codec::crop(image, (image.width - width) / 2, (image.height - height) / 2, width, height);
  }
  const int longer = std::max(width, height);
  if (longer > box) {
    const auto scaled = [&](int side) {
      return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * box / longer)));
    };
    image = codec::resize(image, scaled(width), scaled(height), codec::Filter::kLanczos);
  }
  image = codec::flatten_alpha(image);
  return longer > box ? image : codec::enlarge(image, box / longer);
}

/// Laid on white in the middle of its cell.
codec::Image8 in_cell(const codec::Image8& image, int width, int height) {
  const int left = (width - image.width) / 2, top = (height - image.height) / 2;
  return codec::pad(image,
                    {.left = left,
                     .right = width - image.width - left,
                     .top = top,
                     .bottom = height - image.height - top},
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
  std::map<std::int64_t, std::vector<codec::Image8>> classes;
  int width = 1, height = 1;
  for (const SheetPick& pick : inspection.picks) {
    auto image = shown(set.splits.at(pick.split)->sample(pick.index), range);
    if (!image) return std::nullopt;
    *image = fitted(std::move(*image), cell);
    width = std::max(width, image->width);
    height = std::max(height, image->height);
    classes[pick.label].push_back(std::move(*image));
  }
  const bool row_a_class = classes.size() > 1 && classes.size() <= kMostClasses;
  std::size_t most = 0;
  for (const auto& [label, images] : classes) most = std::max(most, images.size());
  if (!row_a_class) {
    // About as wide as high, whatever the shape of a cell.
    const double wide = std::sqrt(static_cast<double>(inspection.picks.size()) * height / width);
    most = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(wide)));
  }
  const std::size_t rows = (most + kMostColumns - 1) / kMostColumns;
  const std::size_t columns = (most + rows - 1) / rows;
  std::vector<codec::Image8> cells;
  for (const auto& [label, images] : classes) {
    for (const auto& image : images) cells.push_back(in_cell(image, width, height));
    // The next class starts a row.
    while (row_a_class && cells.size() % columns != 0) {
      cells.push_back(codec::make_image(width, height, 1, 255));
    }
  }
  const codec::Image8 sheet = codec::tile(cells, static_cast<int>(columns), kGap);
  return codec::pad(sheet, {.left = kGap, .right = kGap, .top = kGap, .bottom = kGap}, 255);
}

}  // namespace saddle::data
