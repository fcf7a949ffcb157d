#include <algorithm>
#include <vector>

#include "fuzz/target.h"
#include "saddle/base/error.h"
#include "saddle/data/image_index.h"

namespace saddle::fuzz {
namespace {

// Lines up to an empty one are the names of files; the rest is what dataset.json files hold.
class NamesAndLabels final : public data::FileTree {
 public:
  explicit NamesAndLabels(std::string_view bytes) {
    const std::size_t end = std::min(bytes.find("\n\n"), bytes.size());
    json_ = bytes.substr(std::min(end + 2, bytes.size()));
    for (std::string_view names = bytes.substr(0, end); !names.empty();) {
      const std::size_t line = std::min(names.find('\n'), names.size());
      if (line > 0) files_.push_back({std::string(names.substr(0, line)), 1});
      names.remove_prefix(std::min(line + 1, names.size()));
    }
    std::ranges::sort(files_, {}, &data::TreeFile::name);
  }
  std::span<const data::TreeFile> files() const override { return files_; }
  int runs_left_out() const override { return 0; }
  std::string read(std::size_t, std::size_t) const override { return std::string(json_); }
  std::string read_prefix(std::size_t, std::size_t) const override { return ""; }
  std::string text() const override { return "folder 'fuzz'"; }
  std::string file_text(std::size_t index) const override { return files_[index].name; }
  std::string fingerprint(std::span<const std::size_t>) const override { return ""; }

 private:
  std::string_view json_;
  std::vector<data::TreeFile> files_;
};

}  // namespace

void fuzz_labels(std::string_view bytes) {
  const NamesAndLabels tree(bytes);
  for (const auto split : {data::Split::kTrain, data::Split::kTest}) {
    try {
      const auto index = data::index_images(tree, {.holdout = {.test_every = 2}}, split);
      require(!index.files.empty());
      require(index.labels.empty() || index.labels.size() == index.files.size());
      for (const auto label : index.labels) require(label >= 0 && label < index.classes);
    } catch (const Error& error) {
      require(error.code() != ErrorCode::kInternal);
    }
  }
}

}  // namespace saddle::fuzz
