#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/config/writer.h"
#include "saddle/data/inspect_findings.h"
#include "saddle/data/source.h"

namespace saddle::data {

namespace {

constexpr int kFolderSide = 64;
constexpr std::string_view kFolderPreset = "folder-64";
constexpr std::string_view kSizesOfNetworks =
    "the networks make square images of 28 pixels, or of a power of two from 8 on";

/// The shapes of all images, whatever their split.
std::set<PictureShape> all_shapes(const Inspection& inspection) {
  std::set<PictureShape> shapes;
  for (const SplitReport& split : inspection.splits) {
    for (const ShapeCount& one : split.shapes) shapes.insert(one.shape);
  }
  return shapes;
}

void tell(Inspection& inspection, Severity severity, std::string what, std::string advice) {
  inspection.findings.push_back({severity, std::move(what), std::move(advice)});
}

std::int64_t with_channels_of(const Inspection& inspection, int channels) {
  std::int64_t count = 0;
  for (const SplitReport& split : inspection.splits) {
    for (const ShapeCount& one : split.shapes) {
      if (one.shape.channels == channels) count += one.count;
    }
  }
  return count;
}

void suggest_alpha(Inspection& inspection, const PicturePolicy& asked) {
  const PictureFacts& facts = inspection.pictures;
  if (facts.with_alpha == 0 || asked.alpha != PictureAlpha::kRefuse) return;
  const bool opaque = facts.opaque_alpha == facts.with_alpha;
  tell(inspection, Severity::kNote,
       cat(samples_do(inspection, facts.with_alpha, "has", "have"), " an alpha channel",
           opaque ? ", opaque everywhere" : ""),
       opaque ? "it is dropped: data.alpha=white"
              : "they are laid on white: data.alpha=white; or on data.alpha=black");
}

void suggest_channels(Inspection& inspection, const PicturePolicy& asked, PicturePolicy& policy) {
  const std::int64_t grey = with_channels_of(inspection, 1), rgb = with_channels_of(inspection, 3),
                     rgba = with_channels_of(inspection, 4);
  if (asked.channels != PictureChannels::kAsStored) return;
  const bool all_grey = inspection.pictures.grey_as_rgb == rgb + rgba;
  policy.channels = all_grey ? PictureChannels::kGrey : PictureChannels::kRgb;
  if (grey > 0 && rgb + rgba > 0) {
    tell(inspection, Severity::kNote,
         cat(grouped(grey), " grey and ", grouped(rgb + rgba), " colour pictures are mixed",
             all_grey ? "; all of those are grey too" : ""),
         all_grey ? "data.channels=grey makes them alike"
                  : "they all become RGB: data.channels=rgb; or data.channels=grey");
  } else if (rgb + rgba > 0 && all_grey) {
    tell(inspection, Severity::kNote, "all pictures are stored as colour, but are grey",
         "data.channels=grey saves two thirds of the work on pixels");
  }
}

void suggest_part(Inspection& inspection, PicturePolicy& policy) {
  if (!inspection.pictures.side_by_side || policy.part != PicturePart::kWhole) return;
  const std::string& map = inspection.pictures.label_half;
  const bool right = map == "left";
  policy.part = right ? PicturePart::kRight : PicturePart::kLeft;
  tell(inspection, Severity::kBad,
       cat("each picture holds a pair side by side",
           map.empty() ? std::string()
                       : cat("; the ", map, " half has few colours and looks like a label map")),
       cat("train on one half: data.part=", right ? "right" : "left",
           " (the other: data.part=", right ? "left" : "right", ")"));
}

std::string sizes_text(const std::set<PictureShape>& shapes) {
  const auto area = [](const PictureShape& s) { return static_cast<double>(s.width) * s.height; };
  const auto [low, high] = std::ranges::minmax_element(shapes, {}, area);
  return cat(low->width, "x", low->height, " to ", high->width, "x", high->height);
}

/// Sizes of the pictures, or of the halves that are used.
std::set<std::pair<int, int>> used_sizes(const Inspection& inspection,
                                         const PicturePolicy& policy) {
  std::set<std::pair<int, int>> sizes;
  for (const PictureShape& shape : all_shapes(inspection)) {
    sizes.emplace(policy.part == PicturePart::kWhole ? shape.width : shape.width / 2, shape.height);
  }
  return sizes;
}

void tell_sizes(Inspection& inspection, const PicturePolicy& policy) {
  const auto sizes = used_sizes(inspection, policy);
  const auto [width, height] = *sizes.begin();
  const std::int64_t side = policy.resolution;
  if (sizes.size() == 1 && width == side && height == side) return;
  const std::string fit(PicturePolicy::kFits[static_cast<std::size_t>(policy.fit)]);
  if (sizes.size() == 1 && width == height) {
    tell(inspection, Severity::kNote,
         cat("pictures used are ", width, "x", height, ", scaled to ", side, "x", side),
         cat("data.resolution=", side, "; twice as much shows more and takes four times as long"));
    return;
  }
  const std::string done =
      policy.fit == PictureFit::kCrop  ? "the shorter side is scaled and the middle cut out"
      : policy.fit == PictureFit::kPad ? "the longer side is scaled and bars are added"
                                       : "both sides are scaled, which distorts";
  tell(inspection, Severity::kNote,
       sizes.size() == 1
           ? cat("pictures used are ", width, "x", height, ", not square")
           : cat("pictures come in ", count_text(static_cast<std::int64_t>(sizes.size()), "size"),
                 ", ", sizes_text(all_shapes(inspection)), "; training wants one"),
       cat("data.resolution=", side, " data.fit=", fit, ": ", done,
           policy.fit == PictureFit::kCrop ? "; data.fit=pad keeps all of it" : ""));
}

/// The pictures' part of the preset folder-64, for a user who asked for nothing else.
PicturePolicy folder_policy(const PicturePolicy& asked) {
  const PicturePolicy none;
  PicturePolicy policy = asked;
  if (asked.resolution == none.resolution) policy.resolution = kFolderSide;
  if (asked.fit == none.fit) policy.fit = PictureFit::kCrop;
  if (asked.channels == none.channels) policy.channels = PictureChannels::kRgb;
  if (asked.alpha == none.alpha) policy.alpha = PictureAlpha::kWhite;
  return policy;
}

/// Decides how the pictures are brought to one shape. Small square ones stay as they are.
void suggest_pictures(const StoredSet& set, Inspection& inspection, ImageFiles& files) {
  if (set.labels_left_out) {
    tell(inspection, Severity::kBad, set.refused, "or train without labels: data.labels=none");
  }
  const PicturePolicy asked = files.picture;
  PicturePolicy policy = folder_policy(asked);
  suggest_alpha(inspection, asked);
  suggest_part(inspection, policy);
  suggest_channels(inspection, asked, policy);
  const auto sizes = used_sizes(inspection, policy);
  if (sizes.empty()) return;
  const auto [width, height] = *sizes.begin();
  if (asked.resolution == 0 && sizes.size() == 1 && width == height &&
      (width == 28 || width == 32)) {
    const bool mixed = with_channels_of(inspection, 1) > 0 &&
                       with_channels_of(inspection, 3) + with_channels_of(inspection, 4) > 0;
    policy.resolution = 0;
    policy.fit = asked.fit;
    if (!mixed) policy.channels = asked.channels;
    if (!mixed && inspection.pictures.with_alpha == 0) policy.alpha = asked.alpha;
  } else {
    tell_sizes(inspection, policy);
  }
  files.picture = policy;
}

void suggest_range(Inspection& inspection, ArrayFiles& files) {
  if (!inspection.images || inspection.unit == "x/255" || inspection.splits.empty()) return;
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const SplitReport& split : inspection.splits) {
    for (const ChannelValues& channel : split.channels) {
      low = std::min(low, channel.low);
      high = std::max(high, channel.high);
    }
  }
  if (low >= files.low && high <= files.high) return;
  const std::string was = cat("[", files.low, ",", files.high, "]");
  if (low >= -1 && high <= 1) {
    files.low = -1;
    files.high = 1;
  } else if (low >= 0 && high <= 255) {
    files.low = 0;
    files.high = 255;
  } else {
    files.low = low;
    files.high = high;
  }
  tell(
      inspection, Severity::kBad,
      cat("pixels run from ", short_number(low), " to ", short_number(high), ", training expects ",
          was),
      cat("say which values are black and white: data.low=", files.low, " data.high=", files.high));
}

/// The value without TOML's quotes, and with the shell's where it needs them.
std::string shell_text(std::string text) {
  if (text.size() > 2 && text.starts_with('"') && text.ends_with('"')) {
    text = text.substr(1, text.size() - 2);
  }
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("_-./,:=+@%").find(c) != std::string_view::npos;
  });
  if (plain) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

