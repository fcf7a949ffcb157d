#include "saddle/data/inspect.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/codec/picture.h"
#include "saddle/data/detect.h"
#include "saddle/data/image_index.h"
#include "saddle/data/inspect_content.h"
#include "saddle/data/inspect_copies.h"
#include "saddle/data/inspect_findings.h"
#include "saddle/data/inspect_flaws.h"
#include "saddle/data/inspect_pairs.h"
#include "saddle/data/inspect_set.h"
#include "saddle/data/inspect_tally.h"

namespace saddle::data {

namespace {

constexpr std::int64_t kProgressEvery = 64;
constexpr std::size_t kFilesJudged = 20000;
constexpr int kTiny = 16;
constexpr std::uint64_t kSheetSeed = 0x5addce;

/// Adds a sample; one that continues the run before it, with the same reason, joins it.
void note_sample(NamedSamples& list, const std::string& name, std::string reason, bool continues,
                 std::size_t most) {
  ++list.count;
  if (continues && !list.first.empty() && list.first.back().second == reason && !reason.empty()) {
    std::string& run = list.first.back().first;
    run = cat(run.substr(0, run.find(" to ")), " to ", name);
  } else if (list.first.size() < most) {
    list.first.emplace_back(name, std::move(reason));
  }
}

/// What looking at the samples of one split leaves behind.
struct Scanned {
  SampleTally tally;
  std::vector<std::int32_t> labels;  // one a sample; empty without labels
};

/// Looks at all splits of a set, one sample after the other.
class Scanner {
 public:
  Scanner(StoredSet& set, const InspectOptions& options, std::int64_t total)
      : set_(set), options_(options), total_(total) {}

  SplitReport scan(StoredSplit& split, Scanned& out, Inspection* inspection) {
    SplitReport report{.name = split.split, .samples = split.size()};
    std::int64_t last_broken = -2;
    for (std::int64_t i = 0; i < split.size(); ++i, ++done_) {
      if (options_.progress && done_ % kProgressEvery == 0) options_.progress(done_, total_);
      try {
        look(split, i, out, report, inspection);
      } catch (const Error& error) {
        out.tally.add_broken();
        note_sample(report.broken, split.name(i), error.message(),
                    set_.tree == nullptr && last_broken == i - 1, options_.names);
        last_broken = i;
      }
      if (inspection != nullptr) note_label(split, i, out, report);
    }
    report.shapes = out.tally.shapes();
    report.channels = out.tally.channels();
    return report;
  }

  const HalvesTally& halves() const { return halves_; }

 private:
  void look(StoredSplit& split, std::int64_t index, Scanned& out, SplitReport& report,
            Inspection* inspection) {
    const StoredSample sample = split.sample(index);
    const SampleFacts facts = out.tally.add(sample);
    if (inspection == nullptr) return;
    inspection->images = sample.image;
    inspection->bit_depth = std::max(inspection->bit_depth, sample.bit_depth);
    inspection->unit =
        sample.image && sample.dtype == codec::ElementType::kU8 ? "x/255" : "as stored";
    if (facts.constant) note_sample(report.constant, split.name(index), "", false, options_.names);
    if (facts.not_a_number || facts.infinite) {
      note_sample(report.invalid, split.name(index), facts.not_a_number ? "NaN" : "Inf", false,
                  options_.names);
    }
    if (inspection->unit == "x/255" && !facts.constant) {
      note_flaws(find_flaws(sample.shape, out.tally.pixels()), inspection->pictures);
    }
    if (set_.tree) note_picture(sample, facts, out.tally, inspection->pictures);
  }

  static void note_flaws(const PictureFlaws& flaws, PictureFacts& pictures) {
    pictures.bars += flaws.bars ? 1 : 0;
    pictures.doubled += flaws.doubled ? 1 : 0;
    pictures.plain += flaws.plain ? 1 : 0;
  }

  void note_picture(const StoredSample& sample, const SampleFacts& facts, const SampleTally& tally,
                    PictureFacts& pictures) {
    pictures.sixteen_bit += sample.bit_depth == 16 ? 1 : 0;
    pictures.with_alpha += sample.shape.channels == 4 ? 1 : 0;
    pictures.opaque_alpha += facts.opaque ? 1 : 0;
    pictures.rotated += sample.orientation != 1 ? 1 : 0;
    pictures.grey_as_rgb += facts.grey_as_rgb ? 1 : 0;
    pictures.tiny += std::min(sample.shape.width, sample.shape.height) < kTiny ? 1 : 0;
    halves_.add(sample.shape, tally.pixels());
  }

