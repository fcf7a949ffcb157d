#include "saddle/metric/points.h"

#include <cmath>

#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

struct World {
  std::shared_ptr<data::Source> source;
  data::PointTruth truth;
};

template <class Config>
World open_world(const Config& config) {
  return {data::make_source(config, data::Split::kTest, ""), data::point_truth(config)};
}

/// n real points that the evaluation itself does not use.
at::Tensor fresh_points(const World& world, std::int64_t n) {
  std::vector<at::Tensor> parts;
  metric::each_real(*world.source, {100000, n}, 500, {},
                    [&](const data::Batch& batch) { parts.push_back(batch.at("x")); });
  return at::cat(parts);
}

// Runs that differ in their seed alone are compared, those of another n are not.
TEST(Points, SlicedDistancesShareTheirNumberOfPointsNotTheirSeed) {
  const World ring = open_world(data::RingWorld{});
  const auto sliced = [&ring](std::int64_t n, std::uint64_t seed) {
    const auto metrics = metric::evaluate_points(
        *ring.source, ring.truth, sampler_of(fresh_points(ring, n)), {.n = n, .seed = seed});
    return find_metric(metrics, "sliced_w2");
  };
  const auto first = sliced(200, 0);
  EXPECT_TRUE(metric::condition_differences(first, sliced(200, 1)).empty());
  EXPECT_EQ(metric::condition_differences(first, sliced(300, 0)).size(), 2u);
}

TEST(Points, PerfectSamplerOfTheRingMeetsEveryFloor) {
  const World ring = open_world(data::RingWorld{});
  const auto metrics =
      metric::evaluate_points(*ring.source, ring.truth, sampler_of(fresh_points(ring, 2500)), {});
  EXPECT_EQ(names_of(metrics),
            (std::vector<std::string>{"modes", "high_quality", "reverse_kl", "reverse_kl_hq",
                                      "radius_ratio", "sliced_w2", "on_support"}));
  for (const metric::MetricValue& m : metrics) {
    EXPECT_EQ(m.n_real, 2500) << m.name;
    EXPECT_EQ(m.n_fake, 2500) << m.name;
    EXPECT_NE(m.protocol, "") << m.name;
  }
  EXPECT_EQ(find_metric(metrics, "modes").value, 8);
  EXPECT_EQ(find_metric(metrics, "modes").floor, 8);
  const auto quality = find_metric(metrics, "high_quality");
  EXPECT_NEAR(quality.value, 0.98889, 4 * 0.0021);  // four standard errors
  EXPECT_NEAR(quality.spread, 0.0021, 0.0006);
  EXPECT_LT(quality.baseline, 0.1);
  const auto kl = find_metric(metrics, "reverse_kl");
  EXPECT_NEAR(kl.floor, 0.0014, 1e-12);
  EXPECT_LT(kl.value, 0.006);  // chi-squared of 7 degrees: 99.99 % quantile 29.9 / (2 * 2500)
  const auto sliced = find_metric(metrics, "sliced_w2");
  EXPECT_LT(sliced.value, 3 * sliced.floor);
  EXPECT_NEAR(find_metric(metrics, "on_support").value, 0.99, 0.01);
}

TEST(Points, CollapseToTwoModesIsSeen) {
  const World ring = open_world(data::RingWorld{});
  const at::Tensor mode = at::arange(2500, at::kLong).remainder(2);
  const at::Tensor centres = at::tensor({1.0, 0.0, 0.0, 1.0}, at::kDouble).view({2, 2});
  const at::Tensor fakes = centres.index_select(0, mode) + normal(1, {2500, 2}) * 0.01;
  const auto metrics = metric::evaluate_points(*ring.source, ring.truth, sampler_of(fakes), {});
  EXPECT_EQ(find_metric(metrics, "modes").value, 2);
  EXPECT_NEAR(find_metric(metrics, "reverse_kl").value, std::log(4.0), 1e-9);
  const auto sliced = find_metric(metrics, "sliced_w2");
  // Unequal shares of the modes alone put the floor near 0.07 at this n.
  EXPECT_GT(sliced.value, 5 * sliced.floor);
}

