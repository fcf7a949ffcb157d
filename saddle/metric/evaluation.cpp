#include "saddle/metric/evaluation.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "saddle/base/error.h"
#include "saddle/base/summary.h"
#include "saddle/base/text.h"
#include "saddle/metric/batches.h"
#include "saddle/metric/catalogue.h"
#include "saddle/metric/measure.h"
#include "saddle/metric/pair_measures.h"
#include "saddle/metric/set_features.h"

namespace saddle::metric {

namespace {

constexpr std::int64_t kFewestFloorRows = 4;
constexpr std::size_t kNearestKept = 24;
constexpr std::int64_t kMarginalSamples = 2000;

const Measure* measure_of(std::string_view name) {
  for (const Measure& measure : measures()) {
    if (std::ranges::find(measure.names, name) != measure.names.end()) return &measure;
  }
  return nullptr;
}

void need(bool there, std::string_view metric, std::string_view what, std::string_view flag) {
  if (there) return;
  throw Error(ErrorCode::kUsage, "eval",
              cat("metric '", metric, "' needs ", what, "; give ", flag));
}

std::int64_t samples_of(const SampleSet& set, std::int64_t n) {
  if (set.endless()) return n > 0 ? n : kGeneratedSamples;
  return n > 0 ? std::min(n, set.size()) : set.size();
}

/// Everything a request is about, read once.
class Comparison {
 public:
  explicit Comparison(const EvaluationRequest& request) : request_(request) {
    for (const std::string& name : request.metrics) {
      if (const Measure* measure = measure_of(name)) needs_ |= measure->needs;
    }
    const bool any = std::ranges::any_of(
        request.metrics, [](const std::string& name) { return measure_of(name) != nullptr; });
    if (any) read();
  }

  /// All metrics of the request that this measure gives.
  void run(const Measure& measure, Evaluation& out) const {
    require(measure);
    const std::vector<Reading> readings = measure.run(sides_, asked(key_, /*aside=*/false));
    const bool asides = request_.asides;
    const bool of_fakes = measure.baseline == BaselineKind::kShuffledLogits;
    const auto floors = asides ? floor_readings(measure) : std::vector<std::vector<Reading>>();
    const auto baseline = asides || of_fakes ? baseline_readings(measure) : std::vector<Reading>();
    for (std::size_t i = 0; i < readings.size(); ++i) {
      if (!readings[i].nearest.empty()) out.nearest = closest(readings[i].nearest);
      if (std::ranges::find(request_.metrics, readings[i].name) == request_.metrics.end()) continue;
      out.metrics.push_back(value_of(measure, readings[i], !floors.empty()));
      MetricValue& value = out.metrics.back();
      set_floor(value, floors, i, measure.falls_with_n && !floor_at_same_n());
      if (!baseline.empty()) value.baseline = baseline[i].value;
    }
  }

  /// The metrics of the request that this measure could not give.
  void append_failed(const Measure& measure, const Error& error,
                     std::vector<MetricValue>& out) const {
    for (const std::string_view name : measure.names) {
      if (std::ranges::find(request_.metrics, name) == request_.metrics.end()) continue;
      out.push_back(value_of(measure,
                             {.name = name, .warning = cat("not measured: ", error.what())},
                             /*floor=*/false));
    }
  }

 private:
  Asked asked(const RandomKey& key, bool aside) const {
    return {request_.settings, key, aside, request_.metrics};
  }

  static std::vector<NearestPair> closest(std::vector<NearestPair> pairs) {
    std::ranges::sort(pairs, {}, &NearestPair::distance);
    pairs.resize(std::min(pairs.size(), kNearestKept));
    return pairs;
  }

  static std::shared_ptr<const FeatureRows> rows_of(const at::Tensor& x, const SampleSet& set) {
    return std::make_shared<FeatureRows>(x, "eval", set.name());
  }

  void read() {
    const Extractor* extractor = request_.extractor.get();
    const auto features = [&](const SampleSet& set, std::int64_t n) {
      return features_of(set, n, extractor, request_.cache.get(), request_.log);
    };
    n_fake_ = samples_of(*request_.fake, request_.n);
    const SetFeatures fake = features(*request_.fake, n_fake_);
    sides_.fake = rows_of(fake.features, *request_.fake);
    sides_.fake_labels = fake.labels;
    sides_.fake_logits = request_.fake->images() ? fake.logits : fake.features;
    if (request_.real) read_real(features);
    if (request_.train && (needs_ & kMayUseTrain) != 0) {
      const SetFeatures train = features(*request_.train, samples_of(*request_.train, 0));
      sides_.train = rows_of(train.features, *request_.train);
      sides_.train_labels = train.labels;
    }
  }

