#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "saddle/config/visitor.h"
#include "saddle/data/holdout.h"
#include "saddle/data/picture_policy.h"

namespace saddle::data {

class Source;
enum class Split;

enum class LabelSource { kAuto, kFolders, kNone };

/// PNG, JPEG, PGM and PPM files in a folder or a ZIP archive.
struct ImageFiles {
  static constexpr std::string_view kName = "images";
  static constexpr std::string_view kDoc =
      "PNG, JPEG, PGM and PPM files in a folder or a ZIP archive; sub-folders are classes";
  static constexpr bool kReadsFiles = true;
  static constexpr std::array<std::string_view, 3> kLabelSources{"auto", "folders", "none"};

  LabelSource labels = LabelSource::kAuto;
  PicturePolicy picture;
  Holdout holdout;

  void fields(config::Visitor& v) {
    v.choice("labels", labels, kLabelSources,
             "folders: each sub-folder is a class; auto: those of dataset.json, else folders where "
             "all pictures lie in two or more sub-folders, else none");
    picture.fields(v);
    holdout.fields(v);
  }
  bool operator==(const ImageFiles&) const = default;
};

/// The pictures as a source that decodes as it reads: "x" u8 [C,H,W] and, with labels, "label".
/// Order is that of the names. A `train` or `training` folder is the training set where beside it
/// are none but a `test`, `testing`, `val`, `valid` or `validation` folder, the first of which is
/// the test set; without one `holdout` decides. Class folders count from 0 in the order of their
/// names (as numbers where all are whole numbers), equally in both splits. A dataset.json gives
/// labels as {"labels": [["file", label], ...]}, null for none. All this may lie in one folder
/// more, as in archives of a folder. Throws Error(kInput) when there is no picture, when pictures
/// do not fit the policy or each other (naming some), when dataset.json is wrong; reading throws it
/// with the file's name when that is damaged.
std::shared_ptr<Source> make_source(const ImageFiles& files, Split split, const std::string& path);

}  // namespace saddle::data
