#include "saddle/metric/labelled_images.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/classes.h"
#include "saddle/metric/frechet.h"
#include "saddle/tensor/random.h"

namespace saddle::metric {

namespace {

constexpr std::int64_t kTrainingImages = 60000;
constexpr std::int64_t kMarginalImages = 2000;

/// What the classifier says about a set: moments of its features, logits, labels where it has them.
struct Judged {
  Moments moments{Classifier::kFeatures};
  std::vector<at::Tensor> logits, labels;

  void add(const Classifier& classifier, const data::Batch& batch) {
    const Classifier::Output out = classifier.run(batch.at("x"));
    moments.add(out.features);
    logits.push_back(out.logits);
    if (batch.has("label")) labels.push_back(batch.at("label").to(at::kLong));
  }
};

/// The numbers of one set against the reference; a set is the fakes, the floor or the baseline.
struct SetValues {
  double class_kl = kNone, sure = kNone, requested = kNone, frechet = kNone;
  SplitScore score{kNone, kNone};
  std::vector<std::int64_t> counts;
  std::string warning;
  std::int64_t n = 0;
};

SetValues values_of(const Judged& set, const Judged& reference, const LabelledImagesOptions& o) {
  const at::Tensor logits = at::cat(set.logits);
  SetValues v;
  v.n = logits.size(0);
  v.counts = class_histogram(logits);
  v.class_kl = class_histogram_kl(v.counts, class_histogram(at::cat(reference.logits)));
  v.sure = sure_share(logits, o.sure);
  if (!set.labels.empty()) v.requested = label_share(logits, at::cat(set.labels));
  // In a fixed random order, so that samples sorted by class do not empty the splits.
  const at::Tensor order = random_order(Streams(o.seed).at("eval", 0).fork("score order"), v.n);
  v.score = class_score(logits.index_select(0, order), std::min(o.splits, v.n));
  const FrechetResult frechet = frechet_distance(reference.moments, set.moments);
  v.frechet = frechet.value;
  v.warning = frechet.warning;
  return v;
}

Judged judge_source(const Classifier& classifier, const data::Source& source, IndexRange range,
                    const LabelledImagesOptions& o) {
  Judged set;
  each_real(source, range, o.batch, o.classifier.transform,
            [&](const data::Batch& batch) { set.add(classifier, batch); });
  return set;
}

/// A generator that knows each pixel's own distribution and nothing else; its labels are drawn
/// from those of the training images, without regard to the pixels.
FakeSampler independent_pixels(const data::Source& train, IndexRange range,
                               const LabelledImagesOptions& o) {
  std::vector<std::int64_t> indices(std::min(kMarginalImages, range.count));
  std::iota(indices.begin(), indices.end(), range.first);
  const data::Batch real = data::read_batch(train, indices);
  const at::Tensor images = evaluation_images(real.at("x"), o.classifier.transform);
  const at::Tensor labels = real.at("label").to(at::kLong);
  return [images, labels, seed = o.seed, move = std::uint64_t{0}](std::int64_t n) mutable {
    const RandomKey key = Streams(seed).at("eval", move++).fork("independent pixels");
    const auto options = at::TensorOptions().dtype(at::kLong);
    data::Batch batch;
    batch.set("x", independent_places(images, n, key));
    batch.set("label", labels.index_select(
                           0, random_integers(key.fork("label"), labels.size(0), {n}, options)));
    return batch;
  };
}

double share_error(double share, std::int64_t n) {
  return std::sqrt(share * (1 - share) / static_cast<double>(n));
}

struct Sets {
  SetValues fake, floor, baseline, reference;
};

std::string common_protocol(const Classifier& classifier, const Sets& sets,
                            const LabelledImagesSplit& split, const LabelledImagesOptions& o,
                            const data::Source& test) {
  const data::Transform& t = o.classifier.transform;
  const std::string padding =
      t.pad > 0 ? cat(", padded by ", t.pad, " pixels of ", t.pad_value) : std::string();
  return cat("classifier ", classifier.description(), "; images rounded to 8 bits", padding,
             "; reference: test images ", split.reference.first, "..",
             split.reference.first + split.reference.count - 1, " (",
             test.fingerprint().substr(0, 24), "); floor: training images ", split.floor.first,
             "..", split.floor.first + sets.floor.n - 1,
             ", unseen by the classifier, in place of the fakes; baseline: ", sets.baseline.n,
             " images of independent pixels");
}

std::vector<MetricValue> metric_list(const Sets& sets, const std::string& protocol,
                                     const LabelledImagesOptions& o) {
  const auto& [fake, floor, baseline, reference] = sets;
  const auto row = [&](std::string name, double SetValues::*member, double spread,
                       const std::string& what) {
    return MetricValue{.name = std::move(name),
                       .value = fake.*member,
                       .spread = spread,
                       .n_real = reference.n,
                       .n_fake = fake.n,
                       .floor = floor.*member,
                       .baseline = baseline.*member,
                       .protocol = cat(what, "; ", protocol)};
  };
  std::vector<MetricValue> list;
  list.push_back(row("class_kl", &SetValues::class_kl, kNone,
                     "KL(fake || real) in nats of the histograms of the predicted class, nothing "
                     "added to the counts"));
  list.push_back(row("sure", &SetValues::sure, share_error(fake.sure, fake.n),
                     cat("share of samples with a class probability above ", o.sure,
                         " (the test images: ", reference.sure, "); spread: standard error")));
  if (!std::isnan(fake.requested)) {
    list.push_back(row("requested_class", &SetValues::requested,
                       share_error(fake.requested, fake.n),
                       "share of samples that the classifier gives the class asked for; floor: the "
                       "images' own labels; spread: standard error"));
  }
  MetricValue score = row("classifier_score", &SetValues::sure, fake.score.sd,
                          cat("inception-type score on this classifier (not Inception), ", o.splits,
                              " splits in a random order (the test images: ", reference.score.mean,
                              "); spread: sd over splits"));
  score.value = fake.score.mean;
  score.floor = floor.score.mean;
  score.baseline = baseline.score.mean;
  list.push_back(std::move(score));
  list.push_back(row("classifier_frechet", &SetValues::frechet, kNone,
                     cat("classifier Fréchet distance on ", Classifier::kFeatures,
                         " penultimate features after ReLU (not FID), mean and covariance in "
                         "float64")));
  list.back().warning = fake.warning;
  return list;
}

}  // namespace

LabelledImagesSplit labelled_images_split(const data::Source& train, const data::Source& test,
                                          std::int64_t n_real) {
  const std::int64_t total = std::min(train.size(), kTrainingImages);
  const std::int64_t held = std::min(n_real, total / 6);
  LabelledImagesSplit split;
  split.classifier = {0, total - held};
  split.floor = {total - held, held};
  split.reference = {0, std::min(n_real, test.size())};
  if (held < 2 || split.reference.count < 2) {
    throw Error(ErrorCode::kInput, "metric",
                cat("labelled images: got ", total, " for training and ", split.reference.count,
                    " for the reference, expected at least 12 and 2"));
  }
  return split;
}

LabelledImagesReport evaluate_labelled_images(const data::Source& train, const data::Source& test,
                                              const FakeSampler& fakes,
                                              const LabelledImagesOptions& options,
                                              const ClassifierProgressCallback& progress,
                                              const Log& log) {
  if (options.n_fake < options.splits) {
    throw Error(ErrorCode::kInput, "metric",
                cat("generated images: got n ", options.n_fake, ", expected at least ",
                    options.splits, ", one for each split of the score"));
  }
  const LabelledImagesSplit split = labelled_images_split(train, test, options.n_real);
  const Classifier classifier = Classifier::train_or_load(
      train, split.classifier, test, split.reference, options.classifier, progress, log);
  Judged fake, baseline;
  each_fake(fakes, options.n_fake, options.batch,
            [&](const data::Batch& batch) { fake.add(classifier, batch); });
  each_fake(independent_pixels(train, split.classifier, options), options.n_fake, options.batch,
            [&](const data::Batch& batch) { baseline.add(classifier, batch); });
  const Judged reference = judge_source(classifier, test, split.reference, options);
  // As many as there are fakes, because the bias of the distance falls with n.
  const Judged floor = judge_source(
      classifier, train, {split.floor.first, std::min(split.floor.count, options.n_fake)}, options);
  const Sets sets{.fake = values_of(fake, reference, options),
                  .floor = values_of(floor, reference, options),
                  .baseline = values_of(baseline, reference, options),
                  .reference = values_of(reference, reference, options)};
  LabelledImagesReport report;
  report.metrics =
      metric_list(sets, common_protocol(classifier, sets, split, options, test), options);
  report.classifier = classifier.description();
  report.classifier_accuracy = classifier.accuracy();
  report.classifier_cpu_seconds = classifier.train_cpu_seconds();
  report.classifier_from_cache = classifier.from_cache();
  report.counts_fake = sets.fake.counts;
  report.counts_reference = sets.reference.counts;
  report.reference_sure = sets.reference.sure;
  return report;
}

}  // namespace saddle::metric
