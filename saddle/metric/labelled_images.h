#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saddle/base/log.h"
#include "saddle/data/source.h"
#include "saddle/metric/batches.h"
#include "saddle/metric/classifier.h"
#include "saddle/metric/result.h"

namespace saddle::metric {

struct LabelledImagesOptions {
  std::int64_t n_fake = 10000;
  std::int64_t n_real = 10000;  ///< at most this many test images are the reference
  std::int64_t batch = 500;     ///< fakes asked for at a time; bounds the memory
  std::int64_t splits = 10;     ///< of the classifier score
  double sure = 0.9;            ///< a sample is sure when its largest probability is above this
  std::uint64_t seed = 0;       ///< of the baseline and of the order of the score's splits
  ClassifierOptions classifier{};
};

/// Which real images serve what; no image serves twice.
struct LabelledImagesSplit {
  IndexRange classifier;  ///< of the training set: the classifier learns from these
  IndexRange floor;       ///< of the training set: stand in for fakes in the floor
  IndexRange reference;   ///< of the test set
};

/// The first 60,000 training images (of an endless world: its first 60,000 draws) are divided: the
/// last min(n_real, a sixth) are the floor, those before train the classifier. MNIST: 50,000 and
/// 10,000. The reference is the first n_real test images. Throws Error(kInput) when a part is
/// empty.
LabelledImagesSplit labelled_images_split(const data::Source& train, const data::Source& test,
                                          std::int64_t n_real);

struct LabelledImagesReport {
  std::vector<MetricValue> metrics;
  std::string classifier;  ///< its description: architecture, weights, test accuracy
  double classifier_accuracy = 0;
  double classifier_cpu_seconds = 0;
  bool classifier_from_cache = false;
  std::vector<std::int64_t> counts_fake;       ///< [K] by the classifier
  std::vector<std::int64_t> counts_reference;  ///< [K] by the classifier
  double reference_sure = 0;                   ///< share of sure images in the test set
};

/// Judges generated images by a classifier trained on the real set:
/// - class_kl: KL(fakes || test images) between histograms of the predicted class, in nats;
/// - sure: share of fakes with a largest probability above `sure`;
/// - requested_class: share of fakes that show the class asked for (only when fakes have "label");
/// - classifier_score: the inception-type score on this classifier, mean over splits;
/// - classifier_frechet: the classifier Fréchet distance, on its 128 penultimate features. It is
/// not
///   FID: neither the network nor the scale is Inception's.
/// Each has the floor (unseen training images in place of the fakes) and a baseline: images whose
/// pixels are drawn independently, each from its own values in the training images.
/// Errors as Classifier::train_or_load and each_fake; kInput when n_fake is below `splits`.
LabelledImagesReport evaluate_labelled_images(const data::Source& train, const data::Source& test,
                                              const FakeSampler& fakes,
                                              const LabelledImagesOptions& options,
                                              const ClassifierProgressCallback& progress = {},
                                              const Log& log = {});

}  // namespace saddle::metric
