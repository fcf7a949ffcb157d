// Measures of how far apart two sets of features lie.
#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "saddle/base/error.h"
#include "saddle/base/summary.h"
#include "saddle/base/text.h"
#include "saddle/metric/array_spec.h"
#include "saddle/metric/expected_coverage.h"
#include "saddle/metric/frechet.h"
#include "saddle/metric/kernel_distance.h"
#include "saddle/metric/manifold.h"
#include "saddle/metric/measure.h"
#include "saddle/metric/transport.h"

namespace saddle::metric {

namespace {

// Above it a resampled distance takes longer than its spread is worth.
constexpr double kCheapBootstrap = 1e8;
// Enough for the mean of floor and baseline.
constexpr std::int64_t kSubsetsAside = 20;
constexpr double kUnitError = 1e-5;  // of directions kept in float32

FrechetResult frechet_of(const Sides& sides, const FidSettings& settings) {
  const auto moments = settings.float32_mean ? moments_with_float32_mean : moments_of;
  require_one_width(*sides.real, *sides.fake, "frechet");
  return frechet_distance(moments(*sides.real), moments(*sides.fake));
}

at::Tensor resampled(const FeatureRows& rows, const RandomKey& key) {
  const at::Tensor index =
      random_integers(key, rows.size(), {rows.size()}, at::TensorOptions().dtype(at::kLong));
  return rows.rows().index_select(0, index);
}

double frechet_bootstrap(const Sides& sides, const Asked& asked) {
  const double d = static_cast<double>(sides.real->dimension());
  const double work =
      static_cast<double>(sides.real->size() + sides.fake->size()) * d * d + d * d * d;
  const std::int64_t count = asked.settings.bootstrap.resamples;
  if (asked.aside || count < 2 || work > kCheapBootstrap) return kNone;
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const RandomKey key = asked.key.fork("bootstrap").fork(static_cast<std::uint64_t>(i));
    values.push_back(frechet_distance(resampled(*sides.real, key.fork("real")),
                                      resampled(*sides.fake, key.fork("fake")))
                         .value);
  }
  return summary_of(values).sd;
}

std::vector<Reading> run_fid(const Sides& sides, const Asked& asked) {
  const FrechetResult result = frechet_of(sides, asked.settings.fid);
  return {{.name = "fid",
           .value = result.value,
           .spread = frechet_bootstrap(sides, asked),
           .parts = {result.mean_term, result.trace_real, result.trace_fake, result.trace_sqrt},
           .warning = result.warning}};
}

std::vector<Reading> run_fid_inf(const Sides& sides, const Asked& asked) {
  require_one_width(*sides.real, *sides.fake, "fid_inf");
  const FrechetLimit limit = frechet_limit(FrechetReference(moments_of(*sides.real)), *sides.fake,
                                           asked.key.fork("fid_inf"));
  Reading out{.name = "fid_inf",
              .value = limit.value,
              .spread = limit.standard_error,
              .parts = {limit.slope}};
  const std::int64_t fewest = sides.fake->size() / 10, d = sides.fake->dimension();
  if (fewest <= d) {
    out.warning = cat("its smallest size has ", fewest, " fakes for ", d,
                      " features, where the distance is no line in 1/n; take at least ",
                      10 * (d + 1), " fakes");
  }
  return {out};
}

at::Tensor of_class(const FeatureRows& rows, const at::Tensor& labels, std::int64_t label) {
  return rows.rows().index_select(0, labels.eq(label).nonzero().flatten());
}

std::vector<Reading> run_intra_fid(const Sides& sides, const Asked&) {
  Reading out{.name = "intra_fid"};
  const at::Tensor classes =
      std::get<0>(at::_unique(at::cat({sides.real_labels, sides.fake_labels})));
  std::int64_t fewest = sides.real->size();
  for (std::int64_t i = 0; i < classes.size(0); ++i) {
    const auto label = classes[i].item<std::int64_t>();
    const at::Tensor real = of_class(*sides.real, sides.real_labels, label);
    const at::Tensor fake = of_class(*sides.fake, sides.fake_labels, label);
    if (std::min(real.size(0), fake.size(0)) < 2) {
      throw Error(ErrorCode::kInput, "intra_fid",
                  cat("class ", label, ": got ", real.size(0), " real and ", fake.size(0),
                      " fake rows, expected at least 2 each; try a larger n"));
    }
    fewest = std::min({fewest, real.size(0), fake.size(0)});
    out.parts.push_back(frechet_distance(real, fake).value);
  }
  out.value = summary_of(out.parts).mean;
  if (fewest <= sides.real->dimension()) {
    out.warning = cat(fewest, " rows of one class for ", sides.real->dimension(),
                      " features: the covariance is singular and the distance biased upwards");
  }
  return {out};
}

at::Tensor subsets_for(const std::string& given, const RandomKey& key, std::int64_t rows,
                       const KidSettings& settings, bool aside, std::int64_t size) {
  if (!given.empty() && !aside) return read_array(given).to(at::kLong);
  const std::int64_t subsets = aside ? std::min(kSubsetsAside, settings.subsets) : settings.subsets;
  return draw_subsets(key, rows, subsets, size);
}

std::vector<Reading> run_kid(const Sides& sides, const Asked& asked) {
  const KidSettings& settings = asked.settings.kid;
  require_two_rows(*sides.real, *sides.fake, "kid");
  const std::int64_t size = std::min({settings.size, sides.real->size(), sides.fake->size()});
  const bool drawn = settings.real_index.empty() && settings.fake_index.empty();
  if (drawn && size == std::max(sides.real->size(), sides.fake->size())) {
    const double value = polynomial_mmd(*sides.real, *sides.fake);
    const bool splits = std::isfinite(value) && size >= 4;
    return {{.name = "kid",
             .value = value,
             .warning = splits ? cat("each subset is the whole of both sets, so there is no "
                                     "spread; try --set kid.size=",
                                     size / 2)
                               : std::string()}};
  }
  const RandomKey key = asked.key.fork("kid");
  const SubsetScore score =
      kernel_distance(*sides.real, *sides.fake,
                      subsets_for(settings.real_index, key.fork("real"), sides.real->size(),
                                  settings, asked.aside, size),
                      subsets_for(settings.fake_index, key.fork("fake"), sides.fake->size(),
                                  settings, asked.aside, size));
  return {{.name = "kid", .value = score.mean, .spread = score.sd}};
}

std::vector<Reading> run_kid_all(const Sides& sides, const Asked&) {
  return {{.name = "kid_all", .value = polynomial_mmd(*sides.real, *sides.fake)}};
}

std::vector<Reading> run_mmd(const Sides& sides, const Asked& asked) {
  const GaussianMmd result = gaussian_mmd(*sides.real, *sides.fake, asked.settings.mmd.sigma);
  return {{.name = "mmd", .value = result.unbiased, .parts = {result.sigma}},
          {.name = "mmd_biased", .value = result.biased, .parts = {result.sigma}},
          {.name = "mmd_mixture", .value = result.mixture, .parts = {result.sigma}}};
}

std::vector<Reading> run_energy(const Sides& sides, const Asked&) {
  return {{.name = "energy", .value = energy_distance(*sides.real, *sides.fake)}};
}

std::vector<Reading> run_sliced(const Sides& sides, const Asked& asked) {
  const SlicedSettings& settings = asked.settings.sliced;
  const std::int64_t d = sides.real->dimension();
  const at::Tensor directions =
      settings.directions.empty()
          ? unit_projections(asked.key.fork("projections"), d, settings.projections)
          : read_array(settings.directions);
  const double off =
      (directions.to(at::kDouble).square().sum(0).sqrt() - 1).abs().max().item<double>();
  if (!(off < kUnitError)) {
    throw Error(ErrorCode::kInput, "sliced_w2",
                cat(settings.directions, ": got columns whose length is off 1 by ", off,
                    ", expected unit columns [d,P]; divide each by its length"));
  }
  const std::vector<double> powers =
      sliced_powers(sides.real->rows(), sides.fake->rows(), directions, settings.p);
  const Summary power = summary_of(powers);
  const double value = std::pow(power.mean, 1 / settings.p);
  const std::string other_order =
      settings.p == 2 ? "" : cat("of order p = ", number(settings.p), ", not 2");
  // By the delta method: d W / d mean = W / (p mean).
  const double spread = power.mean == 0 ? kNone : power.error * value / (settings.p * power.mean);
  return {{.name = "sliced_w2", .value = value, .spread = spread, .warning = other_order}};
}

constexpr std::array<std::string_view, 5> kOfPrecision{"precision", "recall", "f_score",
                                                       "precision_open", "recall_open"};
constexpr std::array<std::string_view, 4> kOfDensity{"density", "coverage", "density_closed",
                                                     "coverage_closed"};

std::vector<Reading> readings_of(const ManifoldScores& s, bool of_precision, std::int64_t n,
                                 std::int64_t m) {
  const auto share = [](std::string_view name, double value, std::int64_t of) {
    return Reading{.name = name, .value = value, .spread = share_error_of(value, of)};
  };
  if (of_precision) {
    return {share("precision", s.precision_closed, m),
            share("recall", s.recall_closed, n),
            {.name = "f_score", .value = f_score(s.precision_closed, s.recall_closed)},
            share("precision_open", s.precision_open, m),
            share("recall_open", s.recall_open, n)};
  }
  std::vector<Reading> out{{.name = "density", .value = s.density_open},
                           share("coverage", s.coverage_open, n),
                           {.name = "density_closed", .value = s.density_closed},
                           share("coverage_closed", s.coverage_closed, n)};
  out[1].parts = {expected_coverage(n, m, s.k)};
  return out;
}

std::vector<Reading> run_manifold(const Sides& sides, const Asked& asked) {
  struct Half {
    bool of_precision;
    std::int64_t k;
    std::span<const std::string_view> names;
  };
  const ManifoldSettings& settings = asked.settings.manifold;
  std::vector<Half> halves{{true, settings.k, kOfPrecision},
                           {false, settings.density_k, kOfDensity}};
  std::erase_if(halves, [&](const Half& half) {
    return std::ranges::none_of(half.names, [&](auto name) { return asked.wants(name); });
  });
  // One search serves both; a k too large for these sets leaves the other half as it is.
  const std::int64_t n = sides.real->size(), m = sides.fake->size(), rows = std::min(n, m);
  std::vector<std::int64_t> ks;
  for (const Half& half : halves) ks.push_back(half.k);
  const std::int64_t smallest = std::ranges::min(ks);
  std::erase_if(ks, [&](std::int64_t k) { return k >= rows && k != smallest; });
  const auto scores = manifold_scores(*sides.real, *sides.fake, ks);
  std::vector<Reading> out;
  for (const Half& half : halves) {
    const auto found = std::ranges::find(scores, half.k, &ManifoldScores::k);
    if (found != scores.end()) {
      std::ranges::move(readings_of(*found, half.of_precision, n, m), std::back_inserter(out));
      continue;
    }
    for (const std::string_view name : half.names) {
      out.push_back({.name = name,
                     .warning = cat(kNotMeasured, "rows: got ", rows, " for k = ", half.k,
                                    ", expected more than k; try more samples or a smaller k")});
    }
  }
  return out;
}

Conditions no_conditions(const EvaluationSettings&) {
  return {};
}
Conditions fid_conditions(const EvaluationSettings& s) {
  return {{"means", s.fid.float32_mean ? "float32" : "float64"}};
}
Conditions kid_conditions(const EvaluationSettings& s) {
  std::string text = cat(s.kid.subsets, " of at most ", s.kid.size);
  if (!s.kid.real_index.empty()) text += ", real: " + given_array(s.kid.real_index);
  if (!s.kid.fake_index.empty()) text += ", fake: " + given_array(s.kid.fake_index);
  return {{"subsets", text}};
}
Conditions mmd_conditions(const EvaluationSettings& s) {
  return {{"sigma", s.mmd.sigma > 0 ? number(s.mmd.sigma) : std::string("pooled median")}};
}
Conditions sliced_conditions(const EvaluationSettings& s) {
  return {{"p", number(s.sliced.p)},
          {"directions", s.sliced.directions.empty() ? number(s.sliced.projections)
                                                     : given_array(s.sliced.directions)}};
}
Conditions manifold_conditions(const EvaluationSettings& s) {
  return {{"k of precision and recall", number(s.manifold.k)},
          {"k of density and coverage", number(s.manifold.density_k)}};
}

}  // namespace

