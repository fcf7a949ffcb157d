#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "saddle/config/visitor.h"

namespace saddle::data {

class Source;
enum class Split;

/// Images and labels in IDX files, plain or gzipped, as MNIST and Fashion-MNIST come.
struct IdxFiles {
  static constexpr std::string_view kName = "idx";
  static constexpr std::string_view kDoc = "images and labels in IDX files (MNIST, Fashion-MNIST)";
  static constexpr bool kReadsFiles = true;
  std::string images = "train-images-idx3-ubyte";
  std::string labels = "train-labels-idx1-ubyte";
  std::string test_images = "t10k-images-idx3-ubyte";
  std::string test_labels = "t10k-labels-idx1-ubyte";
  std::int64_t classes = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;

  void fields(config::Visitor& v) {
    v.field("images", images, "file of the training images in the data folder (.gz is found too)");
    v.field("labels", labels, "file of the training labels; \"\" for none");
    v.field("test_images", test_images, "file of the test images");
    v.field("test_labels", test_labels, "file of the test labels; \"\" for none");
    v.field("classes", classes, "number of classes; 0 takes the largest label + 1",
            {.low = 0, .high = 256});
    v.field("first", first, "index of the first training image used", config::kNotNegative);
    v.field("count", count, "training images used; 0 takes all from `first` on",
            config::kNotNegative);
  }
  bool operator==(const IdxFiles&) const = default;
};

/// The files as a source in memory: "x" u8 [C,H,W] and, with labels, "label". `path` is the folder,
/// or one images file, which is then the training set. One named as `images` has the labels and the
/// test set of its folder; any other, `test_images` too, has no test set, and the labels of a file
/// beside it that is named alike ("images" there is "labels", "idx3" is "idx1") unless `labels` is
/// "". u8 images of rank 3 [N,H,W] or 4 [N,C,H,W]; float images must lie
/// in [0,1] and become u8. `first` and `count` cut the training split.
/// Throws Error(kInput) on missing files, wrong type, rank or counts, labels out of range, NaN.
std::shared_ptr<Source> make_source(const IdxFiles& files, Split split, const std::string& path);

}  // namespace saddle::data
