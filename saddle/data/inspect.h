#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "saddle/base/json.h"
#include "saddle/codec/image.h"
#include "saddle/data/picture_policy.h"
#include "saddle/data/sources.h"

namespace saddle::data {

/// What `inspect` does beside reading everything.
struct InspectOptions {
  /// Read the data so, instead of by what detect_source finds.
  std::optional<SourceConfig> source;
  /// Of a packed set also check every block of every field, and its labels against its header.
  bool verify = false;
  /// Pictures on the contact sheet at most.
  std::size_t sheet_pictures = 64;
  /// Names listed of what is broken, constant or copied, at most.
  std::size_t names = 20;
  /// Samples looked at so far, and of all.
  std::function<void(std::int64_t done, std::int64_t total)> progress;
  /// Bytes that `verify` has checked so far, and of all.
  std::function<void(std::int64_t done, std::int64_t total)> verify_progress;
};

/// How bad something is: training would refuse; training suffers or needs a key; good to know.
enum class Severity { kFatal, kBad, kNote };
/// "fatal", "bad", "note".
std::string_view to_text(Severity severity);

/// Something about the data that matters for training, and what to do.
struct Finding {
  Severity severity = Severity::kNote;
  std::string what;
  std::string advice;
};

/// Things of one kind: how many there are, and the first of them.
struct NamedSamples {
  std::int64_t count = 0;
  /// Name of the sample, or "17 to 1336" where one reason holds for a run of them; the reason,
  /// where there is one.
  std::vector<std::pair<std::string, std::string>> first;
};

struct ShapeCount {
  PictureShape shape;
  std::int64_t count = 0;
};

/// Values of one channel of all samples; of points, of one coordinate.
struct ChannelValues {
  double low = 0;   ///< smallest, as stored
  double high = 0;  ///< largest, as stored
  double mean = 0;  ///< of x/255 for 8-bit images, else as stored
  double std = 0;   ///< population standard deviation, in the unit of the mean
};

/// Samples that are equal pixel by pixel.
struct CopyGroup {
  std::int64_t count = 0;
  std::vector<std::string> names;    ///< the first of them
  std::vector<std::int64_t> labels;  ///< the labels they have; one where they agree
};

/// Exact copies within one split: equal size and pixels, whatever the file format. Grey stored as
/// RGB equals grey, an opaque alpha channel does not count.
struct Copies {
  std::int64_t samples = 0;  ///< that repeat an earlier one
  std::int64_t groups = 0;   ///< different pictures that occur more than once
  std::vector<CopyGroup> largest;
  std::int64_t conflict_groups = 0;   ///< groups with more than one label
  std::int64_t conflict_samples = 0;  ///< in those groups
  std::vector<CopyGroup> conflicts;
};

/// One split of the set.
struct SplitReport {
  std::string name;  ///< "train", "test", or a packed set's own
  std::int64_t samples = 0;
  std::vector<std::int64_t> class_counts;  ///< empty without labels
  std::vector<ShapeCount> shapes;          ///< of readable images, smallest area first
  std::vector<ChannelValues> channels;     ///< grey counts as R = G = B where any image is RGB
  Copies copies;
  NamedSamples broken;    ///< cannot be decoded or read, with the reason
  NamedSamples constant;  ///< all pixels equal
  NamedSamples invalid;   ///< float samples that hold NaN or Inf, which
};

/// Samples of one split that are copies of samples in another.
struct Overlap {
  std::string of;                                          ///< split or path of the copies
  std::string in;                                          ///< where their originals are
  std::int64_t samples = 0;                                ///< copies
  std::int64_t total = 0;                                  ///< all samples of `of`
  std::vector<std::pair<std::string, std::string>> first;  ///< copy, original
};

/// Files of one kind that are no pictures, or pictures that are not read.
struct LeftOut {
  std::string one;   ///< "WAV recording", "WebP"
  std::string many;  ///< "WAV recordings", "WebP"
  std::int64_t count = 0;
};

/// What is particular to pictures, over all splits; from `sixteen_bit` on, to files of them.
struct PictureFacts {
  std::int64_t bars = 0;     ///< padded already: bars of one colour on two opposite sides
  std::int64_t doubled = 0;  ///< enlarged by repeating pixels
  std::int64_t plain = 0;    ///< 99 % of the pixels have one colour, but not all
  std::int64_t sixteen_bit = 0;
  std::int64_t with_alpha = 0;
  std::int64_t opaque_alpha = 0;  ///< of them, alpha 255 everywhere
  std::int64_t rotated = 0;       ///< stored turned or mirrored, by EXIF
  std::int64_t grey_as_rgb = 0;   ///< three equal channels
  std::int64_t tiny = 0;          ///< a side below 16 pixels
  std::int64_t odd_names = 0;     ///< names that are not UTF-8
  std::int64_t misnamed = 0;      ///< pictures by content, but not by the end of their name
  std::string misnamed_example;
  std::vector<LeftOut> left_out;          ///< what else lies there
  std::vector<LeftOut> unread_formats;    ///< among them, pictures of formats that are not read
  bool side_by_side = false;              ///< each holds a pair, left and right
  std::string label_half;                 ///< "left", "right", or "" where neither looks like a map
  std::vector<std::string> pair_folders;  ///< folders with files of the same names
  std::vector<std::string> split_classes;  ///< class folders named as splits are
  bool strips = false;                     ///< frames of a film side by side
};

/// One array or field of a file.
struct InspectedField {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;  ///< of all samples in a NumPy file, of one in a packed set
};

/// Which sample stands on the contact sheet.
struct SheetPick {
  std::size_t split = 0;
  std::int64_t index = 0;
  std::int64_t label = -1;
  bool operator==(const SheetPick&) const = default;
};

/// All that `inspect` found out. Names in it are printable UTF-8.
struct Inspection {
  std::string path;
  std::string kind;    ///< idx, cifar10, cifar100, folder, zip, npy, npz, packed; none: no set
  std::string title;   ///< what it is, in words
  std::string origin;  ///< what a packed set says that it was made of
  std::vector<InspectedField> fields;
  bool images = false;  ///< else rows of numbers
  int bit_depth = 0;    ///< the largest, of images
  std::string unit;     ///< of mean and std: "x/255" or "as stored"
  std::int64_t classes = 0;
  std::vector<std::string> class_names;
  std::vector<SplitReport> splits;  ///< "train" first
  std::vector<Overlap> overlaps;
  PictureFacts pictures;
  std::vector<Finding> findings;  ///< worst first
  std::string command;            ///< trains on it; "" where nothing does
  std::vector<std::string> keys;  ///< "data.fit=crop": those that the command sets
  std::vector<SheetPick> picks;
  std::string data_path;               ///< `path` as it was given, for contact_sheet
  std::optional<SourceConfig> source;  ///< how the data were read; nothing where kind is none

