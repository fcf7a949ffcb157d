#include "saddle/metric/catalogue.h"

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::metric {

namespace {

constexpr Better kLow = Better::kLower;
constexpr Better kHigh = Better::kHigher;
constexpr Better kNo = Better::kNeither;

constexpr Spread kNoSpread = Spread::kNone;
constexpr Spread kError = Spread::kStandardError;
constexpr Spread kSd = Spread::kDeviation;
constexpr Spread kPart = Spread::kPartialError;

constexpr bool kOfTask = false;
constexpr bool kByName = true;
constexpr bool kNotWhileTraining = false;

constexpr MetricDoc kCatalogue[] = {
    // Two sets of features.
    {"fid", kLow, kError, "Fréchet distance of Gaussians with the features' mean and covariance"},
    {"fid_inf", kLow, kPart, "the Fréchet distance extrapolated to infinitely many samples"},
    {"intra_fid", kLow, kNoSpread, "mean over classes of the Fréchet distance within the class"},
    {"kid", kLow, kSd,
     "kernel distance: cubic kernel, unbiased, mean over subsets; may be negative"},
    {"kid_all", kLow, kNoSpread, "the same on all samples at once"},
    {"mmd", kLow, kNoSpread,
     "squared maximum mean discrepancy, Gaussian kernel, unbiased; may be negative"},
    {"mmd_biased", kLow, kNoSpread, "the same with the diagonals, never negative"},
    {"mmd_mixture", kLow, kNoSpread, "mmd summed over kernels 0.5, 1, 2 and 4 times as wide"},
    {"energy", kLow, kNoSpread, "energy distance of the features, in their unit"},
    {"sliced_w2", kLow, kPart, "sliced 2-Wasserstein distance, in the features' unit"},
    {"precision", kHigh, kError,
     "share of fakes inside the closed k-nearest-neighbour ball of a real"},
    {"recall", kHigh, kError,
     "share of reals inside the closed k-nearest-neighbour ball of a fake"},
    {"f_score", kHigh, kNoSpread, "harmonic mean of precision and recall"},
    {"density", kNo, kNoSpread,
     "mean number of reals' open balls that hold a fake, over k; 1 is right"},
    {"coverage", kHigh, kError, "share of reals whose open ball holds a fake"},
    {"precision_open", kHigh, kError, "precision with open balls: copies do not count as inside"},
    {"recall_open", kHigh, kError, "recall with open balls"},
    {"density_closed", kNo, kNoSpread, "density with closed balls"},
    {"coverage_closed", kHigh, kError, "coverage with closed balls"},
    {"diversity", kNo, kNoSpread, "mean squared distance of two fakes' features of unit length"},
    {"diversity_ratio", kNo, kNoSpread, "diversity over that of the real set; 1 is right"},
    {"c2st_1nn", kLow, kError,
     "accuracy of telling real from fake by the nearest other row; 0.5 is right"},
    {"c2st_1nn_real", kNo, kError, "the part of c2st_1nn that are real rows"},
    {"c2st_1nn_fake", kNo, kError, "the part of c2st_1nn that are fake rows"},
    {"c2st_logistic", kLow, kError, "held-out accuracy of a logistic regression between the sets"},
    {"c2st_logistic_auroc", kLow, kNoSpread, "area under the ROC curve of the same; 0.5 is right"},
    // Memory and support.
    {"memorisation", kNo, kError,
     "share of fakes nearer to the training set than to unseen reals; copies if z agrees"},
    {"memorisation_z", kNo, kNoSpread,
     "Mann-Whitney z of distances to that set; below -3: copies if the share is high, or blur"},
    {"birthday", kHigh, kError,
     "order of magnitude of the number of different samples; tau is the caller's judgement"},
    // Classes.
    {"is", kHigh, kSd,
     "inception-type score: exp of the mean KL between class posterior and its mean"},
    {"cas", kHigh, kError, "accuracy on real data of a logistic regression that learnt from fakes"},
    {"cas_1nn", kHigh, kError, "the same of the class of the nearest fake"},
    {"cas_5nn", kHigh, kError, "the same of a vote of the five nearest fakes"},
    {"auroc", kHigh, kNoSpread, "area under the ROC curve of scores; ties count one half", kByName,
     kNotWhileTraining},
    {"average_precision", kHigh, kNoSpread, "mean precision over the thresholds of scores", kByName,
     kNotWhileTraining},
    {"class_kl", kLow, kNoSpread, "KL of the predicted classes' histogram from the real one, nats",
     kOfTask},
    {"sure", kHigh, kError, "share of samples that a classifier is sure of", kOfTask},
    {"requested_class", kHigh, kError, "share of samples that show the class asked for", kOfTask},
    {"classifier_score", kHigh, kSd, "inception-type score on the set's own classifier", kOfTask},
    {"classifier_frechet", kLow, kNoSpread,
     "Fréchet distance on the features of the set's own classifier", kOfTask},
    // Generators.
    {"ppl", kLow, kSd, "perceptual path length: mean squared feature change a latent step, squared",
     kByName, kNotWhileTraining},
    // Pairs of images.
    {"psnr", kHigh, kError, "peak signal-to-noise ratio of image pairs, dB, all channels", kByName,
     kNotWhileTraining},
    {"psnr_y", kHigh, kError, "the same on luma", kByName, kNotWhileTraining},
    {"ssim", kHigh, kError, "structural similarity of image pairs, mean over channels", kByName,
     kNotWhileTraining},
    {"ssim_y", kHigh, kError, "the same on luma", kByName, kNotWhileTraining},
    {"ms_ssim", kHigh, kError, "multi-scale structural similarity of image pairs", kByName,
     kNotWhileTraining},
    {"ms_ssim_y", kHigh, kError, "the same on luma", kByName, kNotWhileTraining},
    {"perceptual", kLow, kError,
     "distance of image pairs on an extractor's feature maps; not LPIPS", kByName,
     kNotWhileTraining},
    // Worlds with known modes.
    {"modes", kHigh, kNoSpread, "modes with at least one high-quality sample", kByName,
     kNotWhileTraining},
    {"high_quality", kNo, kError, "share of samples within 3 sd of a mode", kByName,
     kNotWhileTraining},
    {"reverse_kl", kLow, kNoSpread, "KL of the shares of the modes from equal shares, nats",
     kByName, kNotWhileTraining},
    {"reverse_kl_hq", kLow, kNoSpread, "the same, high-quality samples only", kByName,
     kNotWhileTraining},
    {"radius_ratio", kNo, kNoSpread, "mean radius of high-quality samples over the mode's sd",
     kByName, kNotWhileTraining},
    {"on_support", kHigh, kError, "share of samples where the true density is not tiny", kOfTask},
};

}  // namespace

std::span<const MetricDoc> metric_catalogue() {
  return kCatalogue;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const MetricDoc& row : kCatalogue) {
    if (row.by_name) names.emplace_back(row.name);
  }
  return names;
}

