#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/config/visitor.h"
#include "saddle/metric/kinds.h"

namespace saddle::metric {

struct FidSettings {
  bool float32_mean = false;
  void fields(config::Visitor& v) {
    v.field("float32_mean", float32_mean,
            "sum and keep the means in float32, as programs do that average float32 features");
  }
};

struct KidSettings {
  std::int64_t subsets = 100;
  std::int64_t size = 1000;
  std::string real_index;
  std::string fake_index;
  void fields(config::Visitor& v) {
    v.field("subsets", subsets, "pairs of random subsets", {.low = 1, .high = 100'000});
    v.field("size", size, "rows of a subset; at most as many as a set has",
            {.low = 2, .high = 1'000'000});
    v.field("real_index", real_index,
            "FILE#KEY of whole numbers [subsets,size]: these real rows instead of random ones");
    v.field("fake_index", fake_index, "the same for the fakes");
  }
};

struct MmdSettings {
  double sigma = 0;
  void fields(config::Visitor& v) {
    v.field("sigma", sigma, "width of the kernel; 0: the median distance of the pooled rows",
            config::kNotNegative);
  }
};

struct SlicedSettings {
  std::int64_t projections = 512;
  double p = 2;
  std::string directions;
  void fields(config::Visitor& v) {
    v.field("projections", projections, "random directions", {.low = 1, .high = 1'000'000});
    v.field("p", p, "order of the distance", {.low = 1, .high = 100});
    v.field("directions", directions,
            "FILE#KEY of unit columns [d,P]: these directions instead of random ones");
  }
};

struct ManifoldSettings {
  std::int64_t k = 3;
  std::int64_t density_k = 5;
  void fields(config::Visitor& v) {
    v.field("k", k, "neighbours of precision and recall", {.low = 1, .high = 1000});
    v.field("density_k", density_k, "neighbours of density and coverage", {.low = 1, .high = 1000});
  }
};

enum class SplitOrder { kRandom, kGiven };

struct ScoreSettings {
  static constexpr std::array<std::string_view, 2> kOrders{"random", "given"};
  std::int64_t splits = 10;
  SplitOrder order = SplitOrder::kGiven;
  std::string permutation;
  void fields(config::Visitor& v) {
    v.field("splits", splits, "parts of the inception-type score", {.low = 1, .high = 10'000});
    v.choice("order", order, kOrders, "how rows are divided among the splits");
    v.field("permutation", permutation,
            "FILE#KEY of whole numbers [n]: this order of the rows instead");
  }
};

struct BirthdaySettings {
  double tau = 0;
  void fields(config::Visitor& v) {
    v.field("tau", tau,
            "distance below which two samples are duplicates; 0: the 0.1 quantile of distances "
            "between two halves of the real set",
            config::kNotNegative);
  }
};

struct ModeSettings {
  std::string centres;
  double sd = 0;
  void fields(config::Visitor& v) {
    v.field("centres", centres, "FILE#KEY of the centres of the modes [K,D]");
    v.field("sd", sd, "standard deviation of a mode along each axis", config::kNotNegative);
  }
};

struct PairSettings {
  static constexpr std::array<std::string_view, 2> kWindows{"gaussian", "uniform"};
  std::int64_t border = 0;
  SsimWindow window = SsimWindow::kGaussian;
  void fields(config::Visitor& v) {
    v.field("border", border,
            "pixels cut from each side of both images; super-resolution cuts its factor",
            {.low = 0, .high = 1024});
    v.choice("window", window, kWindows,
             "of SSIM: gaussian is 11 x 11 of sigma 1.5, uniform 7 x 7 with sample covariance");
  }
};

enum class PathMeasure { kFeatures, kMaps };

struct PathSettings {
  static constexpr std::array<std::string_view, 2> kMeasures{"features", "maps"};
  std::int64_t n = 1000;
  double eps = 1e-2;
  PathKind path = PathKind::kSpherical;
  PathMeasure distance = PathMeasure::kFeatures;
  double low = 1;
  double high = 99;
  std::string z0;
  std::string z1;
  void fields(config::Visitor& v) {
    v.field("n", n, "steps", {.low = 1, .high = 10'000'000});
    v.field("eps", eps,
            "length of a step as a share of the path; below 1e-2, float32 shows its own noise",
            config::kPositive);
    v.choice("path", path, kPathKindWords, "slerp for Gaussian latents, lerp for mapped ones");
    v.choice("distance", distance, kMeasures,
             "squared distance of features, or the perceptual one of an extractor's maps");
    v.field("low", low, "percentile from which on the trimmed mean counts",
            {.low = 0, .high = 100});
    v.field("high", high, "percentile up to which it counts", {.low = 0, .high = 100});
    v.field("z0", z0, "FILE#KEY of latents [n,latent]: these starts instead of random ones");
    v.field("z1", z1, "the points at eps that belong to them");
  }
};

struct FloorSettings {
  std::int64_t splits = 3;
  void fields(config::Visitor& v) {
    v.field("splits", splits,
            "random splits of the real set that the real-vs-real floor is the mean of; 0: no "
            "floor",
            {.low = 0, .high = 1000});
  }
};

struct BootstrapSettings {
  std::int64_t resamples = 200;
  void fields(config::Visitor& v) {
    v.field("resamples", resamples,
            "resamples of the rows behind a spread, where they are cheap; 0: none",
            {.low = 0, .high = 100'000});
  }
};

/// How each metric is measured. Paths of arrays are FILE.npy or FILE.safetensors#KEY.
struct EvaluationSettings {
  FidSettings fid;
  KidSettings kid;
  MmdSettings mmd;
  SlicedSettings sliced;
  ManifoldSettings manifold;
  ScoreSettings is;
  BirthdaySettings birthday;
  ModeSettings modes;
  PairSettings pairs;
  PathSettings ppl;
  FloorSettings floor;
  BootstrapSettings bootstrap;

  void fields(config::Visitor& v) {
    v.group("fid", fid, "Fréchet distance");
    v.group("kid", kid, "kernel distance");
    v.group("mmd", mmd, "maximum mean discrepancy");
    v.group("sliced", sliced, "sliced Wasserstein distance");
    v.group("manifold", manifold, "precision, recall, density, coverage");
    v.group("is", is, "inception-type score");
    v.group("birthday", birthday, "support from near-duplicates");
    v.group("modes", modes, "modes of a world with known centres");
    v.group("pairs", pairs, "pairs of images");
    v.group("ppl", ppl, "perceptual path length");
    v.group("floor", floor, "real against real");
    v.group("bootstrap", bootstrap, "spreads by resampling");
  }
};

}  // namespace saddle::metric