TEST(Points, WorldsWithoutModesAreJudgedByDistanceAndSupport) {
  for (const World& world : {open_world(data::MoonsWorld{}), open_world(data::SwissRollWorld{}),
                             open_world(data::ShellsWorld{})}) {
    const auto real = metric::evaluate_points(
        *world.source, world.truth, sampler_of(fresh_points(world, 2500)), {.projections = 64});
    EXPECT_EQ(names_of(real), (std::vector<std::string>{"sliced_w2", "on_support"}));
    const auto distance = find_metric(real, "sliced_w2");
    EXPECT_LT(distance.value, 3 * distance.floor);
    EXPECT_GT(distance.baseline, 2 * distance.floor);
    const auto support = find_metric(real, "on_support");
    EXPECT_NEAR(support.value, 0.99, 0.01);
    EXPECT_NEAR(support.floor, 0.99, 0.01);
    EXPECT_LT(support.baseline, 0.8);

    const auto point = metric::evaluate_points(*world.source, world.truth,
                                               sampler_of(fresh_points(world, 1).expand({2500, 2})),
                                               {.projections = 64});
    EXPECT_GT(find_metric(point, "sliced_w2").value, 10 * distance.floor);
  }
}

TEST(Points, TheNumbersDoNotDependOnTheBatchSize) {
  const World ring = open_world(data::RingWorld{});
  const at::Tensor fakes = fresh_points(ring, 300);
  const auto a = metric::evaluate_points(*ring.source, ring.truth, sampler_of(fakes), {.n = 300});
  const auto b =
      metric::evaluate_points(*ring.source, ring.truth, sampler_of(fakes), {.n = 300, .batch = 7});
  EXPECT_EQ(metric::metrics_json(a), metric::metrics_json(b));
}

TEST(Points, GaussianFitHasTheMomentsOfThePoints) {
  const at::Tensor x =
      normal(2, {400, 2}).mm(at::tensor({1.0, 0.6, 0.0, 0.3}, at::kDouble).view({2, 2})) + 2;
  const at::Tensor fit = metric::gaussian_fit_sample(x, 100000, test_key(3));
  EXPECT_LT((fit.mean(0) - x.mean(0)).abs().max().item<double>(), 0.02);
  EXPECT_LT((at::cov(fit.t()) - at::cov(x.t())).abs().max().item<double>(), 0.03);
}

TEST(Points, BadFakesAreNamed) {
  const World ring = open_world(data::RingWorld{});
  const auto evaluate = [&](const metric::FakeSampler& sampler, std::int64_t n) {
    metric::evaluate_points(*ring.source, ring.truth, sampler, {.n = n});
  };
  at::Tensor bad = at::zeros({10, 2});
  bad[3][1] = std::numeric_limits<float>::quiet_NaN();
  expect_error([&] { evaluate(sampler_of(bad), 10); }, ErrorCode::kNumeric,
               "[metric] fakes: got 1 NaN or Inf in 10 samples, expected finite numbers; the "
               "generator has diverged, try an earlier checkpoint");
  expect_error(
      [&] {
        evaluate(sampler_of(at::zeros({10, 3})), 10);
      },
      ErrorCode::kInput, "[points] generated points: got [10,3], expected [n,2]");
  const metric::FakeSampler wrong = [](std::int64_t) {
    data::Batch batch;
    batch.set("x", at::zeros({3, 2}));
    return batch;
  };
  expect_error([&] { evaluate(wrong, 10); }, ErrorCode::kInternal,
               "[metric] field x of the fakes: got [3,2], expected 10 samples");
  expect_error([&] { evaluate(wrong, 0); }, ErrorCode::kInput,
               "[metric] fakes: got n 0 and batch 2500, expected at least 1 each");
  const auto images = data::array_source(at::zeros({5, 1, 8, 8}, at::kByte));
  expect_error([&] { metric::evaluate_points(*images, {}, wrong, {.n = 3}); },
               ErrorCode::kUnsupported, "[points] samples: got shape [1,8,8], expected points [D]");
}

}  // namespace
}  // namespace saddle::test