  template <class Features>
  void read_real(const Features& features) {
    require_one_shape();
    n_real_ = samples_of(*request_.real, request_.n);
    // As many again as there are fakes, where the set has them, for a floor at the same n.
    const bool floor = request_.asides && request_.settings.floor.splits > 0;
    const std::int64_t more = floor ? n_fake_ : 0;
    const std::int64_t all =
        request_.real->endless() ? n_real_ + more : std::min(request_.real->size(), n_real_ + more);
    const SetFeatures real = features(*request_.real, all);
    all_real_ = real;
    sides_.real = rows_of(real.features.narrow(0, 0, n_real_), *request_.real);
    if (real.labels.defined()) sides_.real_labels = real.labels.narrow(0, 0, n_real_);
    const at::Tensor& logits = request_.real->images() ? real.logits : real.features;
    if (logits.defined()) sides_.real_logits = logits.narrow(0, 0, n_real_);
    const std::int64_t real_width = sides_.real->dimension(), width = sides_.fake->dimension();
    if (real_width == width) return;
    throw Error(
        ErrorCode::kInput, "eval",
        cat(request_.real->name(), " gives ", real_width, " numbers a sample, ",
            request_.fake->name(), " ", width, ": expected as many; compare rows with rows ",
            "of the same features, or images with images"));
  }

  /// Networks give as many features for images of other sizes or channels, which are others.
  void require_one_shape() const {
    const auto &real = request_.real->shape(), &fake = request_.fake->shape();
    if (real == fake || !request_.real->images() || !request_.fake->images()) return;
    const std::string& how = request_.extractor ? request_.extractor->name() : std::string();
    const bool resized = how.find("resized to") != std::string::npos;
    const bool one_colour = how.find("channels") != std::string::npos;
    if ((resized || (real[1] == fake[1] && real[2] == fake[2])) &&
        (one_colour || real[0] == fake[0])) {
      return;
    }
    throw Error(ErrorCode::kInput, "eval",
                cat("images: ", request_.real->name(), " holds ", shape_text(real), " and ",
                    request_.fake->name(), " ", shape_text(fake),
                    ", expected one size; try --set extractor.resize=SIDE, or "
                    "extractor.channels=3 for grey ones"));
  }

  void require(const Measure& m) const {
    const std::string_view name = m.names.front();
    if (m.needs & kNeedsReal) need(sides_.real != nullptr, name, "real samples", "--real");
    if (m.needs & kNeedsTrain) {
      need(sides_.train != nullptr, name, "the training set, and unseen samples as --real",
           "--train");
      if (sides_.real != nullptr && !request_.real->identity().empty() &&
          request_.real->identity() == request_.train->identity()) {
        throw Error(ErrorCode::kUsage, "eval",
                    cat("metric '", name,
                        "' needs samples that the generator never saw: the real "
                        "set is the training set; give others with --real"));
      }
    }
    if (m.needs & kNeedsRealLabels) {
      need(sides_.real_labels.defined(), name, "labels of the real samples", "--real-labels");
    }
    if (m.needs & kNeedsFakeLabels) {
      need(sides_.fake_labels.defined(), name, "labels of the fakes", "--fake-labels");
    }
    if (m.needs & kNeedsLogits) {
      need(sides_.fake_logits.defined(), name, "logits of classes",
           "rows of logits as --fake, or an --extractor that gives logits");
    }
  }

  /// Rows of the real set in two parts: as many as real and fake rows where there are enough, else
  /// two halves.
  std::pair<std::int64_t, std::int64_t> floor_sizes() const {
    const std::int64_t all = all_real_.features.size(0);
    if (all >= n_real_ + n_fake_) return {n_real_, n_fake_};
    return {all / 2, all / 2};
  }

  bool floor_at_same_n() const { return floor_sizes() == std::pair{n_real_, n_fake_}; }

  std::optional<Sides> real_parts(std::int64_t split) const {
    const auto [first, second] = floor_sizes();
    if (first + second < kFewestFloorRows) return std::nullopt;
    const at::Tensor order = random_order(
        key_.fork("floor").fork(static_cast<std::uint64_t>(split)), all_real_.features.size(0));
    const at::Tensor a = order.narrow(0, 0, first), b = order.narrow(0, first, second);
    Sides parts;
    parts.real = rows_of(all_real_.features.index_select(0, a), *request_.real);
    parts.fake = rows_of(all_real_.features.index_select(0, b), *request_.real);
    parts.train = sides_.train;
    parts.train_labels = sides_.train_labels;
    if (all_real_.labels.defined()) {
      parts.real_labels = all_real_.labels.index_select(0, a);
      parts.fake_labels = all_real_.labels.index_select(0, b);
    }
    return parts;
  }

