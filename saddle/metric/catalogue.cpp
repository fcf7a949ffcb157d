#include "saddle/metric/catalogue.h"

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::metric {

namespace {

constexpr Better kLow = Better::kLower;
constexpr Better kHigh = Better::kHigher;
constexpr Better kNo = Better::kNeither;

constexpr bool kOfTask = false;
constexpr bool kByName = true;
constexpr bool kNotWhileTraining = false;

constexpr MetricDoc kCatalogue[] = {
    // Two sets of features.
    {"fid", kLow, "Fréchet distance of Gaussians with the features' mean and covariance"},
    {"fid_inf", kLow, "the Fréchet distance extrapolated to infinitely many samples"},
    {"intra_fid", kLow, "mean over classes of the Fréchet distance within the class"},
    {"kid", kLow, "kernel distance: cubic kernel, unbiased, mean over subsets; may be negative"},
    {"kid_all", kLow, "the same on all samples at once"},
    {"mmd", kLow, "squared maximum mean discrepancy, Gaussian kernel, unbiased; may be negative"},
    {"mmd_biased", kLow, "the same with the diagonals, never negative"},
    {"mmd_mixture", kLow, "mmd summed over kernels 0.5, 1, 2 and 4 times as wide"},
    {"energy", kLow, "energy distance of the features, in their unit"},
    {"sliced_w2", kLow, "sliced 2-Wasserstein distance, in the features' unit"},
    {"precision", kHigh, "share of fakes inside the closed k-nearest-neighbour ball of a real"},
    {"recall", kHigh, "share of reals inside the closed k-nearest-neighbour ball of a fake"},
    {"f_score", kHigh, "harmonic mean of precision and recall"},
    {"density", kNo, "mean number of reals' open balls that hold a fake, over k; 1 is right"},
    {"coverage", kHigh, "share of reals whose open ball holds a fake"},
    {"precision_open", kHigh, "precision with open balls: copies do not count as inside"},
    {"recall_open", kHigh, "recall with open balls"},
    {"density_closed", kNo, "density with closed balls"},
    {"coverage_closed", kHigh, "coverage with closed balls"},
    {"diversity", kNo, "mean squared distance of two fakes' features of unit length"},
    {"diversity_ratio", kNo, "diversity over that of the real set; 1 is right"},
    {"c2st_1nn", kLow, "accuracy of telling real from fake by the nearest other row; 0.5 is right"},
    {"c2st_1nn_real", kNo, "the part of c2st_1nn that are real rows"},
    {"c2st_1nn_fake", kNo, "the part of c2st_1nn that are fake rows"},
    {"c2st_logistic", kLow, "held-out accuracy of a logistic regression between the sets"},
    {"c2st_logistic_auroc", kLow, "area under the ROC curve of the same; 0.5 is right"},
    // Memory and support.
    {"memorisation", kNo, "share of fakes nearer to the training set than to unseen reals"},
    {"memorisation_z", kNo, "Mann-Whitney z of distances to the training set; below -3: copies"},
    {"birthday", kHigh, "how many different samples there seem to be, from near-duplicate pairs"},
    // Classes.
    {"is", kHigh, "inception-type score: exp of the mean KL between class posterior and its mean"},
    {"cas", kHigh, "accuracy on real data of a logistic regression that learnt from fakes"},
    {"cas_1nn", kHigh, "the same of the class of the nearest fake"},
    {"cas_5nn", kHigh, "the same of a vote of the five nearest fakes"},
    {"auroc", kHigh, "area under the ROC curve of scores; ties count one half", kByName,
     kNotWhileTraining},
    {"average_precision", kHigh, "mean precision over the thresholds of scores", kByName,
     kNotWhileTraining},
    {"class_kl", kLow, "KL of the predicted classes' histogram from the real one, nats", kOfTask},
    {"sure", kHigh, "share of samples that a classifier is sure of", kOfTask},
    {"requested_class", kHigh, "share of samples that show the class asked for", kOfTask},
    {"classifier_score", kHigh, "inception-type score on the set's own classifier", kOfTask},
    {"classifier_frechet", kLow, "Fréchet distance on the features of the set's own classifier",
     kOfTask},
    // Generators.
    {"ppl", kLow, "perceptual path length: mean squared feature change a latent step, squared",
     kByName, kNotWhileTraining},
    // Pairs of images.
    {"psnr", kHigh, "peak signal-to-noise ratio of image pairs, dB, all channels", kByName,
     kNotWhileTraining},
    {"psnr_y", kHigh, "the same on luma", kByName, kNotWhileTraining},
    {"ssim", kHigh, "structural similarity of image pairs, mean over channels", kByName,
     kNotWhileTraining},
    {"ssim_y", kHigh, "the same on luma", kByName, kNotWhileTraining},
    {"ms_ssim", kHigh, "multi-scale structural similarity of image pairs", kByName,
     kNotWhileTraining},
    {"ms_ssim_y", kHigh, "the same on luma", kByName, kNotWhileTraining},
    {"perceptual", kLow, "distance of image pairs on an extractor's feature maps; not LPIPS",
     kByName, kNotWhileTraining},
    // Worlds with known modes.
    {"modes", kHigh, "modes with at least one high-quality sample", kByName, kNotWhileTraining},
    {"high_quality", kNo, "share of samples within 3 sd of a mode", kByName, kNotWhileTraining},
    {"reverse_kl", kLow, "KL of the shares of the modes from equal shares, nats", kByName,
     kNotWhileTraining},
    {"reverse_kl_hq", kLow, "the same, high-quality samples only", kByName, kNotWhileTraining},
    {"radius_ratio", kNo, "mean radius of high-quality samples over the mode's sd", kByName,
     kNotWhileTraining},
    {"on_support", kHigh, "share of samples where the true density is not tiny", kOfTask},
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

}  // namespace saddle::metric