struct Choice {
  std::string preset, row;  ///< row: the source that the preset reads
  std::vector<std::string> keys;
};

/// The preset for images of this shape; nothing, with a finding, where networks cannot make them.
std::optional<Choice> choose_preset(const PictureShape& shape, bool labelled,
                                    Inspection& inspection) {
  const bool small = shape.width == 28 || shape.width == 32;
  if (shape.width != shape.height) {
    tell(inspection, Severity::kFatal,
         cat("images are ", shape.width, "x", shape.height, "; ", kSizesOfNetworks),
         "save them as PNG files in a folder and let data.resolution and data.fit scale them");
    return std::nullopt;
  }
  Choice choice{std::string(kFolderPreset), "images", {}};
  if (small && shape.channels == 1)
    choice = {labelled ? "mnist" : "mnist-unconditional", "idx", {}};
  if (shape.width == 32 && shape.channels == 3 && labelled) choice = {"cifar10", "cifar", {}};
  const auto side = static_cast<unsigned>(shape.width);
  if (shape.width == 28 || (side >= 8 && std::has_single_bit(side))) return choice;
  const unsigned border = (std::bit_ceil(std::max(side, 8U)) - side);
  if (border % 2 == 0 && border <= side) {
    choice.keys.push_back(cat("task.transform.pad=", border / 2));
    tell(inspection, Severity::kBad, cat("images are ", side, "x", side, "; ", kSizesOfNetworks),
         cat("add a border: ", choice.keys.back()));
    return choice;
  }
  tell(inspection, Severity::kFatal, cat("images are ", side, "x", side, "; ", kSizesOfNetworks),
       "save them as PNG files in a folder and let data.resolution scale them");
  return std::nullopt;
}

