#include "saddle/data/inspect_findings.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "saddle/base/text.h"

namespace saddle::data {

namespace {

constexpr std::int64_t kHopeless = 100;
constexpr std::int64_t kFew = 1000;
constexpr double kManyCopies = 0.01;
constexpr double kImbalance = 10;
constexpr std::int64_t kFewOfClass = 10;
constexpr double kFewOfMean = 0.1;
constexpr double kNarrow = 32;  ///< of 255
constexpr double kManyLeftOut = 0.05;
constexpr int kStripFrames = 4;

/// Adds findings one by one.
class Judge {
 public:
  Judge(const StoredSet& set, Inspection& inspection)
      : set_(set), in_(inspection), train_(inspection.splits.front()) {}

  void all() {
    unreadable();
    amount();
    overlaps();
    copies();
    constant();
    classes();
    values();
    flaws();
    shapes();
    files();
    test_split();
  }

 private:
  void tell(Severity severity, std::string what, std::string advice) {
    in_.findings.push_back({severity, std::move(what), std::move(advice)});
  }
  bool many(std::int64_t part, double share) const {
    return static_cast<double>(part) > share * static_cast<double>(train_.samples);
  }

  void unreadable() {
    for (const SplitReport& split : in_.splits) {
      const bool train = &split == &train_;
      const std::string of = cat(" of the ", samples_text(in_, split.samples), " of ", split.name);
      if (split.broken.count > 0) {
        tell(train ? Severity::kFatal : Severity::kBad,
             cat(grouped(split.broken.count), of,
                 " cannot be read: ", names_text(split.broken, 3, true)),
             set_.kind == "packed" ? "the file is damaged: pack the set again, or copy it again"
             : train ? "remove or replace them: training stops at the first that it meets"
                     : "remove or replace them: evaluation stops at the first that it meets");
      }
      if (split.invalid.count > 0) {
        tell(train ? Severity::kFatal : Severity::kBad,
             cat(grouped(split.invalid.count), of,
                 " hold NaN or Inf: ", names_text(split.invalid, 5, true)),
             "replace such values or drop these samples: training stops at the first");
      }
    }
  }

  void amount() {
    const std::string n = samples_text(in_, train_.samples);
    if (train_.samples < kHopeless) {
      tell(Severity::kBad, cat("only ", n, " to train on: a GAN learns that by heart"),
           "gather more: 1,000 at least, better 10,000; task.transform.flip=true shows mirror "
           "images too, where those are as good");
    } else if (train_.samples < kFew) {
      tell(Severity::kBad, cat(n, " to train on are few: a GAN tends to learn them by heart"),
           "gather more, or try task.transform.flip=true where mirror images are as good; compare "
           "samples with their nearest training images");
    }
  }

  void overlaps() {
    for (const Overlap& overlap : in_.overlaps) {
      if (overlap.samples == 0) continue;
      tell(Severity::kBad,
           cat(grouped(overlap.samples), " of the ", samples_text(in_, overlap.total), " of ",
               overlap.of, " are copies of images of ", overlap.in),
           "scores on them reward learning by heart: leave them out before you evaluate");
    }
  }

  void copies() {
    const Copies& copies = train_.copies;
    if (copies.samples > 0) {
      const bool bad = many(copies.samples, kManyCopies);
      tell(
          bad ? Severity::kBad : Severity::kNote,
          cat(samples_text(in_, copies.samples), " (", percent_text(copies.samples, train_.samples),
              ") ", copies.samples == 1 ? "repeats" : "repeat", " another exactly"),
          bad ? "drop the copies: what is shown more often is made more often" : "");
    }
    if (copies.conflict_groups > 0) {
      tell(many(copies.conflict_samples, kManyCopies) ? Severity::kBad : Severity::kNote,
           cat(samples_text(in_, copies.conflict_samples),
               " are equal but have different labels, as ",
               join(std::span(copies.conflicts[0].names)
                        .first(std::min<std::size_t>(2, copies.conflicts[0].names.size())),
                    " and ")),
           "decide for one label each, where classes are trained on demand");
    }
  }

  void constant() {
    const NamedSamples& constant = train_.constant;
    if (constant.count == 0) return;
    tell(many(constant.count, kManyCopies) ? Severity::kBad : Severity::kNote,
         cat(samples_do(in_, constant.count, "is", "are"),
             " of one colour throughout: ", names_text(constant, 5, false)),
         "remove what is empty: the discriminator learns it at once");
  }

  std::string class_name(std::size_t c) const {
    return c < in_.class_names.size() ? in_.class_names[c] : number(std::uint64_t{c});
  }

