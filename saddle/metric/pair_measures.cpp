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
#include "saddle/metric/measure.h"
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

void require_images(const EvaluationRequest& request, std::string_view name) {
  if (request.real && request.real->images() && request.fake->images()) return;
  throw Error(ErrorCode::kUsage, "eval",
              cat("metric '", name,
                  "' compares pairs of images; give arrays or folders of images "
                  "as --real and --fake"));
}

std::int64_t pair_count(const EvaluationRequest& request) {
  const std::int64_t all = std::min(request.real->size(), request.fake->size());
  return request.n > 0 ? std::min(request.n, all) : all;
}

void require_pairs(const EvaluationRequest& request, std::string_view name) {
  const std::int64_t n_real = request.real->size(), n_fake = request.fake->size();
  const bool endless = request.real->endless() || request.fake->endless();
  // A part of the larger set is meant only where it is asked for.
  const bool part = request.n > 0 && request.n <= std::min(n_real, n_fake);
  if (!endless && (n_real == n_fake || part)) return;
  throw Error(ErrorCode::kInput, "eval",
              cat("metric '", name, "' compares pairs: got ", n_real, " real images and ",
                  request.fake->endless() ? std::string("a generator") : number(n_fake),
                  " fakes, expected as many, in the same order"));
}

void set_summary(MetricValue& value) {
  const Summary summary = summary_of(value.parts);
  value.value = summary.mean;
  value.spread = summary.error;
  if (std::isinf(value.value)) value.warning = "some images are identical to their real ones";
}

/// All of it but the numbers.
MetricValue pair_frame(const EvaluationRequest& request, const PairMeasure& m) {
  const std::int64_t n = pair_count(request);
  MetricValue value{.name = std::string(m.name), .n_real = n, .n_fake = n};
  const PairSettings& settings = request.settings.pairs;
  value.conditions = {{"metric", cat(m.name, "/1")}, {"border", number(settings.border)}};
  if (m.scores == ssim_scores) {
    value.conditions.emplace_back(
        "window", std::string(PairSettings::kWindows[static_cast<std::size_t>(settings.window)]));
  }
  if (m.scores == perceptual_scores && request.extractor) {
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

void measure_pairs(const EvaluationRequest& request, const PairMeasure& m, MetricValue& value) {
  require_pairs(request, m.name);
  MetricValue flat;  // every image replaced by its mean colour
  for (std::int64_t first = 0; first < value.n_real; first += kPairsRead) {
    const std::int64_t count = std::min(kPairsRead, value.n_real - first);
    const at::Tensor a = data::image_bytes(request.real->read_paired(first, count));
    const at::Tensor b = data::image_bytes(request.fake->read_paired(first, count));
    const at::Tensor mean =
        a.to(at::kDouble).mean({2, 3}, true).round().to(at::kByte).expand_as(a).contiguous();
    std::ranges::copy(m.scores(request, a, b, m.channels), std::back_inserter(value.parts));
    std::ranges::copy(m.scores(request, a, mean, m.channels), std::back_inserter(flat.parts));
  }
  set_summary(value);
  set_summary(flat);
  value.baseline = flat.value;
}

void require_path(const EvaluationRequest& request) {
  if (!request.path.images || !request.path.extractor) {
    throw Error(ErrorCode::kUsage, "ppl",
                "path length is that of a generator of images: give a run or a TorchScript "
                "generator as --fake");
  }
  const PathSettings& s = request.settings.ppl;
  if (s.z0.empty() != s.z1.empty()) {
    throw Error(ErrorCode::kUsage, "ppl", "got one of ppl.z0 and ppl.z1, expected both or none");
  }
}

void measure_path(const EvaluationRequest& request, MetricValue& value) {
  const PathSettings& s = request.settings.ppl;
  const PathDistance distance = s.distance == PathMeasure::kMaps
                                    ? perceptual_path_distance(*request.path.extractor)
                                    : squared_feature_distance(*request.path.extractor);
  std::vector<double> steps;
  if (s.z0.empty()) {
    steps = path_distances(request.path.latent_size, request.path.images, distance,
                           {.n = s.n, .eps = s.eps, .kind = s.path, .seed = request.seed});
  } else {
    steps =
        path_distances(read_array(s.z0), read_array(s.z1), s.eps, request.path.images, distance);
  }
  const PathLength length = path_length(steps, s.low, s.high);
  value.value = length.mean;
  value.spread = length.sd;
  value.n_fake = length.n;
  value.parts = {length.trimmed_mean, static_cast<double>(length.kept)};
}

MetricValue path_frame(const EvaluationRequest& request) {
  const PathSettings& s = request.settings.ppl;
  MetricValue value{.name = "ppl", .n_fake = s.n};
  value.conditions = {
      {"metric", "ppl/1"},
      {"path", std::string(kPathKindWords[static_cast<std::size_t>(s.path)])},
      {"eps", number(s.eps)},
      {"distance", std::string(PathSettings::kMeasures[static_cast<std::size_t>(s.distance)])},
      {"features", request.path.extractor->name()}};
  if (!s.z0.empty()) value.conditions.emplace_back("starts", given_array(s.z0));
  if (!s.z1.empty()) value.conditions.emplace_back("ends", given_array(s.z1));
  value.protocol = cat(find_metric_doc("ppl")->doc, "; steps of ", number(s.eps),
                       "; parts: mean of the steps between the percentiles ", number(s.low), " to ",
                       number(s.high), ", how many they are; spread: population sd; ",
                       request.path.extractor->protocol(), "; generator ", request.fake->name(),
                       "; seed ", request.seed);
  return value;
}

}  // namespace

std::vector<std::string_view> pair_metric_names() {
  std::vector<std::string_view> names;
  for (const PairMeasure& m : kPairMeasures) names.push_back(m.name);
  names.emplace_back("ppl");
  return names;
}

void append_pair_metrics(const EvaluationRequest& request, std::vector<MetricValue>& values,
                         std::vector<Error>& failures) {
  for (const std::string& name : request.metrics) {
    const auto row = std::ranges::find(kPairMeasures, name, &PairMeasure::name);
    if (name != "ppl" && row == std::end(kPairMeasures)) continue;
    const bool path = name == "ppl";
    if (path) {
      require_path(request);
    } else {
      require_images(request, name);
    }
    MetricValue value = path ? path_frame(request) : pair_frame(request, *row);
    try {
      if (path) {
        measure_path(request, value);
      } else {
        measure_pairs(request, *row, value);
      }
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kUsage) throw;
      failures.push_back(error);
      value.warning = cat(kNotMeasured, error.what());
      value.parts.clear();
    }
    values.push_back(std::move(value));
  }
}

}  // namespace saddle::metric
