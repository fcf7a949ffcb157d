#include "saddle/data/image_index.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
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

std::vector<std::size_t> pictures_below(const FileTree& tree, std::string_view prefix) {
  std::vector<std::size_t> found;
  const auto files = tree.files();
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].name.starts_with(prefix) && is_picture_name(files[i].name)) found.push_back(i);
  }
  return found;
}

/// The position of the first of `names` that is a folder at the root with pictures in it.
template <std::size_t N>
std::optional<std::string> folder_among(const std::map<std::string, std::string>& folders,
                                        const std::array<std::string_view, N>& names) {
  for (const std::string_view name : names) {
    if (const auto found = folders.find(std::string(name)); found != folders.end()) {
      return found->second;
    }
  }
  return std::nullopt;
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

void label_by_folder(const FileTree& tree, std::size_t prefix, ImageIndex& index) {
  std::map<std::string, std::int64_t, std::less<>> place;
  for (const std::size_t i : index.files) {
    place.emplace(first_folder(std::string_view(tree.files()[i].name).substr(prefix)), 0);
  }
  for (const auto& [name, ignored] : place) index.class_names.push_back(name);
  sort_class_names(index.class_names);
  for (std::size_t c = 0; c < index.class_names.size(); ++c) {
    place[index.class_names[c]] = static_cast<std::int64_t>(c);
  }
  for (const std::size_t i : index.files) {
    index.labels.push_back(
        place.find(first_folder(std::string_view(tree.files()[i].name).substr(prefix)))->second);
  }
  index.classes = static_cast<std::int64_t>(index.class_names.size());
  for (std::string& name : index.class_names) name = printable(name);
}

/// Whether all pictures lie in folders, and in two at least.
bool lies_in_class_folders(const FileTree& tree, std::size_t prefix, const ImageIndex& index) {
  std::string_view seen;
  bool several = false;
  for (const std::size_t i : index.files) {
    const auto folder = first_folder(std::string_view(tree.files()[i].name).substr(prefix));
    if (folder.empty()) return false;
    several = several || (!seen.empty() && folder != seen);
    seen = folder;
  }
  return several;
}

std::optional<std::size_t> label_file(const FileTree& tree) {
  const auto files = tree.files();
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].name == kLabelFile) return i;
  }
  return std::nullopt;
}

/// Labels by the archive's dataset.json. Returns false where it says that there are none.
bool label_by_file(const FileTree& tree, std::size_t file, ImageIndex& index) {
  const std::string source = cat(kLabelFile, " of ", tree.text());
  const Json json = parse_json(tree.read(file, kMaxLabelFile), "images", source);
  const JsonReader reader(json, "images", source);
  if (!reader.has("labels") || reader.at("labels").value().is_null()) return false;
  const JsonReader list = reader.at("labels");
  std::map<std::string, std::int64_t> labels;
  for (std::size_t i = 0; i < list.array_size(); ++i) {
    const JsonReader pair = list.at(i);
    const std::int64_t label = pair.at(std::size_t{1}).integer();
    if (pair.array_size() != 2 || label < 0 || label >= kMaxClasses) {
      pair.fail(cat("expected [\"file\", label] with a label from 0 to ", kMaxClasses - 1));
    }
    if (!labels.emplace(pair.at(std::size_t{0}).text(), label).second) {
      pair.fail("this file has a label twice");
    }
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
  if (labels.size() > index.files.size()) {
    index.notes.push_back(cat(kLabelFile, " has labels of ", labels.size() - index.files.size(),
                              " files that are not among these pictures"));
  }
  return true;
}

void add_labels(const FileTree& tree, LabelSource source, std::size_t prefix, ImageIndex& index) {
  if (source == LabelSource::kNone) return;
  if (source == LabelSource::kAuto) {
    if (const auto file = label_file(tree)) {
      if (label_by_file(tree, *file, index)) {
        index.notes.push_back(cat("labels: those of ", kLabelFile));
      }
      return;
    }
    if (!lies_in_class_folders(tree, prefix, index)) return;
  } else if (!std::ranges::all_of(index.files, [&](std::size_t i) {
               return !first_folder(std::string_view(tree.files()[i].name).substr(prefix)).empty();
             })) {
    refuse_images(cat(tree.text(),
                      ": data.labels = \"folders\", but some pictures lie in no class folder; "
                      "move them, or set data.labels = \"none\""));
  }
  label_by_folder(tree, prefix, index);
  index.notes.push_back(cat(
      "labels: ", index.class_names.size(), " sub-folders, ",
      join(std::span(index.class_names).first(std::min<std::size_t>(index.class_names.size(), 10)),
           ", "),
      index.class_names.size() > 10 ? ", ..." : ""));
}

void note_left_out(const FileTree& tree, std::string_view prefix, ImageIndex& index) {
  std::size_t count = 0;
  std::string example;
  for (const TreeFile& file : tree.files()) {
    if (!file.name.starts_with(prefix) || is_picture_name(file.name) || file.name == kLabelFile) {
      continue;
    }
    if (count++ == 0) example = file.name;
  }
  if (count == 0) return;
  index.notes.push_back(cat("left out: ", count, count == 1 ? " file" : " files",
                            " not named .png, .jpg, .jpeg, .pgm or .ppm, as '", printable(example),
                            "'"));
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
  std::map<std::string, std::string> folders;  // lower case -> as it is written
  for (const TreeFile& file : tree.files()) {
    if (!is_picture_name(file.name)) continue;
    const std::string folder(first_folder(file.name));
    folders.emplace(lower_case(folder), folder);
  }
  const auto train = folder_among(folders, kTrainNames);
  const auto test = folder_among(folders, kTestNames);
  const std::size_t named = (train ? 1U : 0U) + (test ? 1U : 0U);
  if (!train || folders.size() != named) return std::nullopt;
  return split == Split::kTrain ? train : test;
}

ImageIndex index_images(const FileTree& tree, const ImageFiles& files, Split split) {
  const auto train_folder = split_folder(tree, Split::kTrain);
  const auto test_folder = split_folder(tree, Split::kTest);
  const auto folder = split == Split::kTest && test_folder ? test_folder : train_folder;
  const std::string prefix = folder ? *folder + "/" : "";
  ImageIndex index;
  index.files = pictures_below(tree, prefix);
  if (index.files.empty()) {
    refuse_images(cat(tree.text(), ": no picture among ", tree.files().size(),
                      " files, expected .png, .jpg, .jpeg, .pgm or .ppm; `saddle data inspect` "
                      "says what lies there"));
  }
  if (folder) index.notes.push_back(cat("pictures: those of folder '", printable(*folder), "'"));
  add_labels(tree, files.labels, prefix.size(), index);
  note_left_out(tree, prefix, index);
  if (!test_folder) hold_out(tree, files, split, index);
  return index;
}

}  // namespace saddle::data
