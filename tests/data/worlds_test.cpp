#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "errors.h"
#include "saddle/config/reader.h"
#include "saddle/data/array_source.h"
#include "saddle/data/source.h"
#include "saddle/data/sources.h"

namespace saddle::data {

namespace {

/// Worlds wide enough that a Riemann sum with steps of sd/2 is exact to many digits.
const std::vector<SourceConfig>& smooth_worlds() {
  static const std::vector<SourceConfig> worlds = {
      RingWorld{.sd = 0.05}, GridWorld{.side = 3, .spacing = 1, .sd = 0.1}, MoonsWorld{.sd = 0.1},
      SwissRollWorld{.sd = 0.05}, ShellsWorld{.sd = 0.05}};
  return worlds;
}

struct Integral {
  double mass = 0;
  double entropy = 0;  // of minus log density
  double variance = 0;
};

Integral integrate(const PointTruth& truth) {
  const double step = truth.sd / 2;
  const double edge = truth.extent + 4 * truth.sd;
  Integral sum;
  double second = 0;
  for (double x = -edge; x < edge; x += step) {
    for (double y = -edge; y < edge; y += step) {
      const double log_density = truth.log_density(x, y);
      const double mass = std::exp(log_density) * step * step;
      if (mass == 0) continue;
      sum.mass += mass;
      sum.entropy -= mass * log_density;
      second += mass * log_density * log_density;
    }
  }
  sum.variance = second - sum.entropy * sum.entropy;
  return sum;
}

at::Tensor draw(const SourceConfig& world, Split split, std::int64_t n) {
  const auto set = subset(*open_source(world, split, ""), 0, n);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) indices[i] = i;
  std::vector<at::Tensor> out(set->fields().size(), at::empty({n, 2}));
  if (out.size() > 1) out[1] = at::empty({n}, at::kLong);
  set->read(indices, out);
  return out[0];
}

}  // namespace

TEST(Worlds, ModesHaveTheDocumentedCentresSharesAndSpread) {
  constexpr int kSamples = 80000;
  const RingWorld ring;
  const auto truth = point_truth(ring);
  ASSERT_EQ(truth.centres.size(), 8u);
  EXPECT_NEAR(truth.centres[2][0], 0, 1e-12);
  EXPECT_NEAR(truth.centres[2][1], 1, 1e-12);
  std::vector<double> shares(8);
  double near = 0, radius = 0, square = 0;
  for (int i = 0; i < kSamples; ++i) {
    const Point p = world_point(ring, Split::kTrain, i);
    const auto& c = truth.centres[static_cast<std::size_t>(p.label)];
    const double d = std::hypot(p.x - c[0], p.y - c[1]) / truth.sd;
    shares[static_cast<std::size_t>(p.label)] += 1.0 / kSamples;
    square += d * d / kSamples;
    if (d <= 3) {
      near += 1;
      radius += d;
    }
  }
  // Tolerances are four standard errors.
  for (const double share : shares) EXPECT_NEAR(share, 0.125, 0.0047);
  EXPECT_NEAR(near / kSamples, 1 - std::exp(-4.5), 0.0015);
  EXPECT_NEAR(radius / near, 1.230271, 0.0090);
  EXPECT_NEAR(square, 2, 0.029);
}

TEST(Worlds, GridCentresAreMinusFourToFour) {
  const auto truth = point_truth(GridWorld{});
  ASSERT_EQ(truth.centres.size(), 25u);
  EXPECT_EQ(truth.centres[0], (std::array<double, 2>{-4, -4}));
  EXPECT_EQ(truth.centres[1], (std::array<double, 2>{-2, -4}));
  EXPECT_EQ(truth.centres[24], (std::array<double, 2>{4, 4}));
  std::vector<int> seen(25);
  for (int i = 0; i < 25000; ++i) {
    const Point p = world_point(GridWorld{}, Split::kTrain, i);
    ++seen[static_cast<std::size_t>(p.label)];
    const auto& c = truth.centres[static_cast<std::size_t>(p.label)];
    ASSERT_LT(std::hypot(p.x - c[0], p.y - c[1]), 7 * truth.sd);
  }
  for (const int count : seen) EXPECT_NEAR(count, 1000, 124);  // four standard errors
}

