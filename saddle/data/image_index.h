#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "saddle/data/file_tree.h"
#include "saddle/data/image_files.h"
#include "saddle/data/split.h"

namespace saddle::data {

/// The pictures of one split of a tree, with their labels.
struct ImageIndex {
  std::vector<std::size_t> files;        ///< positions in FileTree::files, in order
  std::vector<std::int64_t> labels;      ///< one a picture; empty without labels
  std::vector<std::string> class_names;  ///< of the labels; empty for labels of dataset.json
  std::int64_t classes = 0;              ///< 0 without labels
  std::vector<std::string> notes;        ///< what was decided or left out, a line each
};

/// Whether the name ends as a PNG, JPEG, PGM or PPM file does, in any case.
bool is_picture_name(std::string_view name);

/// The folder of a split ("train", "photos/test"), where the tree is laid out so; nothing where all
/// pictures are one set.
std::optional<std::string> split_folder(const FileTree& tree, Split split);

/// Finds and labels the pictures of a split by the rules of make_source(ImageFiles). Opens no
/// picture. Throws as make_source does.
ImageIndex index_images(const FileTree& tree, const ImageFiles& files, Split split);

}  // namespace saddle::data