std::optional<PictureShape> trained_shape(const Inspection& inspection,
                                          const SourceConfig& config) {
  const auto shapes = all_shapes(inspection);
  if (shapes.empty()) return std::nullopt;
  const auto* files = std::get_if<ImageFiles>(&config);
  return files == nullptr ? *shapes.begin() : sample_shape(files->picture, *shapes.begin(), "");
}

/// The keys in which the config differs from what the preset, or else its row's defaults, say.
std::vector<std::string> changed_keys(const SourceConfig& config, const std::string& preset) {
  std::vector<std::string> keys;
  std::visit(
      [&](const auto& row) {
        using Row = std::decay_t<decltype(row)>;
        Row base;
        if constexpr (std::is_same_v<Row, ImageFiles>) {
          if (preset == kFolderPreset) base.picture = folder_policy({});
        }
        for (const auto& change : config::diff(base, row)) {
          keys.push_back(cat("data.", change.key, "=", shell_text(change.b)));
        }
      },
      config);
  return keys;
}

std::string row_name(const SourceConfig& config) {
  return std::visit([](const auto& row) { return std::string(row.kName); }, config);
}

/// The folder to name instead of the whole, where it holds pairs or splits in folders.
std::string better_path(const StoredSet& set, Inspection& inspection) {
  const PictureFacts& facts = inspection.pictures;
  const std::string& path = inspection.path;
  const auto& folders = facts.pair_folders.empty() ? facts.split_classes : facts.pair_folders;
  if (folders.empty()) return path;
  const std::string better =
      (std::filesystem::path(path) / set.root / folders.front()).lexically_normal().string();
  const std::string names = join(folders, ", ");
  const std::string advice =
      set.kind == "folder" ? cat("train on one of them: --data ", better)
                           : "unpack the archive and name the folder of one of them with --data";
  if (!facts.pair_folders.empty()) {
    tell(inspection, Severity::kBad,
         cat("the folders ", names, " hold files of the same names: pairs, not classes"), advice);
  } else {
    tell(inspection, Severity::kBad,
         cat("class folders are named as splits are: ", names, "; they would become labels"),
         advice);
  }
  return set.kind == "folder" ? better : path;
}