  void note_label(const StoredSplit& split, std::int64_t index, Scanned& out, SplitReport& report) {
    if (set_.classes == 0) return;
    std::int64_t label = -1;
    try {
      label = split.label(index);
    } catch (const Error&) {
      // Told by the sample itself, or by verify.
    }
    out.labels.push_back(static_cast<std::int32_t>(label));
    report.class_counts.resize(static_cast<std::size_t>(set_.classes));
    if (label >= 0 && label < set_.classes) ++report.class_counts[static_cast<std::size_t>(label)];
  }

  StoredSet& set_;
  const InspectOptions& options_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  HalvesTally halves_;
};

/// What lies beside the pictures, and folders that are no classes.
void note_other_files(const StoredSet& set, const HalvesTally& halves, PictureFacts& facts) {
  std::map<std::string, LeftOut> left_out, unread;
  const auto count = [](std::map<std::string, LeftOut>& kinds, std::string one, std::string many) {
    LeftOut& kind = kinds[one];
    ++kind.count;
    kind.one = std::move(one);
    kind.many = std::move(many);
  };
  const auto files = set.tree->files();
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (printable(files[i].name) != files[i].name) ++facts.odd_names;
    if (is_picture_name(files[i].name) || files[i].name == "dataset.json") continue;
    if (i >= kFilesJudged) {
      count(left_out, "other", "others");
      continue;
    }
    std::string first;
    try {
      first = set.tree->read_prefix(i, 4096);
    } catch (const Error&) {
      // Judged by its name, then.
    }
    FileContent content = file_content(first, files[i].name, files[i].size);
    count(left_out, std::move(content.one), std::move(content.many));
    if (const std::string format{codec::unsupported_picture(first)}; !format.empty()) {
      count(unread, format, format);
    }
    if (codec::picture_format(first) && facts.misnamed++ == 0) {
      facts.misnamed_example = printable(files[i].name);
    }
  }
  for (const auto& [ignored, kind] : left_out) facts.left_out.push_back(kind);
  for (const auto& [ignored, kind] : unread) facts.unread_formats.push_back(kind);
  facts.side_by_side = halves.side_by_side();
  facts.label_half = facts.side_by_side ? halves.label_half() : "";
  facts.pair_folders = find_pair_folders(*set.tree, set.root);
  if (facts.pair_folders.empty()) facts.split_classes = find_split_names(set.class_names);
}

/// Samples for the sheet: of each class those with the smallest keyed hash, so that any set of the
/// same size gives the same.
std::vector<SheetPick> pick_samples(const Scanned& scanned, std::int64_t classes,
                                    std::size_t most) {
  const auto& keys = scanned.tally.keys();
  std::map<std::int64_t, std::vector<std::pair<std::uint64_t, std::int64_t>>> best;
  const auto groups = static_cast<std::size_t>(std::max<std::int64_t>(1, classes));
  const std::size_t each = groups > most ? 1 : most / groups;
  for (std::size_t i = 0; i < keys.size() && most > 0; ++i) {
    if (keys[i] == SampleKey{}) continue;
    auto& heap = best[scanned.labels.empty() ? -1 : scanned.labels[i]];
    const std::pair candidate{mix64(i ^ kSheetSeed), static_cast<std::int64_t>(i)};
    if (heap.size() == each && candidate > heap.front()) continue;
    heap.push_back(candidate);
    std::ranges::push_heap(heap);
    if (heap.size() <= each) continue;
    std::ranges::pop_heap(heap);
    heap.pop_back();
  }
  std::vector<SheetPick> picks;
  for (auto& [label, heap] : best) {
    std::ranges::sort(heap, {}, [](const auto& one) { return one.second; });
    for (const auto& [hash, index] : heap) picks.push_back({0, index, label});
  }
  // More classes than places: every n-th.
  if (picks.size() > most) {
    for (std::size_t i = 0; i < most; ++i) picks[i] = picks[i * picks.size() / most];
    picks.resize(most);
  }
  return picks;
}

void look_nowhere(Inspection& inspection, const std::string& path, const std::string& refused) {
  const PathContent content = path_content(path);
  inspection.title = content.title;
  if (refused.empty()) inspection.kind = "none";
  inspection.findings.push_back(
      {Severity::kFatal, refused.empty() ? "this is no data set that training reads" : refused,
       content.advice.empty() ? what_is_read() : cat(content.advice, "; ", what_is_read())});
}

SourceConfig require_source(const std::string& path) {
  if (auto config = detect_source(path)) return *config;
  throw Error(ErrorCode::kInput, "inspect",
              cat("'", printable(path), "' is no data set to compare with: ",
                  path_content(path).title, "; ", what_is_read()));
}

/// Copies of the training samples in all splits of another set.
void compare_with(const std::string& other, const InspectOptions& options, const KeyIndex& train,
                  Inspection& inspection) {
  StoredSet set = open_stored_set(other, require_source(other));
  if (set.splits.empty()) throw Error(ErrorCode::kInput, "inspect", set.refused);
  std::int64_t total = 0;
  for (const auto& split : set.splits) total += split->size();
  Scanner scanner(set, options, total);
  Overlap all{.of = printable(other), .in = inspection.path};
  for (const auto& split : set.splits) {
    Scanned scanned;
    scanner.scan(*split, scanned, nullptr);
    const KeyIndex keys(scanned.tally.keys(), [&](std::int64_t i) { return split->name(i); });
    const Overlap one =
        train.copies_of_these(keys, options.names - std::min(options.names, all.first.size()));
    all.samples += one.samples;
    all.total += one.total;
    all.first.insert(all.first.end(), one.first.begin(), one.first.end());
  }
  inspection.overlaps.push_back(std::move(all));
}

void look_at_all(StoredSet& set, const std::optional<std::string>& other,
                 const InspectOptions& options, Inspection& inspection) {
  std::int64_t total = 0;
  for (const auto& split : set.splits) total += split->size();
  Scanner scanner(set, options, total);
  std::vector<Scanned> scanned(set.splits.size());
  std::vector<KeyIndex> keys;
  for (std::size_t s = 0; s < set.splits.size(); ++s) {
    StoredSplit& split = *set.splits[s];
    SplitReport report = scanner.scan(split, scanned[s], &inspection);
    keys.emplace_back(scanned[s].tally.keys(), [&split](std::int64_t i) { return split.name(i); });
    report.copies = keys.back().copies(scanned[s].labels, options.names);
    inspection.splits.push_back(std::move(report));
    if (s == 0) continue;
    Overlap overlap = keys[0].copies_of_these(keys[s], options.names);
    overlap.of = split.split;
    overlap.in = set.splits[0]->split;
    inspection.overlaps.push_back(std::move(overlap));
  }
  if (options.progress) options.progress(total, total);
  if (other) compare_with(*other, options, keys[0], inspection);
  if (set.tree) note_other_files(set, scanner.halves(), inspection.pictures);
  if (inspection.images) {
    inspection.picks = pick_samples(scanned[0], inspection.classes, options.sheet_pictures);
  }
}

}  // namespace