  void classes() {
    const auto& counts = train_.class_counts;
    if (counts.size() < 2) return;
    const auto [low, high] = std::ranges::minmax_element(counts);
    const double mean = static_cast<double>(train_.samples) / static_cast<double>(counts.size());
    std::vector<std::string> few;
    std::int64_t empty = 0;
    for (std::size_t c = 0; c < counts.size(); ++c) {
      const bool near_empty =
          counts[c] < kFewOfClass || static_cast<double>(counts[c]) < kFewOfMean * mean;
      if (near_empty) few.push_back(cat(class_name(c), " (", counts[c], ")"));
      if (counts[c] == 0) ++empty;
    }
    const auto place = [&](auto at) {
      return class_name(static_cast<std::size_t>(at - counts.begin()));
    };
    if (*low > 0 && static_cast<double>(*high) > kImbalance * static_cast<double>(*low)) {
      tell(Severity::kBad,
           cat("classes are uneven: ", place(high), " has ", grouped(*high), ", ", place(low),
               " has ", grouped(*low)),
           "gather more of the small ones; rare classes come out worse");
    }
    if (few.empty()) return;
    const auto shown = std::min<std::size_t>(few.size(), 5);
    tell(Severity::kBad,
         cat(few.size() == 1 ? std::string("a class is") : cat(few.size(), " classes are"),
             empty == static_cast<std::int64_t>(few.size()) ? " empty: " : " nearly empty: ",
             join(std::span(few).first(shown), ", "), few.size() > shown ? ", ..." : ""),
         "gather more of them, or leave these classes out");
  }

  void values() {
    if (!in_.images || train_.channels.empty() || train_.shapes.empty()) return;
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (const ChannelValues& channel : train_.channels) {
      low = std::min(low, channel.low);
      high = std::max(high, channel.high);
    }
    const double white = in_.unit == "x/255" ? 255 : 1;
    if (high > white || low < 0 || high - low >= kNarrow * white / 255) return;
    tell(
        Severity::kBad,
        cat("values lie between ", low, " and ", high, " of 0 to ", white, ": hardly any contrast"),
        "spread them over the whole range before training");
  }

  /// Few of them are chance, or the subject.
  void flaw(std::int64_t count, std::string_view one, std::string_view several,
            const std::string& advice) {
    std::int64_t all = 0;
    for (const SplitReport& split : in_.splits) all += split.samples;
    if (100 * count <= all) return;
    tell(Severity::kBad,
         cat(samples_text(in_, count), " (", percent_text(count, all), ") ",
             count == 1 ? one : several),
         advice);
  }

  void flaws() {
    const PictureFacts& facts = in_.pictures;
    flaw(facts.bars, "has bars of one colour on two sides", "have bars of one colour on two sides",
         "cut the bars off, or the generator learns to draw them");
    flaw(facts.doubled, "is enlarged: every block of 2x2 pixels has one colour",
         "are enlarged: every block of 2x2 pixels has one colour",
         "use them at half the size: nothing is lost, and training is four times as fast");
    flaw(facts.plain, "is almost empty: 99 % of it is one colour",
         "are almost empty: 99 % of each is one colour",
         "remove them where that is not the subject: the discriminator learns them at once");
  }

  void shapes() {
    const PictureFacts& facts = in_.pictures;
    if (set_.tree) strips();
    if (facts.tiny > 0) {
      tell(Severity::kBad,
           cat(samples_do(in_, facts.tiny, "has", "have"), " a side below 16 pixels"),
           "remove them: enlarged they are only blur");
    }
    std::int64_t small = 0, wide = 0;
    for (const ShapeCount& one : train_.shapes) {
      if (std::min(one.shape.width, one.shape.height) < 64) small += one.count;
      const int longer = std::max(one.shape.width, one.shape.height);
      if (longer > 2 * std::min(one.shape.width, one.shape.height)) wide += one.count;
    }
    const bool scaled = in_.command.find(" folder-64 ") != std::string::npos && set_.tree &&
                        in_.command.find("data.resolution") == std::string::npos;
    if (scaled && small > facts.tiny) {
      tell(Severity::kNote,
           cat(samples_do(in_, small, "has", "have"),
               " a side below 64 pixels and would be enlarged"),
           "data.resolution=32 enlarges fewer");
    }
    if (scaled && wide > 0 && !facts.strips) {
      tell(Severity::kNote,
           cat(samples_do(in_, wide, "is", "are"),
               " more than twice as long as wide: crop keeps only the middle"),
           "data.fit=pad keeps all of them");
    }
  }

