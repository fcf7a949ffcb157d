#include "saddle/data/image_index.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "saddle/base/error.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"

namespace saddle::data {

namespace {

using namespace std::string_view_literals;

constexpr std::array kPictureEndings{".png"sv, ".jpg"sv, ".jpeg"sv, ".pgm"sv, ".ppm"sv, ".pnm"sv};
constexpr std::array kTrainNames{"train"sv, "training"sv};
constexpr std::array kTestNames{"test"sv, "testing"sv, "val"sv, "valid"sv, "validation"sv};
constexpr std::string_view kLabelFile = "dataset.json";
constexpr std::size_t kMaxLabelFile = std::size_t{1} << 30;
constexpr std::int64_t kMaxClasses = 1'000'000;

[[noreturn]] void refuse_images(const std::string& text) {
  throw Error(ErrorCode::kInput, "images", text);
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// The first folder of a name, "" for a file at the root.
std::string_view first_folder(std::string_view name) {
  const auto end = name.find('/');
  return end == std::string_view::npos ? std::string_view() : name.substr(0, end);
}

template <std::size_t N>
bool is_among(const std::string& name, const std::array<std::string_view, N>& names) {
  return std::ranges::find(names, lower_case(name)) != names.end();
}

bool is_split_name(const std::string& name) {
  return is_among(name, kTrainNames) || is_among(name, kTestNames);
}

/// What lies right below a folder, as far as it leads to pictures.
struct PictureLevel {
  bool pictures = false;
  std::set<std::string, std::less<>> folders;
};

PictureLevel level_below(const FileTree& tree, std::string_view prefix) {
  PictureLevel level;
  for (const TreeFile& file : tree.files()) {
    if (!file.name.starts_with(prefix) || !is_picture_name(file.name)) continue;
    const auto folder = first_folder(std::string_view(file.name).substr(prefix.size()));
    if (folder.empty()) {
      level.pictures = true;
    } else if (!level.folders.contains(folder)) {
      level.folders.emplace(folder);
    }
  }
  return level;
}

/// How the pictures of a tree are laid out. Folders end in '/'.
struct TreeLayout {
  std::string root;                  ///< where splits or classes begin: "" or "photos/"
  std::optional<std::string> train;  ///< from the tree's root: "photos/train/"
  std::optional<std::string> test;
  std::vector<std::string> unused;  ///< folders of further splits
};

/// Fills in the splits where all folders of the level are named as splits are.
void find_splits(const PictureLevel& level, TreeLayout& layout) {
  std::map<std::string, std::string> folders;  // lower case -> as it is written
  for (const std::string& folder : level.folders) folders.emplace(lower_case(folder), folder);
  const bool ambiguous = folders.size() != level.folders.size();
  if (ambiguous || !std::ranges::all_of(level.folders, is_split_name)) return;
  const auto take = [&](const auto& names) -> std::optional<std::string> {
    for (const std::string_view name : names) {
      if (const auto found = folders.find(std::string(name)); found != folders.end()) {
        const std::string place = cat(layout.root, found->second, "/");
        folders.erase(found);
        return place;
      }
    }
    return std::nullopt;
  };
  const auto train = take(kTrainNames);
  const auto test = take(kTestNames);
  // Pictures beside a single folder belong to the set.
  if (!train || (level.pictures && !test)) return;
  layout.train = train;
  layout.test = test;
  for (const auto& [lower, folder] : folders) layout.unused.push_back(folder);
}

/// Archives often hold one folder, and in it the classes or splits: the layout begins there.
TreeLayout layout_of(const FileTree& tree) {
  TreeLayout layout;
  PictureLevel level = level_below(tree, "");
  while (!level.pictures && level.folders.size() == 1 && !is_split_name(*level.folders.begin())) {
    layout.root += cat(*level.folders.begin(), "/");
    level = level_below(tree, layout.root);
  }
  find_splits(level, layout);
  if (!layout.train && (level.pictures || level.folders.size() < 2)) layout.root.clear();
  return layout;
}

std::vector<std::size_t> pictures_below(const FileTree& tree, std::string_view prefix) {
  std::vector<std::size_t> found;
  const auto files = tree.files();
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].name.starts_with(prefix) && is_picture_name(files[i].name)) found.push_back(i);
  }
  return found;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// As numbers where all are whole numbers, else by their bytes.
void sort_class_names(std::vector<std::string>& names) {
  std::ranges::sort(names);
  if (!std::ranges::all_of(names, [](const auto& name) { return whole_number(name).has_value(); }))
    return;
  std::ranges::stable_sort(names, {}, [](const auto& name) { return *whole_number(name); });
}

/// The class folders of a split, or of both: a class has the same number in both.
std::vector<std::string> class_folders(const FileTree& tree, const TreeLayout& layout,
                                       const std::string& prefix) {
  auto folders = level_below(tree, prefix).folders;
  if (layout.train) folders.merge(level_below(tree, *layout.train).folders);
  if (layout.test) folders.merge(level_below(tree, *layout.test).folders);
  std::vector<std::string> names(folders.begin(), folders.end());
  sort_class_names(names);
  return names;
}

void label_by_folder(const FileTree& tree, std::size_t prefix, std::vector<std::string> names,
                     ImageIndex& index) {
  std::map<std::string, std::int64_t, std::less<>> place;
  for (const std::string& name : names) {
    place.emplace(name, static_cast<std::int64_t>(place.size()));
  }
  for (const std::size_t i : index.files) {
    index.labels.push_back(
        place.find(first_folder(std::string_view(tree.files()[i].name).substr(prefix)))->second);
  }
  index.classes = static_cast<std::int64_t>(names.size());
  for (std::string& name : names) index.class_names.push_back(printable(name));
  index.notes.push_back(
      cat("labels: ", names.size(), " sub-folders, ",
          join(std::span(index.class_names).first(std::min<std::size_t>(names.size(), 10)), ", "),
          names.size() > 10 ? ", ..." : ""));
}

std::optional<std::size_t> find_in_tree(const FileTree& tree, std::string_view name) {
  const auto files = tree.files();
  const auto found = std::ranges::lower_bound(files, name, {}, &TreeFile::name);
  if (found == files.end() || found->name != name) return std::nullopt;
  return static_cast<std::size_t>(found - files.begin());
}

enum class FileLabels { kGiven, kNone, kNotMentioned };

/// Labels by a dataset.json, whose names count from its folder, `root`.
FileLabels label_by_file(const FileTree& tree, std::size_t file, const std::string& root,
                         ImageIndex& index) {
  const std::string source = cat(root, kLabelFile, " of ", tree.text());
  const Json json = parse_json(tree.read(file, kMaxLabelFile), "images", source);
  const JsonReader reader(json, "images", source);
  if (!json.is_object()) {
    reader.fail(
        "expected an object with \"labels\"; set data.labels = \"none\" or \"folders\" to "
        "do without this file");
  }
  if (!reader.has("labels")) return FileLabels::kNotMentioned;
  const JsonReader list = reader.at("labels");
  if (list.value().is_null()) return FileLabels::kNone;
  std::map<std::string, std::int64_t> labels;
  std::size_t strays = 0;
  for (std::size_t i = 0; i < list.array_size(); ++i) {
    const JsonReader pair = list.at(i);
    if (pair.array_size() != 2) pair.fail("expected [\"file\", label]");
    const std::int64_t label = pair.at(std::size_t{1}).integer();
    if (label < 0 || label >= kMaxClasses) {
      pair.fail(cat("got the label ", label, ", expected 0 to ", kMaxClasses - 1));
    }
    const std::string name = root + pair.at(std::size_t{0}).text();
    if (!labels.emplace(name, label).second) pair.fail("this file has a label twice");
    if (!find_in_tree(tree, name)) ++strays;
    index.classes = std::max(index.classes, label + 1);
  }
  for (const std::size_t i : index.files) {
    const auto found = labels.find(tree.files()[i].name);
    if (found == labels.end()) {
      refuse_images(cat(source, ": no label for '", printable(tree.files()[i].name),
                        "', expected one for each picture; leave labels out with data.labels = "
                        "\"none\""));
    }
    index.labels.push_back(found->second);
  }
  index.notes.push_back(cat("labels: those of ", kLabelFile));
  if (strays > 0) {
    index.notes.push_back(cat(kLabelFile, " has labels of ", strays, " files that are not there"));
  }
  return FileLabels::kGiven;
}

void add_labels(const FileTree& tree, LabelSource source, const TreeLayout& layout,
                const std::string& prefix, ImageIndex& index) {
  if (source == LabelSource::kNone) return;
  if (source == LabelSource::kAuto) {
    for (const std::string& root : {layout.root, std::string()}) {
      const auto file = find_in_tree(tree, cat(root, kLabelFile));
      if (!file) continue;
      if (label_by_file(tree, *file, root, index) != FileLabels::kNotMentioned) return;
      break;
    }
  }
  const bool all_in_folders = !level_below(tree, prefix).pictures;
  auto names = class_folders(tree, layout, prefix);
  if (source == LabelSource::kAuto && (!all_in_folders || names.size() < 2)) return;
  if (!all_in_folders) {
    refuse_images(cat(tree.text(),
                      ": data.labels = \"folders\", but some pictures lie in no class folder; "
                      "move them, or set data.labels = \"none\""));
  }
  label_by_folder(tree, prefix.size(), std::move(names), index);
}

void note_left_out(const FileTree& tree, const TreeLayout& layout, const std::string& prefix,
                   ImageIndex& index) {
  std::size_t others = 0, outside = 0;
  std::string example;
  for (const TreeFile& file : tree.files()) {
    if (is_picture_name(file.name)) {
      const bool of_a_split = (layout.train && file.name.starts_with(*layout.train)) ||
                              (layout.test && file.name.starts_with(*layout.test));
      if (!of_a_split && !file.name.starts_with(prefix)) ++outside;
    } else if (file.name.starts_with(prefix) && !file.name.ends_with(kLabelFile)) {
      if (others++ == 0) example = file.name;
    }
  }
  if (outside > 0) {
    index.notes.push_back(cat(
        "left out: ", outside, outside == 1 ? " picture" : " pictures", " outside ",
        printable(*layout.train), layout.test ? cat(" and ", printable(*layout.test)) : "",
        layout.unused.empty() ? "" : cat(", as those of ", printable(layout.unused.front()), "/")));
  }
  if (const int runs = tree.runs_left_out(); runs > 0) {
    index.notes.push_back(cat("left out: ", runs, runs == 1 ? " run" : " runs", " of Saddle"));
  }
  if (others > 0) {
    index.notes.push_back(cat("left out: ", others, others == 1 ? " file" : " files",
                              " not named .png, .jpg, .jpeg, .pgm or .ppm, as '",
                              printable(example), "'"));
  }
}

void hold_out(const FileTree& tree, const ImageFiles& files, Split split, ImageIndex& index) {
  const auto chosen = held_indices(
      files.holdout, split, static_cast<std::int64_t>(index.files.size()), "images", tree.text());
  if (chosen.size() == index.files.size()) return;
  ImageIndex kept = index;
  kept.files.clear();
  kept.labels.clear();
  for (const std::int64_t i : chosen) {
    kept.files.push_back(index.files[static_cast<std::size_t>(i)]);
    if (!index.labels.empty()) kept.labels.push_back(index.labels[static_cast<std::size_t>(i)]);
  }
  kept.notes.push_back(
      cat("held out for testing: ",
          split == Split::kTest ? kept.files.size() : index.files.size() - kept.files.size(),
          " of ", index.files.size(), " pictures"));
  index = std::move(kept);
}

}  // namespace