  /// Whether training can use it, with the keys of the command: no finding is fatal.
  bool usable() const;
};

/// Looks at every sample of the set at `path`: see Inspection. `other` is a second set, whose
/// samples that are copies of training samples of the first are counted. Holds 24 bytes a sample
/// beside what the source itself holds. What is broken or no data set at all is told in the
/// findings. Throws Error(kInput) when a path is not there or cannot be looked at, or `other` is no
/// data set.
Inspection inspect(const std::string& path, const std::optional<std::string>& other = {},
                   const InspectOptions& options = {});

/// The inspection in words, 15 to 30 lines for most sets.
std::string inspection_text(const Inspection& inspection);

/// The inspection for machines. Keys, all always there unless said otherwise:
/// path, kind, title, usable (bool), origin, counts {split: samples}, samples, fields [{name,
/// dtype, shape}], images (bool), bit_depth, unit, channels [{low, high, mean, std}] and mean, std
/// [numbers] of the training split, shapes [{width, height, channels, count}], classes [{label,
/// name, counts {split: samples}}], splits [{name, samples, duplicates, constant, broken, invalid,
/// mean, std}], duplicates {samples, groups, pairs [[name, name]], largest [{count, names}],
/// label_conflicts {groups, samples, examples [{names, labels}]}} of the training split, overlap
/// {test_in_train (null without a test split or second path), pairs [{of, in, samples, total,
/// examples [[copy, original]]}]}, broken [{split, name, reason}] and broken_count, constant
/// [{split, name}] and constant_count, pictures {bars, doubled, plain, sixteen_bit, with_alpha,
/// opaque_alpha, rotated, grey_as_rgb, tiny, odd_names, misnamed, left_out {what: count},
/// unread_formats {what: count}, side_by_side (bool), label_half, pair_folders, split_classes,
/// strips (bool)}, findings
/// [{severity, what, advice}], suggestion {command, keys}. Numbers that are not finite are null.
Json inspection_json(const Inspection& inspection);

/// The picks of the inspection as one picture, each at most `cell` pixels wide and high: every
/// class starts a row where there are at most 12, else they fill about a square. Small ones are
/// enlarged by a whole factor; of strips the middle is shown. Nothing where the samples are no
/// images of 1, 3 or 4 channels. Reads the files again; throws Error(kInput) when they are gone.
std::optional<codec::Image8> contact_sheet(const Inspection& inspection, int cell = 96);

}  // namespace saddle::data
