#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/codec/array.h"
#include "saddle/data/file_tree.h"
#include "saddle/data/inspect.h"
#include "saddle/data/sources.h"

namespace saddle::data {

/// One sample as it is stored: an image, or any numbers.
struct StoredSample {
  std::span<const std::byte> bytes;  ///< elements in C order
  codec::ElementType dtype = codec::ElementType::kU8;
  bool image = true;
  bool planar = false;  ///< [C,H,W], else [H,W,C]
  PictureShape shape;   ///< of an image; of numbers, `channels` groups of them, interleaved
  int bit_depth = 8;    ///< in the file
  int orientation = 1;  ///< EXIF
};

/// Whether all these sizes fit into a PictureShape.
bool fit_a_picture(std::span<const std::int64_t> sizes);

/// The element at `index` of a buffer of this type.
double element_at(const std::byte* bytes, codec::ElementType type, std::size_t index);

/// The samples of one split, looked at one by one, whatever becomes of them in training.
class StoredSplit {
 public:
  virtual ~StoredSplit() = default;
  virtual std::int64_t size() const = 0;
  /// A sample, valid until the next call. Throws Error(kInput) saying what is wrong with it.
  virtual StoredSample sample(std::int64_t index) = 0;
  /// Its name for people: the file's, or the index.
  virtual std::string name(std::int64_t index) const = 0;
  /// -1 without labels.
  virtual std::int64_t label(std::int64_t index) const = 0;

  std::string split;  ///< "train", "test", ...
};

/// A data set opened for looking.
struct StoredSet {
  std::string kind;
  std::string title;
  std::string origin;
  SourceConfig config;
  std::vector<std::unique_ptr<StoredSplit>> splits;  ///< training first
  std::vector<InspectedField> fields;
  std::int64_t classes = 0;
  std::vector<std::string> class_names;
  std::string refused;           ///< what the source says that cannot be opened as it is configured
  std::string no_test;           ///< why there is no test split
  bool test_broken = false;      ///< `no_test` tells of files that are there
  bool labels_left_out = false;  ///< the labels are what the source refuses
  std::shared_ptr<const FileTree> tree;  ///< of pictures
  std::string root;                      ///< folder of the training split in the tree, with '/'
  /// Checks what looking at the samples does not; nothing where there is no more to check.
  std::function<void(const std::function<void(std::int64_t, std::int64_t)>&)> verify;
};

/// Opens the set at `path`. Throws Error(kInput) when nothing of it can be opened.
StoredSet open_stored_set(const std::string& path, const SourceConfig& config);

/// Keeps why the test split cannot be opened.
void note_no_test(const Error& error, StoredSet& set);

/// The parts of open_stored_set: pictures in a tree, and a NumPy file.
void open_pictures(const std::string& path, StoredSet& set);
void open_arrays_as_stored(const std::string& path, StoredSet& set);

}  // namespace saddle::data