  std::vector<std::vector<Reading>> floor_readings(const Measure& m) const {
    std::vector<std::vector<Reading>> out;
    if (m.floor == FloorKind::kNone || !sides_.real) return out;
    const std::int64_t splits = request_.settings.floor.splits;
    if (m.floor == FloorKind::kTrainingSet) {
      if (splits == 0 || !sides_.train || !sides_.train_labels.defined()) return out;
      Sides learnt = sides_;
      // As many as there are fakes: more to learn from would be an advantage.
      const at::Tensor some = random_order(key_.fork("training rows"), sides_.train->size())
                                  .narrow(0, 0, std::min(n_fake_, sides_.train->size()));
      learnt.fake = rows_of(sides_.train->rows().index_select(0, some), *request_.train);
      learnt.fake_labels = sides_.train_labels.index_select(0, some);
      out.push_back(m.run(learnt, asked(key_, /*aside=*/true)));
      return out;
    }
    if (m.floor == FloorKind::kRealLogits) {
      if (splits == 0 || !sides_.real_logits.defined()) return out;
      Sides real;
      real.fake_logits = sides_.real_logits;
      out.push_back(m.run(real, asked(key_, /*aside=*/true)));
      return out;
    }
    for (std::int64_t split = 0; split < splits; ++split) {
      const auto parts = real_parts(split);
      if (!parts) break;
      try {
        out.push_back(m.run(*parts, asked(key_.fork("floor"), /*aside=*/true)));
      } catch (const Error& error) {
        // Half of a set may be too small where the whole is not.
        request_.log.warning(cat("no floor of ", m.names.front(), ": ", error.message()));
        return {};
      }
    }
    return out;
  }

  std::vector<Reading> baseline_readings(const Measure& m) const {
    if (m.baseline == BaselineKind::kNone) return {};
    Sides sides = sides_;
    const RandomKey key = key_.fork("baseline");
    if (m.baseline == BaselineKind::kIndependent) {
      if (!sides_.real) return {};
      sides.fake = independent_rows();
    } else if (m.baseline == BaselineKind::kTrainingRows) {
      const std::int64_t n = std::min(n_fake_, sides_.train->size());
      sides.fake = rows_of(sides_.train->rows().narrow(0, 0, n), *request_.train);
    } else {
      sides.fake_logits = independent_places(sides_.fake_logits, n_fake_, key);
    }
    try {
      return m.run(sides, asked(key, /*aside=*/true));
    } catch (const Error& error) {
      request_.log.warning(cat("no baseline of ", m.names.front(), ": ", error.message()));
      return {};
    }
  }

  /// What a generator gives that knows each number's own distribution and nothing else: of images
  /// their pixels, else the features.
  std::shared_ptr<const FeatureRows> independent_rows() const {
    if (independent_) return independent_;
    const RandomKey key = key_.fork("baseline");
    if (!request_.real->images()) {
      independent_ = rows_of(independent_places(sides_.real->rows(), n_fake_, key), *request_.real);
      return independent_;
    }
    const at::Tensor images = request_.real->read(0, std::min(n_real_, kMarginalSamples)).at("x");
    const auto draw = [&images](const RandomKey& piece, std::int64_t n) {
      data::Batch batch;
      batch.set("x", independent_places(images, n, piece));
      return batch;
    };
    const std::string& real = request_.real->identity();
    const auto set = generated_set(
        draw, "independent pixels",
        real.empty() ? "" : cat("independent pixels of ", images.size(0), " of ", real),
        request_.seed);
    independent_ = rows_of(
        features_of(*set, n_fake_, request_.extractor.get(), request_.cache.get(), request_.log)
            .features,
        *set);
    return independent_;
  }

  static void set_floor(MetricValue& value, const std::vector<std::vector<Reading>>& floors,
                        std::size_t i, bool biased_up) {
    if (floors.empty()) return;
    std::vector<double> values;
    for (const auto& floor : floors) values.push_back(floor[i].value);
    const Summary summary = summary_of(values);
    value.floor = summary.mean;
    value.floor_spread = summary.sd;
    if (biased_up && value.value < value.floor && value.warning.empty()) {
      value.warning =
          "below its floor, which is of half the real samples and so biased up; give more real "
          "samples";
    }
  }

  std::string features_text() const {
    const SampleSet& set = *request_.fake;
    if (set.images()) return request_.extractor->protocol();
    return cat("features as given, ", sides_.fake->dimension(), " numbers a row");
  }

  static std::string set_text(std::string_view what, const SampleSet& set, std::int64_t n) {
    const std::string identity =
        set.identity().empty() ? "" : cat(" (", set.identity().substr(0, 23), ")");
    return cat("; ", what, ": ", n, " samples of ", set.name(), identity);
  }

