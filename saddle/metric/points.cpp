#include "saddle/metric/points.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/frechet.h"
#include "saddle/metric/modes.h"
#include "saddle/metric/rows.h"
#include "saddle/metric/transport.h"

namespace saddle::metric {

namespace {

constexpr double kSupportQuantile = 0.01;

/// The sets that are compared, float64 [n,d] each.
struct PointSets {
  at::Tensor reference, floor, baseline, fake;
};

at::Tensor real_points(const data::Source& source, IndexRange range, std::int64_t batch) {
  std::vector<at::Tensor> parts;
  each_real(source, range, batch, {}, [&](const data::Batch& b) { parts.push_back(b.at("x")); });
  return at::cat(parts).to(at::kDouble);
}

at::Tensor fake_points(const FakeSampler& fakes, const PointsOptions& options) {
  std::vector<at::Tensor> parts;
  each_fake(fakes, options.n, options.batch,
            [&](const data::Batch& b) { parts.push_back(b.at("x").to(at::kDouble)); });
  return at::cat(parts);
}

/// A row whose three numbers are the same field of three reports.
template <class T>
MetricValue mode_row(std::string name, T ModeReport::*field, const ModeReport& fake,
                     const ModeReport& floor, const ModeReport& baseline, std::string what) {
  return {.name = std::move(name),
          .value = static_cast<double>(fake.*field),
          .n_real = floor.n,
          .n_fake = fake.n,
          .floor = static_cast<double>(floor.*field),
          .baseline = static_cast<double>(baseline.*field),
          .protocol = std::move(what)};
}

void append_modes(std::vector<MetricValue>& list, const PointSets& sets,
                  const data::PointTruth& truth) {
  const at::Tensor centres = centre_rows(truth);
  const PerfectModes perfect = perfect_modes(truth.dimensions);
  const ModeReport fake = count_modes(sets.fake, centres, truth.sd);
  const ModeReport floor = count_modes(sets.floor, centres, truth.sd);
  const ModeReport baseline = count_modes(sets.baseline, centres, truth.sd);
  const std::int64_t modes = centres.size(0);
  const std::string common = cat("; ", modes, " modes of sd ", truth.sd,
                                 ", nearest centre, high quality = within 3 sd; floor: ", floor.n,
                                 " real points; baseline: one Gaussian fitted to the real points");
  list.push_back(
      mode_row("modes", &ModeReport::modes, fake, floor, baseline,
               cat("centres with at least one high-quality sample, of ", modes, common)));
  MetricValue quality =
      mode_row("high_quality", &ModeReport::high_quality, fake, floor, baseline,
               cat("share of samples within 3 sd of their nearest centre; a perfect sampler has ",
                   perfect.high_quality,
                   ", clearly more means shrunken modes; spread: standard "
                   "error",
                   common));
  quality.spread =
      std::sqrt(fake.high_quality * (1 - fake.high_quality) / static_cast<double>(fake.n));
  list.push_back(std::move(quality));
  MetricValue kl = mode_row("reverse_kl", &ModeReport::reverse_kl, fake, floor, baseline, "");
  kl.floor = reverse_kl_floor(modes, fake.n);
  kl.protocol =
      cat("KL(shares of all samples per nearest centre || uniform) in nats; floor: "
          "expectation (K-1)/(2n) of a perfect sampler, these real points have ",
          floor.reverse_kl, common);
  list.push_back(std::move(kl));
  list.push_back(mode_row("reverse_kl_hq", &ModeReport::reverse_kl_high_quality, fake, floor,
                          baseline, cat("as reverse_kl, high-quality samples only", common)));
  list.push_back(mode_row("radius_ratio", &ModeReport::radius_ratio, fake, floor, baseline,
                          cat("mean distance of high-quality samples from their centre / sd; ",
                              perfect.radius_ratio, " is right", common)));
}

/// [n] log density of each point under the world.
at::Tensor log_densities(const at::Tensor& points, const data::PointTruth& truth) {
  const at::Tensor x = double_rows(points, "points", "samples");
  at::Tensor out = at::empty({x.size(0)}, at::kDouble);
  for (std::int64_t i = 0; i < x.size(0); ++i) {
    out.data_ptr<double>()[i] = truth.log_density(
        {x.const_data_ptr<double>() + x.size(1) * i, static_cast<std::size_t>(x.size(1))});
  }
  return out;
}

void append_on_support(std::vector<MetricValue>& list, const PointSets& sets,
                       const data::PointTruth& truth) {
  const double threshold = log_densities(sets.reference, truth)
                               .quantile(kSupportQuantile, {}, false, "linear")
                               .item<double>();
  const auto share = [&](const at::Tensor& points) {
    return log_densities(points, truth).ge(threshold).to(at::kDouble).mean().item<double>();
  };
  const double value = share(sets.fake);
  const std::int64_t n = sets.fake.size(0);
  list.push_back(
      {.name = "on_support",
       .value = value,
       .spread = std::sqrt(value * (1 - value) / static_cast<double>(n)),
       .n_real = sets.reference.size(0),
       .n_fake = n,
       .floor = share(sets.floor),
       .baseline = share(sets.baseline),
       .protocol = cat("share of samples where the true density is at least its ", kSupportQuantile,
                       " quantile on the reference (log density ", threshold,
                       "); floor: as many other real points; baseline: one Gaussian fitted to the "
                       "real points; spread: standard error")});
}

void append_sliced(std::vector<MetricValue>& list, const PointSets& sets,
                   const PointsOptions& options) {
  const RandomKey key = Streams(options.seed).at("eval", 0).fork("projections");
  const at::Tensor directions = unit_projections(key, sets.reference.size(1), options.projections);
  const auto distance = [&](const at::Tensor& points) {
    return sliced_wasserstein(points, sets.reference, directions);
  };
  list.push_back(
      {.name = "sliced_w2",
       .value = distance(sets.fake),
       .n_real = sets.reference.size(0),
       .n_fake = sets.fake.size(0),
       .floor = distance(sets.floor),
       .baseline = distance(sets.baseline),
       .protocol = cat("sliced 2-Wasserstein distance to real points in units of the data, ",
                       options.projections, " fixed directions of seed ", options.seed,
                       "; floor: as many other real points; baseline: one Gaussian fitted to the "
                       "real points"),
       .conditions = {{"metric", "sliced_w2 of a world/1"},
                      {"directions", number(options.projections)},
                      {"n of the real", number(sets.reference.size(0))},
                      {"n of the fakes", number(sets.fake.size(0))}}});
}

}  // namespace

at::Tensor centre_rows(const data::PointTruth& truth) {
  at::Tensor rows =
      at::empty({static_cast<std::int64_t>(truth.centres.size()), truth.dimensions}, at::kDouble);
  double* place = rows.data_ptr<double>();
  for (const auto& centre : truth.centres) place = std::copy(centre.begin(), centre.end(), place);
  return rows;
}

at::Tensor gaussian_fit_sample(const at::Tensor& points, std::int64_t n, const RandomKey& key) {
  const at::Tensor x = double_rows(points, "points", "points of the fit");
  Moments moments(x.size(1));
  moments.add(x);
  const auto [values, vectors] = at::linalg_eigh(moments.covariance());
  const at::Tensor root = vectors * values.clamp_min(0).sqrt();  // covariance = root root^T
  const at::Tensor z = random_normal(key, {n, x.size(1)}, at::TensorOptions().dtype(at::kDouble));
  return z.mm(root.t()) + moments.mean();
}

std::vector<MetricValue> evaluate_points(const data::Source& test, const data::PointTruth& truth,
                                         const FakeSampler& fakes, const PointsOptions& options) {
  const auto& fields = test.fields();
  const auto x = std::find_if(fields.begin(), fields.end(),
                              [](const data::FieldSpec& f) { return f.name == "x"; });
  if (x == fields.end() || x->shape.size() != 1) {
    throw Error(ErrorCode::kUnsupported, "points",
                cat("samples: got shape ", x == fields.end() ? "nothing" : shape_text(x->shape),
                    ", expected points [D]"));
  }
  PointSets sets;
  sets.fake = fake_points(fakes, options);
  if (sets.fake.dim() != 2 || sets.fake.size(1) != x->shape[0]) {
    throw Error(ErrorCode::kInput, "points",
                cat("generated points: got ", shape_text(sets.fake.sizes()), ", expected [n,",
                    x->shape[0], "]"));
  }
  sets.reference = real_points(test, {0, options.n}, options.batch);
  sets.floor = real_points(test, {options.n, options.n}, options.batch);
  sets.baseline = gaussian_fit_sample(sets.reference, options.n,
                                      Streams(options.seed).at("eval", 0).fork("gaussian fit"));
  std::vector<MetricValue> list;
  if (!truth.centres.empty()) append_modes(list, sets, truth);
  append_sliced(list, sets, options);
  if (truth.log_density && x->shape[0] == truth.dimensions) append_on_support(list, sets, truth);
  return list;
}

}  // namespace saddle::metric
