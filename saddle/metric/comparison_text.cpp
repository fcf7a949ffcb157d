// What a comparison says of itself: its protocol, the conditions of its numbers, what it misses.
#include "saddle/base/text.h"
#include "saddle/metric/catalogue.h"
#include "saddle/metric/comparison.h"

namespace saddle::metric {

namespace {

void need(bool there, std::string_view metric, std::string_view what, std::string_view flag) {
  if (there) return;
  throw Error(ErrorCode::kUsage, "eval",
              cat("metric '", metric, "' needs ", what, "; give ", flag));
}

std::string set_text(std::string_view what, const SampleSet& set, std::int64_t n) {
  const std::string identity =
      set.identity().empty() ? "" : cat(" (", set.identity().substr(0, 23), ")");
  return cat("; ", what, ": ", n, " samples of ", set.name(), identity);
}

}  // namespace

void Comparison::require(const Measure& m) const {
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

std::string Comparison::features_text() const {
  const SampleSet& set = *request_.fake;
  if (set.images()) return request_.extractor->protocol();
  return cat("features as given, ", sides_.fake->dimension(), " numbers a row");
}

std::string Comparison::sets_text() const {
  std::string text;
  if (request_.real) text += set_text("real", *request_.real, n_real_);
  return text + set_text("fakes", *request_.fake, n_fake_);
}

std::string Comparison::floor_text(const Measure& m) const {
  if (m.floor != FloorKind::kRealParts) return "";
  const auto [first, second] = floor_sizes();
  return cat("; floor: mean over ", request_.settings.floor.splits,
             " random splits of the real set, ", first, " against ", second,
             floor_at_same_n() ? "" : " (its halves, biased as that many samples are)",
             ", spread: their sd");
}

std::string Comparison::baseline_text(const Measure& m) const {
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

MetricValue Comparison::value_of(const Measure& m, const Reading& reading, bool floor) const {
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
  value.conditions.emplace_back("features",
                                request_.fake->images() ? request_.extractor->name() : "as given");
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

}  // namespace saddle::metric