std::string_view to_text(Severity severity) {
  if (severity == Severity::kFatal) return "fatal";
  return severity == Severity::kBad ? "bad" : "note";
}

bool Inspection::usable() const {
  return std::ranges::none_of(
      findings, [](const Finding& finding) { return finding.severity == Severity::kFatal; });
}

Inspection inspect(const std::string& path, const std::optional<std::string>& other,
                   const InspectOptions& options) {
  Inspection inspection{.path = printable(path), .data_path = path};
  const auto config = options.source ? options.source : detect_source(path);
  if (!config) {
    look_nowhere(inspection, path, "");
    return inspection;
  }
  StoredSet set = open_stored_set(path, *config);
  inspection.kind = set.kind;
  inspection.title = set.title;
  inspection.origin = set.origin;
  inspection.fields = set.fields;
  inspection.source = set.config;
  inspection.classes = set.classes;
  inspection.class_names = set.class_names;
  if (set.splits.empty()) {
    look_nowhere(inspection, path, set.refused);
    return inspection;
  }
  look_at_all(set, other, options, inspection);
  // A block that is damaged was met already, where samples of it could not be read.
  const bool broken = std::ranges::any_of(
      inspection.splits, [](const SplitReport& split) { return split.broken.count > 0; });
  if (options.verify && set.verify && !broken) {
    try {
      set.verify(options.verify_progress);
    } catch (const Error& error) {
      inspection.findings.push_back({Severity::kFatal, error.message(), "pack the set again"});
    }
  }
  add_suggestion(set, inspection);
  add_findings(set, inspection);
  std::ranges::stable_sort(inspection.findings, {}, &Finding::severity);
  if (!inspection.usable() || inspection.pictures.strips) inspection.command.clear();
  return inspection;
}

}  // namespace saddle::data