TEST(Worlds, DensityIntegratesToOne) {
  for (const auto& world : smooth_worlds()) {
    // The ends of an arc leave the quadrature's own error.
    EXPECT_NEAR(integrate(*point_truth(world)).mass, 1, 1e-4) << world.index();
  }
}

TEST(Worlds, SamplesFollowTheDensity) {
  // The mean of -log density over samples is the entropy, which the integral gives.
  constexpr std::int64_t kSamples = 4000;
  for (const auto& world : smooth_worlds()) {
    const auto truth = *point_truth(world);
    const Integral exact = integrate(truth);
    for (const Split split : {Split::kTrain, Split::kTest}) {
      const at::Tensor x = draw(world, split, kSamples);
      const auto* v = x.const_data_ptr<float>();
      double mean = 0;
      for (std::int64_t i = 0; i < kSamples; ++i) {
        mean -= truth.log_density(v[2 * i], v[2 * i + 1]) / kSamples;
      }
      EXPECT_NEAR(mean, exact.entropy, 4 * std::sqrt(exact.variance / kSamples)) << world.index();
      EXPECT_LT(x.abs().max().item<double>(), truth.extent + 3 * truth.sd);
    }
  }
}

TEST(Worlds, ShellDensityIsTheCircleIntegral) {
  const ShellsWorld world{.shells = 2, .sd = 0.05};
  const auto truth = point_truth(world);
  for (const auto& [x, y] : {std::pair{0.3, 0.4}, {0.9, 0.1}, {0.05, 0.0}}) {
    double sum = 0;
    constexpr int kAngles = 20000;
    for (const double radius : {0.5, 1.0}) {
      for (int i = 0; i < kAngles; ++i) {
        const double angle = 2 * std::numbers::pi * i / kAngles;
        const double dx = x - radius * std::cos(angle);
        const double dy = y - radius * std::sin(angle);
        sum += std::exp(-0.5 * (dx * dx + dy * dy) / (world.sd * world.sd)) / (2 * kAngles);
      }
    }
    const double expected = std::log(sum / (2 * std::numbers::pi * world.sd * world.sd));
    EXPECT_NEAR(truth.log_density(x, y), expected, 1e-6);
  }
}

TEST(Worlds, SplitsDifferAndSamplesRepeat) {
  for (const auto& world : smooth_worlds()) {
    const at::Tensor train = draw(world, Split::kTrain, 64);
    EXPECT_TRUE(at::equal(train, draw(world, Split::kTrain, 64)));
    EXPECT_EQ((train == draw(world, Split::kTest, 64)).sum().item<int>(), 0);
    EXPECT_NE(open_source(world, Split::kTrain, "")->fingerprint(),
              open_source(world, Split::kTest, "")->fingerprint());
  }
}

TEST(Worlds, LabelsExistWhereThereAreModes) {
  const std::vector<std::int64_t> expected = {8, 9, 2, 0, 3};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto source = open_source(smooth_worlds()[i], Split::kTrain, "");
    EXPECT_EQ(source->classes(), expected[i]);
    EXPECT_EQ(source->fields().size(), expected[i] > 0 ? 2u : 1u);
    EXPECT_EQ(source->size(), Source::kEndless);
  }
}

TEST(Worlds, RefuseADataPath) {
  for (const auto& world : smooth_worlds()) {
    EXPECT_THROW(open_source(world, Split::kTrain, "photos"), Error);
    EXPECT_FALSE(needs_data_path(world));
  }
  EXPECT_EQ(data_error_text([] { open_source(RingWorld{}, Split::kTrain, "photos"); }),
            "[data] the world 'ring' draws its own samples: got the data path 'photos'; leave it "
            "out, or choose data.name = \"idx\"");
}