void check_metric_names(std::span<const std::string> names) {
  if (names.empty()) {
    throw Error(ErrorCode::kUsage, "eval",
                "no metric is named; give --metrics fid,precision,recall, for example");
  }
  for (const std::string& name : names) {
    const MetricDoc* row = find_metric_doc(name);
    if (row != nullptr && row->by_name) continue;
    if (row == nullptr) {
      throw Error(ErrorCode::kUsage, "eval",
                  cat("unknown metric '", name, "'", suggestion(name, metric_names())));
    }
    throw Error(ErrorCode::kUsage, "eval",
                cat("metric '", name,
                    "' cannot be asked for by name: `saddle eval RUN` without "
                    "--metrics gives it for the data that it fits"));
  }
}

const MetricDoc* find_metric_doc(std::string_view name) {
  const auto found = std::ranges::find(kCatalogue, name, &MetricDoc::name);
  return found == std::end(kCatalogue) ? nullptr : &*found;
}

Spread spread_of(std::string_view metric) {
  const MetricDoc* doc = find_metric_doc(metric);
  return doc == nullptr ? Spread::kNone : doc->spread;
}

std::string_view spread_words(Spread spread) {
  constexpr std::string_view kWords[] = {"", "standard error", "sd", "partial error"};
  return kWords[static_cast<std::size_t>(spread)];
}

}  // namespace saddle::metric
