#include "saddle/metric/pair_measures.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/summary.h"
#include "saddle/base/text.h"
#include "saddle/loader/picture.h"
#include "saddle/metric/array_spec.h"
#include "saddle/metric/catalogue.h"
#include "saddle/metric/image_quality.h"
#include "saddle/metric/perceptual.h"

namespace saddle::metric {

namespace {

constexpr std::int64_t kPairsRead = 64;  // bounds the memory of large pictures

using PairScores = std::vector<double> (*)(const EvaluationRequest&, const at::Tensor&,
                                           const at::Tensor&, PairChannels);

PairOptions pair_options(const EvaluationRequest& request, PairChannels channels) {
  return {.border = request.settings.pairs.border, .channels = channels};
}

std::vector<double> psnr_scores(const EvaluationRequest& request, const at::Tensor& a,
                                const at::Tensor& b, PairChannels channels) {
  return psnr(a, b, pair_options(request, channels));
}
std::vector<double> ssim_scores(const EvaluationRequest& request, const at::Tensor& a,
                                const at::Tensor& b, PairChannels channels) {
  return ssim(a, b, pair_options(request, channels), request.settings.pairs.window);
}
std::vector<double> ms_ssim_scores(const EvaluationRequest& request, const at::Tensor& a,
                                   const at::Tensor& b, PairChannels channels) {
  return ms_ssim(a, b, pair_options(request, channels));
}
std::vector<double> perceptual_scores(const EvaluationRequest& request, const at::Tensor& a,
                                      const at::Tensor& b, PairChannels) {
  if (!request.extractor) {
    throw Error(ErrorCode::kUsage, "perceptual",
                "the distance is that of an extractor's feature maps; give --extractor");
  }
  return perceptual_distances(*request.extractor, a, b);
}

struct PairMeasure {
  std::string_view name;
  PairScores scores;
  PairChannels channels;
  std::string_view doc;
};

constexpr std::string_view kPeak =
    "peak 255, MSE over all pixels and channels; identical images give inf";
constexpr std::string_view kSimilar =
    "C1 = (.01 255)^2, C2 = (.03 255)^2, valid positions only, mean over positions";
constexpr std::string_view kScales =
    "five scales, 2 x 2 means between them, 11 x 11 Gaussian window of sigma 1.5";

constexpr PairMeasure kPairMeasures[] = {
    {"psnr", psnr_scores, PairChannels::kAll, kPeak},
    {"psnr_y", psnr_scores, PairChannels::kLuma, kPeak},
    {"ssim", ssim_scores, PairChannels::kAll, kSimilar},
    {"ssim_y", ssim_scores, PairChannels::kLuma, kSimilar},
    {"ms_ssim", ms_ssim_scores, PairChannels::kAll, kScales},
    {"ms_ssim_y", ms_ssim_scores, PairChannels::kLuma, kScales},
    {"perceptual", perceptual_scores, PairChannels::kAll,
     "maps of unit length over channels, squared difference, mean over positions, sum over maps"},
};

std::int64_t pairs_of(const EvaluationRequest& request, std::string_view name) {
  if (!request.real || !request.real->images() || !request.fake->images()) {
    throw Error(ErrorCode::kUsage, "eval",
                cat("metric '", name,
                    "' compares pairs of images; give arrays or folders of images "
                    "as --real and --fake"));
  }
  const std::int64_t n =
      request.n > 0 ? std::min(request.n, request.real->size()) : request.real->size();
  const bool endless = request.real->endless() || request.fake->endless();
  if (endless || (request.n == 0 && request.fake->size() != n) || request.fake->size() < n) {
    throw Error(
        ErrorCode::kInput, "eval",
        cat("metric '", name, "' compares pairs: got ", request.real->size(), " real images and ",
            request.fake->endless() ? std::string("a generator") : number(request.fake->size()),
            " fakes, expected as many, in the same order"));
  }
  return n;
}

MetricValue with_summary(MetricValue value) {
  const Summary summary = summary_of(value.parts);
  value.value = summary.mean;
  value.spread = summary.error;
  if (std::isinf(value.value)) value.warning = "some images are identical to their real ones";
  return value;
}

MetricValue pair_value(const EvaluationRequest& request, const PairMeasure& m) {
  const std::int64_t n = pairs_of(request, m.name);
  MetricValue value{.name = std::string(m.name), .n_real = n, .n_fake = n};
  MetricValue flat = value;  // every image replaced by its mean colour
  for (std::int64_t first = 0; first < n; first += kPairsRead) {
    const std::int64_t count = std::min(kPairsRead, n - first);
    const at::Tensor a = data::image_bytes(request.real->read_paired(first, count));
    const at::Tensor b = data::image_bytes(request.fake->read_paired(first, count));
    const at::Tensor mean =
        a.to(at::kDouble).mean({2, 3}, true).round().to(at::kByte).expand_as(a).contiguous();
    std::ranges::copy(m.scores(request, a, b, m.channels), std::back_inserter(value.parts));
    std::ranges::copy(m.scores(request, a, mean, m.channels), std::back_inserter(flat.parts));
  }
  value = with_summary(std::move(value));
  value.baseline = with_summary(std::move(flat)).value;
  const PairSettings& settings = request.settings.pairs;
  value.conditions = {{"metric", cat(m.name, "/1")}, {"border", number(settings.border)}};
  if (m.scores == ssim_scores) {
    value.conditions.emplace_back(
        "window", std::string(PairSettings::kWindows[static_cast<std::size_t>(settings.window)]));
  }
  if (m.scores == perceptual_scores) {
    value.conditions.emplace_back("features", request.extractor->name());
  }
  value.conditions.emplace_back("real samples", request.real->identity());
  value.conditions.emplace_back("n", number(n));
  value.protocol = cat(find_metric_doc(m.name)->doc, "; ", m.doc, "; u8 images, ", settings.border,
                       " pixels cut from each side; float64; parts: each pair; spread: standard "
                       "error of the mean; baseline: each image replaced by its mean colour; ",
                       n, " pairs of ", request.real->name(), " and ", request.fake->name());
  return value;
}

MetricValue path_value(const EvaluationRequest& request) {
  if (!request.path.images || !request.path.extractor) {
    throw Error(ErrorCode::kUsage, "ppl",
                "path length is that of a generator of images: give a run or a TorchScript "
                "generator as --fake");
  }
  const PathSettings& s = request.settings.ppl;
  const PathDistance distance = s.distance == PathMeasure::kMaps
                                    ? perceptual_path_distance(*request.path.extractor)
                                    : squared_feature_distance(*request.path.extractor);
  std::vector<double> steps;
  if (s.z0.empty() != s.z1.empty()) {
    throw Error(ErrorCode::kUsage, "ppl", "got one of ppl.z0 and ppl.z1, expected both or none");
  }
  if (s.z0.empty()) {
    steps = path_distances(request.path.latent_size, request.path.images, distance,
                           {.n = s.n, .eps = s.eps, .kind = s.path, .seed = request.seed});
  } else {
    steps =
        path_distances(read_array(s.z0), read_array(s.z1), s.eps, request.path.images, distance);
  }
  const PathLength length = path_length(steps, s.low, s.high);
  MetricValue value{.name = "ppl",
                    .value = length.mean,
                    .spread = length.sd,
                    .n_fake = length.n,
                    .parts = {length.trimmed_mean, static_cast<double>(length.kept)}};
  const std::string ends = cat(number(s.low), " to ", number(s.high));
  value.conditions = {
      {"metric", "ppl/1"},
      {"path", std::string(kPathKindWords[static_cast<std::size_t>(s.path)])},
      {"eps", number(s.eps)},
      {"distance", std::string(PathSettings::kMeasures[static_cast<std::size_t>(s.distance)])},
      {"features", request.path.extractor->name()}};
  if (!s.z0.empty()) value.conditions.emplace_back("starts", given_array(s.z0));
  if (!s.z1.empty()) value.conditions.emplace_back("ends", given_array(s.z1));
  value.protocol =
      cat(find_metric_doc("ppl")->doc, "; steps of ", number(s.eps), ", ", length.n,
          " of them; parts: mean of the steps between the percentiles ", ends,
          ", how many they are; spread: population sd; ", request.path.extractor->protocol(),
          "; generator ", request.fake->name(), "; seed ", request.seed);
  return value;
}

}  // namespace

std::vector<std::string_view> pair_metric_names() {
  std::vector<std::string_view> names;
  for (const PairMeasure& m : kPairMeasures) names.push_back(m.name);
  names.emplace_back("ppl");
  return names;
}

bool is_pair_metric(std::string_view name) {
  return std::ranges::count(pair_metric_names(), name) > 0;
}

void append_pair_metrics(const EvaluationRequest& request, std::vector<MetricValue>& values,
                         std::vector<Error>& failures) {
  for (const std::string& name : request.metrics) {
    const auto row = std::ranges::find(kPairMeasures, name, &PairMeasure::name);
    if (name != "ppl" && row == std::end(kPairMeasures)) continue;
    try {
      values.push_back(name == "ppl" ? path_value(request) : pair_value(request, *row));
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kUsage) throw;
      failures.push_back(error);
      values.push_back({.name = name, .warning = cat("not measured: ", error.what())});
    }
  }
}

}  // namespace saddle::metric
