#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/data/file_tree.h"
#include "saddle/data/picture_policy.h"

namespace saddle::data {

/// Finds out whether pictures hold a pair side by side: twice as wide as high, with a seam in the
/// middle or halves that differ in the same way in almost all of them.
class HalvesTally {
 public:
  /// A picture, pixels [H,W,C].
  void add(const PictureShape& shape, std::span<const std::uint8_t> pixels);
  bool side_by_side() const;
  /// "left" or "right" where that half has far fewer colours in almost all pictures, as label maps
  /// have; else "".
  std::string label_half() const;

 private:
  std::int64_t pictures_ = 0;
  std::int64_t wide_ = 0;        ///< twice as wide as high
  std::int64_t seams_ = 0;       ///< of them, those with a seam
  std::int64_t left_plain_ = 0;  ///< of them, those whose left half has far fewer colours
  std::int64_t right_plain_ = 0;
  std::vector<std::uint32_t> counts_;
};

/// The folders below `root` ("" or "train/") that hold files of the same names and are called as
/// the sides of pairs are (image, label, mask, ...): at least two, else none.
std::vector<std::string> find_pair_folders(const FileTree& tree, std::string_view root);

/// Those of these class names that are rather names of splits: train, val, testA, ...
std::vector<std::string> find_split_names(std::span<const std::string> class_names);

}  // namespace saddle::data