bool train_is_broken(const Inspection& inspection) {
  return std::ranges::any_of(inspection.splits, [](const SplitReport& split) {
    return split.name == "train" && split.broken.count > 0;
  });
}

/// Tells what still keeps the source from opening with this config.
void check_opens(const StoredSet& set, const SourceConfig& config, Inspection& inspection) {
  if (set.refused.empty() || train_is_broken(inspection)) return;
  try {
    open_source(config, Split::kTrain, inspection.data_path);
  } catch (const Error& error) {
    tell(inspection, Severity::kFatal, error.message(), "");
  }
}

}  // namespace

void add_suggestion(const StoredSet& set, Inspection& inspection) {
  if (inspection.splits.empty() || !inspection.images) {
    if (!set.refused.empty()) tell(inspection, Severity::kFatal, set.refused, "");
    // What cannot be read may well be images.
    if (!inspection.splits.empty() && set.refused.empty() && !train_is_broken(inspection)) {
      tell(inspection, Severity::kFatal, "these are rows of numbers, and training reads images",
           "in C++ the library's loader takes them; images are u8 [N,H,W] or [N,H,W,3]");
    }
    return;
  }
  SourceConfig config = set.config;
  const std::string path = better_path(set, inspection);
  if (auto* files = std::get_if<ImageFiles>(&config)) suggest_pictures(set, inspection, *files);
  if (auto* files = std::get_if<ArrayFiles>(&config)) suggest_range(inspection, *files);
  if (std::holds_alternative<IdxFiles>(config) && set.labels_left_out) {
    tell(inspection, Severity::kBad, set.refused, "or train without labels, as the command below");
  }
  check_opens(set, config, inspection);
  const auto shape = trained_shape(inspection, config);
  if (!shape) return;
  const bool labelled = inspection.classes > 0 && path == inspection.path;
  const auto choice = choose_preset(*shape, labelled, inspection);
  if (!choice) return;
  if (inspection.classes > 1 && choice->preset == kFolderPreset) {
    tell(inspection, Severity::kNote,
         cat("the preset ", kFolderPreset, " learns no classes, and this data has ",
             inspection.classes),
         "to ask for a class later: generator.condition=concat discriminator.condition=concat");
  }
  const std::string row = row_name(config);
  if (row != choice->row && !std::holds_alternative<PackedSet>(config)) {
    inspection.keys.push_back(cat("data=", row));
  }
  for (auto& key : changed_keys(config, choice->preset)) inspection.keys.push_back(std::move(key));
  inspection.keys.insert(inspection.keys.end(), choice->keys.begin(), choice->keys.end());
  inspection.command = cat("saddle train ", choice->preset, " --data ", shell_text(path));
  for (const std::string& key : inspection.keys) inspection.command += cat(" --set ", key);
}

}  // namespace saddle::data