double share_error_of(double share, std::int64_t n) {
  return std::sqrt(share * (1 - share) / static_cast<double>(n));
}

std::vector<Measure> distance_measures() {
  constexpr unsigned kLabels = kNeedsReal | kNeedsRealLabels | kNeedsFakeLabels;
  return {
      {.names = {"fid"},
       .falls_with_n = true,
       .run = run_fid,
       .conditions = fid_conditions,
       .doc = "covariance with n - 1, float64, no ridge; biased upwards by "
              "about c/n (see fid_inf); parts: mean term, both traces, trace of the root; spread: "
              "sd of resampled rows where they are cheap"},
      {.names = {"fid_inf"},
       .run = run_fid_inf,
       .conditions = no_conditions,
       .doc = "covariance as of fid; intercept of a line in 1/n through 12 sizes from a tenth of "
              "the fakes to all; "
              "spread: its standard error; part: the slope"},
      {.names = {"intra_fid"},
       .needs = kLabels,
       .falls_with_n = true,
       .run = run_intra_fid,
       .conditions = no_conditions,
       .doc = "parts: each class"},
      {.names = {"kid"},
       .run = run_kid,
       .conditions = kid_conditions,
       .doc = "kernel (x.y/d + 1)^3, float64; spread: population sd over subsets; floor and "
              "baseline from at most 20 subsets"},
      {.names = {"kid_all"},
       .run = run_kid_all,
       .conditions = no_conditions,
       .doc = "kernel (x.y/d + 1)^3, unbiased, float64"},
      {.names = {"mmd", "mmd_biased", "mmd_mixture"},
       .run = run_mmd,
       .conditions = mmd_conditions,
       .doc = "kernel exp(-|x-y|^2 / (2 sigma^2)), float64; part: sigma"},
      {.names = {"energy"},
       .falls_with_n = true,
       .run = run_energy,
       .conditions = no_conditions,
       .doc = "2 mean|x-y| - mean|x-x'| - mean|y-y'| with the diagonals, float64"},
      {.names = {"sliced_w2"},
       .falls_with_n = true,
       .run = run_sliced,
       .conditions = sliced_conditions,
       .doc = "(mean over directions of W_p^p)^(1/p), float64; spread: standard error over "
              "directions"},
      {.names = {"precision", "recall", "f_score", "density", "coverage", "precision_open",
                 "recall_open", "density_closed", "coverage_closed"},
       .run = run_manifold,
       .conditions = manifold_conditions,
       .doc = "balls to the k-th nearest neighbour in the own set, exact in float64; part of "
              "coverage: what equal distributions give; spread: standard error of a share"},
  };
}

}  // namespace saddle::metric
