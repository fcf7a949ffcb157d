#include <cmath>
#include <nlohmann/json.hpp>

#include "saddle/data/inspect.h"

namespace saddle::data {

namespace {

Json finite(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json numbers_of(const SplitReport& split, double ChannelValues::*member) {
  Json list = Json::array();
  for (const ChannelValues& channel : split.channels) list.push_back(finite(channel.*member));
  return list;
}

Json splits_json(const Inspection& in) {
  Json list = Json::array();
  for (const SplitReport& split : in.splits) {
    list.push_back({{"name", split.name},
                    {"samples", split.samples},
                    {"duplicates", split.copies.samples},
                    {"constant", split.constant.count},
                    {"broken", split.broken.count},
                    {"invalid", split.invalid.count},
                    {"mean", numbers_of(split, &ChannelValues::mean)},
                    {"std", numbers_of(split, &ChannelValues::std)}});
  }
  return list;
}

Json classes_json(const Inspection& in) {
  Json list = Json::array();
  for (std::int64_t c = 0; c < in.classes; ++c) {
    const auto at = static_cast<std::size_t>(c);
    Json counts = Json::object();
    for (const SplitReport& split : in.splits) {
      counts[split.name] = at < split.class_counts.size() ? split.class_counts[at] : 0;
    }
    list.push_back({{"label", c},
                    {"name", at < in.class_names.size() ? Json(in.class_names[at]) : Json(nullptr)},
                    {"counts", std::move(counts)}});
  }
  return list;
}

Json duplicates_json(const SplitReport& train) {
  const Copies& copies = train.copies;
  Json pairs = Json::array(), largest = Json::array(), conflicts = Json::array();
  for (const CopyGroup& group : copies.largest) {
    if (group.names.size() > 1) pairs.push_back({group.names[0], group.names[1]});
    largest.push_back({{"count", group.count}, {"names", group.names}});
  }
  for (const CopyGroup& group : copies.conflicts) {
    conflicts.push_back({{"names", group.names}, {"labels", group.labels}});
  }
  return {{"samples", copies.samples},
          {"groups", copies.groups},
          {"pairs", std::move(pairs)},
          {"largest", std::move(largest)},
          {"label_conflicts",
           {{"groups", copies.conflict_groups},
            {"samples", copies.conflict_samples},
            {"examples", std::move(conflicts)}}}};
}

Json overlap_json(const Inspection& in) {
  Json pairs = Json::array(), test = nullptr;
  for (const Overlap& overlap : in.overlaps) {
    if (overlap.of == "test" || &overlap == &in.overlaps.back()) test = overlap.samples;
    pairs.push_back({{"of", overlap.of},
                     {"in", overlap.in},
                     {"samples", overlap.samples},
                     {"total", overlap.total},
                     {"examples", overlap.first}});
  }
  return {{"test_in_train", std::move(test)}, {"pairs", std::move(pairs)}};
}

Json pictures_json(const PictureFacts& facts) {
  const auto counts = [](const auto& list) {
    Json out = Json::object();
    for (const LeftOut& kind : list) out[kind.many] = kind.count;
    return out;
  };
  return {{"bars", facts.bars},
          {"doubled", facts.doubled},
          {"plain", facts.plain},
          {"sixteen_bit", facts.sixteen_bit},
          {"with_alpha", facts.with_alpha},
          {"opaque_alpha", facts.opaque_alpha},
          {"rotated", facts.rotated},
          {"grey_as_rgb", facts.grey_as_rgb},
          {"tiny", facts.tiny},
          {"odd_names", facts.odd_names},
          {"misnamed", facts.misnamed},
          {"left_out", counts(facts.left_out)},
          {"unread_formats", counts(facts.unread_formats)},
          {"side_by_side", facts.side_by_side},
          {"label_half", facts.label_half},
          {"pair_folders", facts.pair_folders},
          {"split_classes", facts.split_classes},
          {"strips", facts.strips}};
}

/// The lists of samples by name, over all splits.
void add_named(const Inspection& in, Json& out) {
  Json broken = Json::array(), constant = Json::array();
  std::int64_t broken_count = 0, constant_count = 0;
  for (const SplitReport& split : in.splits) {
    broken_count += split.broken.count;
    constant_count += split.constant.count;
    for (const auto& [name, reason] : split.broken.first) {
      broken.push_back({{"split", split.name}, {"name", name}, {"reason", reason}});
    }
    for (const auto& [name, ignored] : split.constant.first) {
      constant.push_back({{"split", split.name}, {"name", name}});
    }
  }
  out["broken"] = std::move(broken);
  out["broken_count"] = broken_count;
  out["constant"] = std::move(constant);
  out["constant_count"] = constant_count;
}

}  // namespace

Json inspection_json(const Inspection& in) {
  const SplitReport none;
  const SplitReport& train = in.splits.empty() ? none : in.splits.front();
  Json counts = Json::object(), fields = Json::array(), channels = Json::array(),
       shapes = Json::array(), findings = Json::array();
  std::int64_t samples = 0;
  for (const SplitReport& split : in.splits) {
    counts[split.name] = split.samples;
    samples += split.samples;
  }
  for (const InspectedField& field : in.fields) {
    fields.push_back({{"name", field.name}, {"dtype", field.dtype}, {"shape", field.shape}});
  }
  for (const ChannelValues& channel : train.channels) {
    channels.push_back({{"low", finite(channel.low)},
                        {"high", finite(channel.high)},
                        {"mean", finite(channel.mean)},
                        {"std", finite(channel.std)}});
  }
  for (const auto& [shape, count] : train.shapes) {
    shapes.push_back({{"width", shape.width},
                      {"height", shape.height},
                      {"channels", shape.channels},
                      {"count", count}});
  }
  for (const Finding& finding : in.findings) {
    findings.push_back({{"severity", to_text(finding.severity)},
                        {"what", finding.what},
                        {"advice", finding.advice}});
  }
  Json out{{"path", in.path},
           {"kind", in.kind},
           {"title", in.title},
           {"usable", in.usable()},
           {"origin", in.origin},
           {"counts", std::move(counts)},
           {"samples", samples},
           {"fields", std::move(fields)},
           {"images", in.images},
           {"bit_depth", in.bit_depth},
           {"unit", in.unit},
           {"channels", std::move(channels)},
           {"mean", numbers_of(train, &ChannelValues::mean)},
           {"std", numbers_of(train, &ChannelValues::std)},
           {"shapes", std::move(shapes)},
           {"classes", classes_json(in)},
           {"splits", splits_json(in)},
           {"duplicates", duplicates_json(train)},
           {"overlap", overlap_json(in)},
           {"pictures", pictures_json(in.pictures)},
           {"findings", std::move(findings)},
           {"suggestion", {{"command", in.command}, {"keys", in.keys}}}};
  add_named(in, out);
  return out;
}

}  // namespace saddle::data
