#include "saddle/data/inspect_pairs.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>

#include "saddle/data/image_index.h"

namespace saddle::data {

namespace {

using namespace std::string_view_literals;

constexpr int kSmallestPair = 16;  ///< pixels of height; less shows no halves
constexpr std::int64_t kFewestPairs = 4;
constexpr double kSeam = 1.5;       ///< step at the seam over the steps beside it
constexpr double kStepFloor = 1.0;  ///< grey levels, so that flat pictures have no seam
constexpr double kPlainer = 0.15;   ///< difference of shares that sets a label map apart
constexpr std::size_t kPalette = 16;
constexpr double kAlmostAll = 0.8;

constexpr std::array kImageWords{"image"sv,  "images"sv, "img"sv,    "imgs"sv,   "photo"sv,
                                 "photos"sv, "input"sv,  "inputs"sv, "source"sv, "a"sv};
constexpr std::array kTargetWords{"label"sv,      "labels"sv,       "mask"sv,   "masks"sv,
                                  "target"sv,     "targets"sv,      "gt"sv,     "truth"sv,
                                  "seg"sv,        "segmentation"sv, "depth"sv,  "edges"sv,
                                  "annotation"sv, "annotations"sv,  "output"sv, "b"sv};

bool among(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// Mean step from the column x - 1 to x, in grey levels.
double step(const PictureShape& shape, std::span<const std::uint8_t> pixels, int x) {
  const auto channels = static_cast<std::size_t>(shape.channels);
  const std::size_t row = channels * static_cast<std::size_t>(shape.width);
  std::int64_t sum = 0;
  for (int y = 0; y < shape.height; ++y) {
    const std::uint8_t* p =
        pixels.data() + static_cast<std::size_t>(y) * row + channels * static_cast<std::size_t>(x);
    for (std::size_t c = 0; c < channels; ++c)
      sum += std::abs(int{p[c]} - int{*(p + c - channels)});
  }
  return static_cast<double>(sum) / (shape.height * shape.channels);
}

bool has_seam(const PictureShape& shape, std::span<const std::uint8_t> pixels) {
  const int middle = shape.width / 2;
  double beside = 0;
  // The nearest columns may carry the blur of a lossy seam.
  for (const int away : {-6, -5, -4, -3, 3, 4, 5, 6})
    beside += step(shape, pixels, middle + away) / 8;
  return step(shape, pixels, middle) > kSeam * beside + kStepFloor;
}

/// The share of pixels that have one of the 16 most frequent colours, of columns [from, to).
double palette_share(const PictureShape& shape, std::span<const std::uint8_t> pixels, int from,
                     int to, std::vector<std::uint32_t>& counts) {
  const bool grey = shape.channels < 3;
  counts.assign(grey ? 256 : 4096, 0);
  const auto channels = static_cast<std::size_t>(shape.channels);
  std::uint32_t seen = 0;
  for (int y = 0; y < shape.height; y += 2) {
    const std::size_t row = static_cast<std::size_t>(y) * static_cast<std::size_t>(shape.width);
    for (int x = from; x < to; x += 2, ++seen) {
      const std::uint8_t* p = pixels.data() + (row + static_cast<std::size_t>(x)) * channels;
      const int colour = grey ? p[0] : (p[0] >> 4) << 8 | (p[1] >> 4) << 4 | p[2] >> 4;
      ++counts[static_cast<std::size_t>(colour)];
    }
  }
  const auto end = counts.begin() + kPalette;
  std::nth_element(counts.begin(), end, counts.end(), std::greater<>());
  std::uint32_t common = 0;
  for (auto i = counts.begin(); i != end; ++i) common += *i;
  return static_cast<double>(common) / seen;
}

}  // namespace

void HalvesTally::add(const PictureShape& shape, std::span<const std::uint8_t> pixels) {
  ++pictures_;
  if (std::abs(shape.width - 2 * shape.height) > std::max(2, shape.height / 50) ||
      shape.height < kSmallestPair) {
    return;
  }
  ++wide_;
  if (has_seam(shape, pixels)) ++seams_;
  const int half = shape.width / 2;
  const double left = palette_share(shape, pixels, 0, half, counts_);
  const double right = palette_share(shape, pixels, half, shape.width, counts_);
  if (left > right + kPlainer) ++left_plain_;
  if (right > left + kPlainer) ++right_plain_;
}

bool HalvesTally::side_by_side() const {
  const auto most = [](std::int64_t part, std::int64_t all) {
    return static_cast<double>(part) >= kAlmostAll * static_cast<double>(all);
  };
  return wide_ >= kFewestPairs && most(wide_, pictures_) &&
         (most(seams_, wide_) || !label_half().empty());
}

std::string HalvesTally::label_half() const {
  const double needed = kAlmostAll * static_cast<double>(wide_);
  if (wide_ == 0) return "";
  if (static_cast<double>(left_plain_) >= needed) return "left";
  return static_cast<double>(right_plain_) >= needed ? "right" : "";
}

std::vector<std::string> find_pair_folders(const FileTree& tree, std::string_view root) {
  constexpr std::size_t kMostFolders = 4;
  std::map<std::string, std::set<std::string_view>> stems;  // folder -> names without their ends
  for (const TreeFile& file : tree.files()) {
    std::string_view name = file.name;
    if (!name.starts_with(root) || !is_picture_name(name)) continue;
    name.remove_prefix(root.size());
    const auto slash = name.find('/');
    if (slash == std::string_view::npos) return {};
    const std::string folder(name.substr(0, slash));
    if (!among(kImageWords, lower(folder)) && !among(kTargetWords, lower(folder))) return {};
    stems[folder].insert(name.substr(slash + 1, name.rfind('.') - slash - 1));
    if (stems.size() > kMostFolders) return {};
  }
  std::vector<std::string> found;
  bool target = false;
  for (const auto& [folder, names] : stems) {
    const auto& first = stems.begin()->second;
    const auto shared =
        std::ranges::count_if(names, [&](std::string_view name) { return first.contains(name); });
    const auto most = std::max(names.size(), first.size());
    if (static_cast<double>(shared) < kAlmostAll * static_cast<double>(most)) return {};
    target = target || among(kTargetWords, lower(folder));
    // What is to be made comes first, what it is made from after it.
    const auto place = among(kImageWords, lower(folder)) ? found.begin() : found.end();
    found.insert(place, folder);
  }
  return found.size() > 1 && target ? found : std::vector<std::string>{};
}

std::vector<std::string> find_split_names(std::span<const std::string> class_names) {
  static constexpr std::array kSplitWords{"train"sv,  "training"sv, "test"sv,       "testing"sv,
                                          "val"sv,    "valid"sv,    "validation"sv, "dev"sv,
                                          "traina"sv, "trainb"sv,   "testa"sv,      "testb"sv};
  std::vector<std::string> found;
  for (const std::string& name : class_names) {
    if (among(kSplitWords, lower(name))) found.push_back(name);
  }
  return found;
}

}  // namespace saddle::data
