#include <algorithm>
#include <map>
#include <set>

#include "saddle/base/text.h"
#include "saddle/data/inspect.h"
#include "saddle/data/inspect_findings.h"

namespace saddle::data {

namespace {

constexpr std::size_t kTextWidth = 98;
constexpr std::size_t kHeadWidth = 11;
constexpr std::size_t kClassesShown = 12;
constexpr std::size_t kNamesShown = 4;

std::size_t letters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // UTF-8: not the rest of a letter
  }));
}

/// A space at which no line is broken.
constexpr char kTied = '\x1f';

/// Words after a head of fixed width, broken at spaces.
class TextPage {
 public:
  void heading(const std::string& text) { out_ += text + "\n"; }

  void line(std::string_view head, std::string_view text) {
    std::string row = cat("  ", head);
    row.resize(std::max(row.size() + 1, kHeadWidth), ' ');
    for (bool first = true; !text.empty(); first = false) {
      const auto end = text.find(' ');
      const std::string_view word = text.substr(0, end);
      if (!first && letters(row) + 1 + letters(word) > kTextWidth) {
        std::ranges::replace(row, kTied, ' ');
        out_ += row + "\n";
        row = std::string(kHeadWidth, ' ');
        first = true;
      }
      row += cat(first ? "" : " ", word);
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    std::ranges::replace(row, kTied, ' ');
    out_ += row + "\n";
  }

  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// With a capital and a full stop; names of keys, files and arrays stay as they are.
std::string sentence(std::string text) {
  const std::string_view word = std::string_view(text).substr(0, text.find_first_of(" ,:;"));
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  if (word == "a" || (word.size() > 1 && std::ranges::all_of(word, small))) {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text.empty() || text.ends_with('.') ? text : text + ".";
}

std::string shapes_text(const std::vector<ShapeCount>& shapes) {
  if (shapes.empty()) return "";
  if (shapes.size() == 1) return picture_text(shapes[0].shape);
  std::map<int, std::int64_t> channels;
  std::set<std::pair<int, int>> sizes;
  std::int64_t total = 0;
  for (const ShapeCount& one : shapes) {
    channels[one.shape.channels] += one.count;
    sizes.emplace(one.shape.width, one.shape.height);
    total += one.count;
  }
  const auto size = [](const PictureShape& s) { return cat(s.width, "x", s.height); };
  std::string text;
  if (sizes.size() == 1) {
    text = size(shapes[0].shape);
  } else {
    std::int64_t before = 0;
    auto median = shapes.begin();
    while (2 * (before += median->count) < total) ++median;
    text = cat(count_text(static_cast<std::int64_t>(sizes.size()), "size"), ", ",
               size(shapes.front().shape), " to ", size(shapes.back().shape), ", median ",
               size(median->shape));
  }
  std::vector<std::string> colours;
  for (const auto& [count, pictures] : channels) {
    const std::string word = picture_text(PictureShape{1, 1, count}).substr(4);
    colours.push_back(channels.size() == 1 ? word : cat(grouped(pictures), " ", word));
  }
  return cat(text, ", ", join(colours, ", "));
}

void splits(const Inspection& in, TextPage& page) {
  for (const SplitReport& split : in.splits) {
    const std::string shapes = shapes_text(split.shapes);
    page.line(split.name,
              cat(samples_text(in, split.samples), shapes.empty() ? "" : cat(", ", shapes)));
  }
}

void fields(const Inspection& in, TextPage& page) {
  std::vector<std::string> list;
  for (const InspectedField& field : in.fields) {
    list.push_back(cat(field.name, field.name.empty() ? "" : " ", field.dtype, " ",
                       field.shape.empty() ? "number" : shape_text(field.shape)));
  }
  if (!list.empty()) page.line(in.kind == "packed" ? "fields" : "arrays", join(list, ", "));
  if (!in.origin.empty()) page.line("made from", in.origin);
}

void values(const Inspection& in, TextPage& page) {
  if (in.splits.empty() || in.splits[0].channels.empty()) return;
  const auto& channels = in.splits[0].channels;
  double low = channels[0].low, high = channels[0].high;
  std::vector<std::string> means, spreads;
  for (const ChannelValues& channel : channels) {
    low = std::min(low, channel.low);
    high = std::max(high, channel.high);
    if (means.size() == 8) continue;
    means.push_back(short_number(channel.mean));
    spreads.push_back(short_number(channel.std));
  }
  const std::string more = channels.size() > 8 ? " ..." : "";
  const bool bytes = in.unit == "x/255";
  page.line(
      "values",
      cat(bytes ? cat(in.bit_depth, " bit, ") : std::string(), short_number(low), " to ",
          short_number(high), "; mean ", join(means, " "), more, ", standard deviation ",
          join(spreads, " "), more,
          bytes ? channels.size() == 3 ? " (red, green, blue; white is 1)" : " (white is 1)" : ""));
}

void classes(const Inspection& in, TextPage& page) {
  if (in.classes == 0 || in.splits.empty()) return;
  const auto& counts = in.splits[0].class_counts;
  if (counts.empty()) return;
  const auto name = [&](std::size_t c) {
    return c < in.class_names.size() ? in.class_names[c] : number(std::uint64_t{c});
  };
  std::vector<std::string> list;
  for (std::size_t c = 0; c < std::min(counts.size(), kClassesShown); ++c) {
    list.push_back(cat(name(c), ":", kTied, grouped(counts[c])));
  }
  if (counts.size() > kClassesShown) {
    const auto [low, high] = std::ranges::minmax_element(counts);
    const auto place = [&](auto at) { return name(static_cast<std::size_t>(at - counts.begin())); };
    list = {cat(grouped(in.classes), " classes of ", grouped(*low), " (", place(low), ") to ",
                grouped(*high), " (", place(high), ") samples")};
  }
  page.line("classes", join(list, ", "));
}

void copies(const Inspection& in, TextPage& page) {
  const std::string equals = cat(kTied, "=", kTied);
  for (const SplitReport& split : in.splits) {
    const Copies& copies = split.copies;
    if (copies.samples == 0) continue;
    std::vector<std::string> groups;
    for (const CopyGroup& group :
         std::span(copies.largest).first(std::min<std::size_t>(2, copies.largest.size()))) {
      const auto shown = std::min(kNamesShown, group.names.size());
      groups.push_back(
          cat(join(std::span(group.names).first(shown), equals),
              group.count > static_cast<std::int64_t>(shown)
                  ? cat(" and ", group.count - static_cast<std::int64_t>(shown), " more")
                  : ""));
    }
    const bool one = copies.samples == 1;
    page.line("copies", cat(samples_text(in, copies.samples), " of ", split.name,
                            one ? std::string(" repeats another")
                                : cat(" repeat ", count_text(copies.groups, "other")),
                            ": ", join(groups, "; "), copies.groups > 2 ? "; ..." : ""));
  }
  if (!in.splits.empty() && in.splits[0].copies.samples == 0) {
    page.line("copies", cat("none in ", in.splits[0].name));
  }
  for (const Overlap& overlap : in.overlaps) {
    std::vector<std::string> pairs;
    for (const auto& [copy, original] : overlap.first) {
      if (pairs.size() < 3) pairs.push_back(cat(copy, equals, original));
    }
    page.line("overlap", cat(overlap.samples == 0 ? std::string("none") : grouped(overlap.samples),
                             " of the ", samples_text(in, overlap.total), " of ", overlap.of,
                             overlap.samples > 1 ? " repeat one of " : " repeats one of ",
                             overlap.in, pairs.empty() ? "" : ": ", join(pairs, ", "),
                             overlap.samples > 3 ? ", ..." : ""));
  }
}

void left_out(const Inspection& in, TextPage& page) {
  std::vector<std::string> list;
  for (const LeftOut& kind : in.pictures.left_out)
    list.push_back(count_text(kind.count, kind.one, kind.many));
  if (!list.empty()) page.line("left out", join(list, ", "));
}

void broken(const Inspection& in, TextPage& page) {
  constexpr std::size_t kShown = 20;
  for (const SplitReport& split : in.splits) {
    if (split.broken.first.size() <= 3) continue;  // those are all in the finding
    const auto shown = std::min(kShown, split.broken.first.size());
    page.heading(cat("\nCannot be read in ", split.name, " (", grouped(split.broken.count), "):"));
    for (const auto& [name, reason] : std::span(split.broken.first).first(shown)) {
      page.line(cat(name, ":"), reason);
    }
    if (shown == kShown && split.broken.count > std::int64_t{kShown}) page.line("...", "");
  }
}

}  // namespace

std::string inspection_text(const Inspection& in) {
  TextPage page;
  page.heading(cat(in.path, ": ", in.title));
  splits(in, page);
  fields(in, page);
  values(in, page);
  classes(in, page);
  copies(in, page);
  left_out(in, page);
  broken(in, page);
  page.heading(in.findings.empty() ? "\nNothing speaks against training on it."
                                   : "\nFor training, worst first:");
  for (const Finding& finding : in.findings) {
    page.line(to_text(finding.severity), sentence(finding.what));
    if (!finding.advice.empty()) page.line("", cat("-> ", sentence(finding.advice)));
  }
  if (!in.usable()) {
    page.heading("\nTraining cannot use it as it is.");
  } else if (!in.command.empty()) {
    page.heading(cat("\nTo train on it:\n  ", in.command));
  }
  return page.take();
}

}  // namespace saddle::data
