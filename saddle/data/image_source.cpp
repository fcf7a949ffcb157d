#include <algorithm>
#include <map>
#include <mutex>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/codec/picture.h"
#include "saddle/config/writer.h"
#include "saddle/data/image_index.h"
#include "saddle/data/source.h"

namespace saddle::data {

namespace {

/// No single picture has more, packed or decoded.
constexpr std::size_t kMaxPictureBytes = std::size_t{1} << 30;

class ImageSource final : public Source {
 public:
  ImageSource(const ImageFiles& files, Split split, const std::string& path)
      : files_(files), tree_(open_file_tree(path)), index_(index_images(*tree_, files, split)) {
    const PictureShape shape = fixes_shape(files_.picture) ? shape_of(0) : common_shape();
    fields_.push_back({"x", codec::ElementType::kU8, {shape.channels, shape.height, shape.width}});
    if (index_.classes > 0) fields_.push_back({"label", codec::ElementType::kI64, {}});
    describe_policy();
  }

  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return static_cast<std::int64_t>(index_.files.size()); }
  std::int64_t classes() const override { return index_.classes; }
  std::vector<std::string> class_names() const override { return index_.class_names; }
  std::vector<std::string> notes() const override { return index_.notes; }

  void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const override {
    const std::size_t pixels = fields_[0].bytes();
    for (std::size_t n = 0; n < indices.size(); ++n) {
      check_index(indices[n], size());
      const auto i = static_cast<std::size_t>(indices[n]);
      const std::string name = tree_->file_text(index_.files[i]);
      const codec::Image8 picture =
          apply_policy(files_.picture,
                       codec::decode_picture(tree_->read(index_.files[i], kMaxPictureBytes), name,
                                             kMaxPictureBytes),
                       name);
      require_shape(picture, name);
      write_planar(picture, out[0].subspan(n * pixels, pixels));
      if (index_.classes > 0) numbers<std::int64_t>(out[1])[n] = index_.labels[i];
    }
  }

  std::vector<std::int64_t> class_counts() const override {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(index_.classes));
    for (const std::int64_t label : index_.labels) ++counts[static_cast<std::size_t>(label)];
    return counts;
  }

  std::string fingerprint() const override {
    std::call_once(hashed_, [this] {
      fingerprint_ = tree_->fingerprint(index_.files);
      // Those of dataset.json are not told by the pictures' names.
      Sha256 labels;
      labels.update(std::as_bytes(std::span(index_.labels)));
      fingerprint_ += cat(" labels-", labels.hex().substr(0, 16));
      for (const auto& [key, value] : config::flatten(files_)) {
        fingerprint_ += cat(" ", key, "=", value);
      }
    });
    return fingerprint_;
  }

 private:
  /// The shape of sample i by the head of its file.
  PictureShape shape_of(std::size_t i) const {
    const std::string name = tree_->file_text(index_.files[i]);
    const auto info =
        codec::probe_picture(tree_->read_prefix(index_.files[i], codec::kPictureProbeBytes), name);
    return sample_shape(files_.picture, {info.width, info.height, info.channels}, name);
  }

  /// The one shape that all samples have.
  PictureShape common_shape() const {
    std::map<PictureShape, std::pair<std::size_t, std::size_t>> seen;  // shape -> first, count
    for (std::size_t i = 0; i < index_.files.size(); ++i) {
      auto& [first, count] = seen.try_emplace(shape_of(i), i, 0).first->second;
      ++count;
    }
    if (seen.size() == 1) return seen.begin()->first;
    std::vector<std::string> lines;
    bool colours_differ = false, sizes_differ = false;
    const PictureShape& one = seen.begin()->first;
    for (const auto& [shape, where] : seen) {
      colours_differ = colours_differ || shape.channels != one.channels;
      sizes_differ = sizes_differ || shape.width != one.width || shape.height != one.height;
      if (lines.size() == 3) continue;
      lines.push_back(cat(where.second, " of ", shape.width, "x", shape.height,
                          shape.channels == 1 ? " grey" : " RGB", " as '",
                          tree_->file_text(index_.files[where.first]), "'"));
    }
    throw Error(
        ErrorCode::kInput, "images",
        cat("pictures differ in size or colour: got ", seen.size(), " kinds, ", join(lines, "; "),
            seen.size() > 3 ? "; ..." : "", ", expected one; say what to do with ",
            colours_differ ? "data.channels = \"rgb\" or \"grey\"" : "",
            colours_differ && sizes_differ ? " and " : "",
            sizes_differ ? "data.resolution = 64 and data.fit = \"crop\", \"pad\" or \"stretch\""
                         : ""));
  }

  void require_shape(const codec::Image8& picture, const std::string& name) const {
    const std::vector<std::int64_t> got{picture.channels, picture.height, picture.width};
    if (got == fields_[0].shape) return;
    throw Error(ErrorCode::kInput, "images",
                cat("'", name, "': got a picture ", shape_text(got), ", expected ",
                    shape_text(fields_[0].shape), " as before; was the file changed?"));
  }

  void describe_policy() {
    const PicturePolicy& policy = files_.picture;
    if (policy.resolution > 0 && policy.fit != PictureFit::kExact) {
      index_.notes.push_back(cat(
          "pictures of another size: ", PicturePolicy::kFits[static_cast<std::size_t>(policy.fit)],
          " to ", policy.resolution, "x", policy.resolution, ", ",
          PicturePolicy::kFilters[static_cast<std::size_t>(policy.filter)]));
    }
    if (policy.channels != PictureChannels::kAsStored) {
      index_.notes.push_back(
          cat("pictures of other channels: to ",
              PicturePolicy::kChannels[static_cast<std::size_t>(policy.channels)]));
    }
    if (policy.alpha != PictureAlpha::kRefuse) {
      index_.notes.push_back(cat("transparent pictures: laid on ",
                                 PicturePolicy::kAlphas[static_cast<std::size_t>(policy.alpha)]));
    }
    if (policy.part != PicturePart::kWhole) {
      index_.notes.push_back(cat("of each picture the ",
                                 PicturePolicy::kParts[static_cast<std::size_t>(policy.part)],
                                 " half"));
    }
  }

  ImageFiles files_;
  std::unique_ptr<FileTree> tree_;
  ImageIndex index_;
  std::vector<FieldSpec> fields_;
  mutable std::once_flag hashed_;
  mutable std::string fingerprint_;
};

}  // namespace

std::shared_ptr<Source> make_source(const ImageFiles& files, Split split, const std::string& path) {
  if (path.empty()) {
    throw Error(ErrorCode::kUsage, "images",
                "no data given: expected a folder or a ZIP archive of PNG, JPEG, PGM or PPM files; "
                "try --data FOLDER");
  }
  return std::make_shared<ImageSource>(files, split, path);
}

}  // namespace saddle::data
