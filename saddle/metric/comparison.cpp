#include "saddle/metric/comparison.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "saddle/base/summary.h"
#include "saddle/base/text.h"
#include "saddle/metric/batches.h"
#include "saddle/tensor/device.h"

namespace saddle::metric {

namespace {

constexpr std::int64_t kFewestFloorRows = 4;
constexpr std::size_t kNearestKept = 24;

std::int64_t samples_of(const SampleSet& set, std::int64_t n) {
  if (set.endless()) return n > 0 ? n : kGeneratedSamples;
  return n > 0 ? std::min(n, set.size()) : set.size();
}

std::shared_ptr<const FeatureRows> rows_of(const at::Tensor& x, const SampleSet& set) {
  return std::make_shared<FeatureRows>(x, "eval", set.name());
}

std::vector<NearestPair> closest(std::vector<NearestPair> pairs) {
  std::ranges::sort(pairs, {}, &NearestPair::distance);
  pairs.resize(std::min(pairs.size(), kNearestKept));
  return pairs;
}

/// Finite samples that give no number, nor a word why, gave sums beyond the range of doubles.
Reading checked(Reading reading) {
  if (!std::isfinite(reading.value) && reading.warning.empty()) {
    reading.warning = cat(kNotMeasured, "sums leave the range of doubles; scale the features");
  }
  if (reading.warning.starts_with(kNotMeasured)) reading.value = reading.spread = kNone;
  return reading;
}

void set_floor(MetricValue& value, const std::vector<std::vector<Reading>>& floors, std::size_t i,
               bool biased_up) {
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

}  // namespace

const Measure* measure_of(std::string_view name) {
  for (const Measure& measure : measures()) {
    if (std::ranges::find(measure.names, name) != measure.names.end()) return &measure;
  }
  return nullptr;
}

Comparison::Comparison(const EvaluationRequest& request) : request_(request) {
  bool any = false;
  for (const std::string& name : request.metrics) {
    const Measure* measure = measure_of(name);
    any |= measure != nullptr;
    if (measure != nullptr) needs_ |= measure->needs;
  }
  if (any) read();
}

void Comparison::run(const Measure& measure, Evaluation& out) const {
  require(measure);
  std::vector<Reading> readings = measured(measure, sides_, key_, /*aside=*/false);
  const bool asides = request_.asides;
  const bool of_fakes = measure.baseline == BaselineKind::kShuffledLogits;
  const auto floors = asides ? floor_readings(measure) : std::vector<std::vector<Reading>>();
  const auto baseline = asides || of_fakes ? baseline_readings(measure) : std::vector<Reading>();
  for (std::size_t i = 0; i < readings.size(); ++i) {
    if (!readings[i].nearest.empty()) out.nearest = closest(std::move(readings[i].nearest));
    if (std::ranges::find(request_.metrics, readings[i].name) == request_.metrics.end()) continue;
    const Reading reading = checked(std::move(readings[i]));
    out.incomplete |= reading.warning.starts_with(kNotMeasured);
    out.metrics.push_back(value_of(measure, reading, !floors.empty()));
    MetricValue& value = out.metrics.back();
    set_floor(value, floors, i, measure.falls_with_n && !floor_at_same_n());
    if (!baseline.empty()) value.baseline = baseline[i].value;
  }
}

void Comparison::append_failed(const Measure& measure, const Error& error, Evaluation& out) const {
  out.incomplete = true;
  for (const std::string_view name : measure.names) {
    if (std::ranges::find(request_.metrics, name) == request_.metrics.end()) continue;
    out.metrics.push_back(value_of(
        measure, {.name = name, .warning = cat(kNotMeasured, error.what())}, /*floor=*/false));
  }
}

std::vector<Reading> Comparison::measured(const Measure& measure, const Sides& sides,
                                          const RandomKey& key, bool aside) const {
  try {
    return measure.run(sides, {request_.settings, key, aside, request_.metrics});
  } catch (const c10::Error& error) {
    if (is_out_of_memory(error)) throw;
    const std::string text = error.what_without_backtrace();
    throw Error(ErrorCode::kNumeric, measure.names.front(), text.substr(0, text.find('\n')));
  }
}

SetFeatures Comparison::features(const SampleSet& set, std::int64_t n) const {
  return features_of(set, n, request_.extractor.get(), request_.cache.get(), request_.log);
}

void Comparison::read() {
  n_fake_ = samples_of(*request_.fake, request_.n);
  const SetFeatures fake = features(*request_.fake, n_fake_);
  sides_.fake = rows_of(fake.features, *request_.fake);
  sides_.fake_labels = fake.labels;
  sides_.fake_logits = request_.fake->images() ? fake.logits : fake.features;
  if (request_.real) read_real();
  if (request_.train && (needs_ & kMayUseTrain) != 0) {
    // Of a world without end as many as of the others, so that neither side is thinned.
    const std::int64_t n =
        request_.train->endless() ? std::max(n_real_, n_fake_) : request_.train->size();
    const SetFeatures train = features(*request_.train, n);
    sides_.train = rows_of(train.features, *request_.train);
    sides_.train_labels = train.labels;
  }
}

void Comparison::read_real() {
  require_one_shape();
  if (!request_.real->identity().empty() &&
      request_.real->identity() == request_.fake->identity()) {
    request_.log.warning("real and generated samples are the same ones: every metric praises them");
  }
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
  throw Error(ErrorCode::kInput, "eval",
              cat(request_.real->name(), " gives ", real_width, " numbers a sample, ",
                  request_.fake->name(), " ", width, ": expected as many; compare rows with rows ",
                  "of the same features, or images with images"));
}

void Comparison::require_one_shape() const {
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

std::pair<std::int64_t, std::int64_t> Comparison::floor_sizes() const {
  const std::int64_t all = all_real_.features.size(0);
  if (all >= n_real_ + n_fake_) return {n_real_, n_fake_};
  return {all / 2, all / 2};
}

bool Comparison::floor_at_same_n() const {
  return floor_sizes() == std::pair{n_real_, n_fake_};
}

std::optional<Sides> Comparison::real_parts(std::int64_t split) const {
  const auto [first, second] = floor_sizes();
  if (first + second < kFewestFloorRows) return std::nullopt;
  const at::Tensor order = random_order(key_.fork("floor").fork(static_cast<std::uint64_t>(split)),
                                        all_real_.features.size(0));
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

std::optional<std::vector<Reading>> Comparison::aside(const Measure& measure, const Sides& sides,
                                                      const RandomKey& key,
                                                      std::string_view what) const {
  try {
    return measured(measure, sides, key, /*aside=*/true);
  } catch (const Error& error) {
    request_.log.warning(cat("no ", what, " of ", measure.names.front(), ": ", error.message()));
    return std::nullopt;
  }
}

std::vector<std::vector<Reading>> Comparison::floor_readings(const Measure& m) const {
  const std::int64_t splits = request_.settings.floor.splits;
  if (m.floor == FloorKind::kNone || !sides_.real || splits == 0) return {};
  std::vector<std::vector<Reading>> out;
  if (m.floor == FloorKind::kRealParts) {
    for (std::int64_t split = 0; split < splits; ++split) {
      const auto parts = real_parts(split);
      if (!parts) break;
      auto readings = aside(m, *parts, key_.fork("floor"), "floor");
      if (!readings) return {};
      out.push_back(std::move(*readings));
    }
    return out;
  }
  Sides sides = sides_;
  if (m.floor == FloorKind::kTrainingSet) {
    if (!sides_.train || !sides_.train_labels.defined()) return {};
    // As many as there are fakes: more to learn from would be an advantage.
    const at::Tensor some = random_order(key_.fork("training rows"), sides_.train->size())
                                .narrow(0, 0, std::min(n_fake_, sides_.train->size()));
    sides.fake = rows_of(sides_.train->rows().index_select(0, some), *request_.train);
    sides.fake_labels = sides_.train_labels.index_select(0, some);
  } else {
    if (!sides_.real_logits.defined()) return {};
    sides.fake_logits = sides_.real_logits;
  }
  if (auto readings = aside(m, sides, key_, "floor")) out.push_back(std::move(*readings));
  return out;
}

std::vector<Reading> Comparison::baseline_readings(const Measure& m) const {
  Sides sides = sides_;
  const RandomKey key = key_.fork("baseline");
  switch (m.baseline) {
    case BaselineKind::kNone:
      return {};
    case BaselineKind::kIndependent:
      if (!sides_.real) return {};
      sides.fake = independent_rows();
      break;
    case BaselineKind::kTrainingRows:
      sides.fake =
          rows_of(sides_.train->rows().narrow(0, 0, std::min(n_fake_, sides_.train->size())),
                  *request_.train);
      break;
    case BaselineKind::kShuffledLogits:
      sides.fake_logits = independent_places(sides_.fake_logits, n_fake_, key);
      break;
  }
  return aside(m, sides, key, "baseline").value_or(std::vector<Reading>());
}

std::shared_ptr<const FeatureRows> Comparison::independent_rows() const {
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
  const auto set =
      generated_set(draw, "independent pixels",
                    real.empty() ? "" : cat("independent pixels of ", images.size(0), " of ", real),
                    request_.seed);
  independent_ = rows_of(
      features_of(*set, n_fake_, request_.extractor.get(), request_.cache.get(), request_.log)
          .features,
      *set);
  return independent_;
}

}  // namespace saddle::metric