bool is_picture_name(std::string_view name) {
  const std::string lower = lower_case(name);
  return std::ranges::any_of(kPictureEndings, [&](auto ending) { return lower.ends_with(ending); });
}

std::optional<std::string> split_folder(const FileTree& tree, Split split) {
  const TreeLayout layout = layout_of(tree);
  auto folder = split == Split::kTrain ? layout.train : layout.test;
  if (folder) folder->pop_back();
  return folder;
}

ImageIndex index_images(const FileTree& tree, const ImageFiles& files, Split split) {
  const TreeLayout layout = layout_of(tree);
  const auto& folder = split == Split::kTest && layout.test ? layout.test : layout.train;
  const std::string prefix = folder.value_or(layout.root);
  ImageIndex index;
  index.files = pictures_below(tree, prefix);
  if (index.files.empty()) {
    refuse_images(cat(tree.text(), ": no picture among ", tree.files().size(),
                      " files, expected .png, .jpg, .jpeg, .pgm or .ppm; `saddle data inspect` "
                      "says what lies there"));
  }
  if (folder) index.notes.push_back(cat("pictures: those of folder '", printable(*folder), "'"));
  add_labels(tree, files.labels, layout, prefix, index);
  note_left_out(tree, layout, prefix, index);
  if (!layout.test) hold_out(tree, files, split, index);
  return index;
}

}  // namespace saddle::data