  std::string sets_text() const {
    std::string text;
    if (request_.real) text += set_text("real", *request_.real, n_real_);
    return text + set_text("fakes", *request_.fake, n_fake_);
  }

  std::string floor_text(const Measure& m) const {
    if (m.floor != FloorKind::kRealParts) return "";
    const auto [first, second] = floor_sizes();
    return cat("; floor: mean over ", request_.settings.floor.splits,
               " random splits of the real set, ", first, " against ", second,
               floor_at_same_n() ? "" : " (its halves, biased as that many samples are)",
               ", spread: their sd");
  }

  std::string baseline_text(const Measure& m) const {
    std::string text;
    if ((m.needs & kMayUseTrain) != 0 && sides_.train) {
      text = set_text("training set", *request_.train, sides_.train->size());
    }
    if (m.baseline == BaselineKind::kIndependent && sides_.real) {
      text += cat("; baseline: each ", request_.real->images() ? "pixel" : "feature",
                  " drawn by itself from its values in the real set");
      if (request_.real->images() && n_real_ > kMarginalSamples) {
        text += cat(" (in ", kMarginalSamples, " of its images)");
      }
    } else if (m.baseline == BaselineKind::kTrainingRows) {
      text += "; baseline: rows of the training set itself";
    } else if (m.baseline == BaselineKind::kShuffledLogits) {
      text += "; baseline: each logit drawn by itself from its values among the fakes";
    }
    return text;
  }

  MetricValue value_of(const Measure& m, const Reading& reading, bool floor) const {
    MetricValue value{.name = std::string(reading.name),
                      .value = reading.value,
                      .spread = reading.spread,
                      .n_real = n_real_,
                      .n_fake = n_fake_,
                      .parts = reading.parts,
                      .warning = reading.warning};
    value.protocol = cat(find_metric_doc(reading.name)->doc, "; ", m.doc);
    value.conditions = {{"metric", cat(reading.name, "/1")}};
    for (const auto& condition : m.conditions(request_.settings)) {
      value.protocol += cat("; ", condition.first, ": ", condition.second);
      value.conditions.push_back(condition);
    }
    // What all metrics of a call share comes last, where a table prints it once.
    value.protocol += cat(baseline_text(m), "; ", features_text(), sets_text(),
                          floor ? floor_text(m) : "", "; seed ", request_.seed);
    value.conditions.emplace_back(
        "features", request_.fake->images() ? request_.extractor->name() : "as given");
    if (request_.real) {
      value.conditions.emplace_back("real samples", request_.real->identity());
      value.conditions.emplace_back("n of the real", number(n_real_));
    }
    value.conditions.emplace_back("n of the fakes", number(n_fake_));
    if ((m.needs & kMayUseTrain) != 0 && sides_.train) {
      value.conditions.emplace_back("training set", request_.train->identity());
      value.conditions.emplace_back("n of the training set", number(sides_.train->size()));
    }
    return value;
  }

  const EvaluationRequest& request_;
  unsigned needs_ = 0;
  RandomKey key_ = Streams(request_.seed).at("eval", 0).fork("measure");
  Sides sides_;
  SetFeatures all_real_;  ///< the reference first, then what the floor may take besides
  std::int64_t n_real_ = 0, n_fake_ = 0;
  mutable std::shared_ptr<const FeatureRows> independent_;  ///< of the baseline, once it is needed
};

}  // namespace

Evaluation evaluate_sets(const EvaluationRequest& request) {
  check_metric_names(request.metrics);
  const Comparison comparison(request);
  Evaluation found;
  std::vector<MetricValue>& values = found.metrics;
  std::vector<const Measure*> done;
  std::vector<Error> failures;
  for (const std::string& name : request.metrics) {
    const Measure* measure = measure_of(name);
    if (measure == nullptr || std::ranges::find(done, measure) != done.end()) continue;
    done.push_back(measure);
    try {
      comparison.run(*measure, found);
    } catch (const Error& error) {
      // Others may well be measured; a wrong request is wrong as a whole.
      if (error.code() == ErrorCode::kUsage) throw;
      failures.push_back(error);
      comparison.append_failed(*measure, error, values);
    }
  }
  append_pair_metrics(request, values, failures);
  const bool all_failed =
      std::ranges::all_of(values, [](const MetricValue& value) { return std::isnan(value.value); });
  if (!failures.empty() && all_failed) throw failures.front();
  found.incomplete = !failures.empty();
  std::vector<MetricValue> ordered;
  for (const std::string& name : request.metrics) {
    ordered.push_back(*std::ranges::find(values, name, &MetricValue::name));
  }
  found.metrics = std::move(ordered);
  return found;
}

}  // namespace saddle::metric