TEST(Worlds, CurvesRefuseNoiseThatTheirDensityCannotFollow) {
  const auto refusal = [](auto world, const std::string& text) {
    try {
      config::load(world, std::vector<config::Source>{{.text = text, .name = "my.toml"}});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string expected = ", expected a number >= 0.001";
  EXPECT_NE(refusal(MoonsWorld{}, "sd = 1e-4").find(expected), std::string::npos);
  EXPECT_NE(refusal(SwissRollWorld{}, "sd = 1e-4").find(expected), std::string::npos);
  EXPECT_EQ(refusal(MoonsWorld{}, "sd = 1e-3") + refusal(SwissRollWorld{}, "sd = 1e-3"), "");
}

TEST(Worlds, DensityOnACurveIsRightAtTheSmallestNoise) {
  // Near a straight line the noise across leaves 1 / (sqrt(2 pi) sd), the arc 1 / length along.
  const double sd = 1e-3;
  const PointTruth moons = point_truth(MoonsWorld{.sd = sd});
  for (const double t : {0.5, 0.50003, 1.3, 2.2}) {
    const double expected =
        -std::log(2 * std::numbers::pi) - std::log(std::sqrt(2 * std::numbers::pi) * sd);
    // The sum along the arc has three points a standard deviation.
    EXPECT_NEAR(moons.log_density(std::cos(t) - 0.5, std::sin(t) - 0.25), expected, 1e-4) << t;
  }
}

TEST(Sources, RowsSayWhetherTheyReadFilesAndAreWorlds) {
  EXPECT_FALSE(needs_data_path(RingWorld{}));
  EXPECT_FALSE(needs_data_path(DigitsWorld{}));
  const std::vector<SourceConfig> worlds{RingWorld{}, GridWorld{}, MoonsWorld{}, SwissRollWorld{},
                                         ShellsWorld{}};
  for (const SourceConfig& world : worlds) EXPECT_TRUE(point_truth(world).has_value());
}

TEST(Sources, OnlyWorldsHaveAPointTruth) {
  EXPECT_FALSE(point_truth(SourceConfig{DigitsWorld{}}).has_value());
  EXPECT_FALSE(point_truth(SourceConfig{IdxFiles{}}).has_value());
  EXPECT_TRUE(needs_data_path(IdxFiles{}));
}

TEST(ArraySource, ReadsRowsAndChecksLabels) {
  const at::Tensor x = at::arange(12, at::kFloat).view({4, 3});
  const at::Tensor labels = at::tensor(std::vector<std::int64_t>{0, 2, 1, 2});
  const auto source = array_source(x, labels);
  EXPECT_EQ(source->size(), 4);
  EXPECT_EQ(source->classes(), 3);
  std::vector<at::Tensor> out = {at::empty({2, 3}), at::empty({2}, at::kLong)};
  source->read(std::vector<std::int64_t>{3, 1}, out);
  EXPECT_TRUE(at::equal(out[0], at::stack({x[3], x[1]})));
  EXPECT_EQ(out[1].sum().item<int>(), 4);
  EXPECT_EQ(source->fingerprint(), array_source(x.clone(), labels.clone())->fingerprint());
  EXPECT_NE(source->fingerprint(), array_source(x + 1, labels)->fingerprint());
  EXPECT_EQ(data_error_text([&] { array_source(x, labels, 2); }),
            "[data] label of sample 1: got 2, expected 0 or more and less than 2");
  EXPECT_EQ(data_error_text([&] { array_source(x, labels - 1); }),
            "[data] label of sample 0: got -1, expected 0 or more");
  EXPECT_EQ(data_error_text([&] { array_source(x, labels.slice(0, 0, 3)); }),
            "[data] labels: got Long [3], expected Long [4], one for each sample");
  EXPECT_EQ(data_error_text([&] {
              array_source(at::empty({0, 3}));
            }),
            "[data] no samples: got an empty array, expected [N,...]");
  EXPECT_EQ(data_error_text([&] {
              source->read(std::vector<std::int64_t>{4, 0}, out);
            }),
            "[data] sample index: got 4, expected less than 4");
  EXPECT_EQ(data_error_text([&] { subset(*source, 2, 3); }),
            "[data] subset: got samples 2 to 4, expected within 0 to 3");
  EXPECT_EQ(subset(*source, 1, 3)->size(), 3);
}

}  // namespace saddle::data