  void strips() {
    const auto& shapes = train_.shapes;
    if (shapes.size() < 2 &&
        (shapes.empty() || shapes[0].shape.width < 8 * shapes[0].shape.height)) {
      return;
    }
    const int side = shapes[0].shape.height;
    in_.pictures.strips = std::ranges::all_of(shapes, [side](const ShapeCount& one) {
      return one.shape.height == side && one.shape.width % side == 0 &&
             one.shape.width >= kStripFrames * side;
    });
    if (!in_.pictures.strips) return;
    tell(Severity::kBad,
         cat("all pictures are ", side,
             " high and a multiple of that wide: strips of frames, as "
             "films are kept"),
         cat("cut them into frames first: magick STRIP.png -crop ", side, "x", side,
             " +repage "
             "frames/%04d.png"));
  }

  void files() {
    const PictureFacts& facts = in_.pictures;
    std::int64_t unread = 0;
    std::vector<std::string> kinds;
    for (const LeftOut& kind : facts.unread_formats) {
      unread += kind.count;
      kinds.push_back(cat(grouped(kind.count), " ", kind.one));
    }
    if (unread > 0) {
      tell(many(unread, kManyLeftOut) ? Severity::kBad : Severity::kNote,
           cat("left out, as such pictures are not read: ", join(kinds, ", ")),
           "convert them to PNG or JPEG");
    }
    if (facts.misnamed > 0) {
      tell(many(facts.misnamed, kManyLeftOut) ? Severity::kBad : Severity::kNote,
           cat(samples_text(in_, facts.misnamed),
               " left out, as the name does not end in .png, .jpg, .pgm or .ppm: ",
               facts.misnamed_example),
           "name them as what they are");
    }
    if (facts.sixteen_bit > 0) {
      tell(Severity::kNote,
           cat(samples_do(in_, facts.sixteen_bit, "holds", "hold"),
               " 16 bits a channel; 8 are used"),
           "");
    }
    if (facts.rotated > 0) {
      tell(Severity::kNote,
           cat(samples_do(in_, facts.rotated, "is", "are"),
               " stored turned (EXIF), and set upright"),
           "");
    }
    if (facts.odd_names > 0) {
      tell(Severity::kNote,
           cat(count_text(facts.odd_names, "file name"), " not in UTF-8, shown as \\xNN"), "");
    }
  }

  void test_split() {
    if (!set_.test_broken && in_.splits.size() > 1) return;
    if (set_.test_broken) {
      tell(Severity::kBad, cat("the test split cannot be opened: ", set_.no_test), "");
    } else if (set_.kind != "packed" && set_.kind != "idx") {
      tell(Severity::kNote, "there is no test set",
           "hold out a part for evaluation: data.test_every=5 takes every fifth");
    } else {
      tell(Severity::kNote, "there is no test set; evaluation needs one", "");
    }
  }

  const StoredSet& set_;
  Inspection& in_;
  const SplitReport& train_;
};

}  // namespace

void add_findings(const StoredSet& set, Inspection& inspection) {
  if (!inspection.splits.empty()) Judge(set, inspection).all();
}

std::string count_text(std::int64_t count, std::string_view one, std::string_view many) {
  const std::string others = many.empty() ? cat(one, "s") : std::string(many);
  return cat(grouped(count), " ", count == 1 ? std::string(one) : others);
}

std::string samples_text(const Inspection& inspection, std::int64_t count) {
  if (!inspection.images) return count_text(count, "sample");
  return count_text(count,
                    inspection.kind == "folder" || inspection.kind == "zip" ? "picture" : "image");
}

std::string samples_do(const Inspection& inspection, std::int64_t count, std::string_view one,
                       std::string_view several) {
  return cat(samples_text(inspection, count), " ", count == 1 ? one : several);
}

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string percent_text(std::int64_t part, std::int64_t all) {
  const double percent = all == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(all);
  char text[32];
  std::snprintf(text, sizeof text, percent != 0 && percent < 0.1 ? "%.2f %%" : "%.1f %%", percent);
  return text;
}

std::string names_text(const NamedSamples& samples, std::size_t most, bool reasons) {
  std::string out;
  const auto shown = std::min(most, samples.first.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [name, reason] = samples.first[i];
    out += cat(i == 0 ? "" : ", ", name, reasons && !reason.empty() ? cat(" (", reason, ")") : "");
  }
  const auto left = samples.count - static_cast<std::int64_t>(shown);
  return left > 0 && samples.first.size() > shown ? cat(out, ", ...") : out;
}

std::string picture_text(const PictureShape& shape) {
  const std::string colour = shape.channels == 1   ? "grey"
                             : shape.channels == 3 ? "RGB"
                             : shape.channels == 4 ? "RGBA"
                                                   : cat(shape.channels, " channels");
  return cat(shape.width, "x", shape.height, " ", colour);
}

}  // namespace saddle::data
