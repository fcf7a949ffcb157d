#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "errors.h"
#include "saddle/config/reader.h"
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

/// x, y, x, y, ... of the first n points.
std::vector<float> draw(const SourceConfig& world, Split split, std::int64_t n) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(n));
  std::iota(indices.begin(), indices.end(), 0);
  auto read = read_bytes(*open_source(world, split, ""), indices);
  const auto* values = numbers<float>(read[0]);
  return {values, values + 2 * n};
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
      const auto v = draw(world, split, kSamples);
      double mean = 0;
      for (std::size_t i = 0; i < kSamples; ++i) {
        mean -= truth.log_density(v[2 * i], v[2 * i + 1]) / kSamples;
        EXPECT_LT(std::max(std::abs(v[2 * i]), std::abs(v[2 * i + 1])),
                  truth.extent + 3 * truth.sd);
      }
      EXPECT_NEAR(mean, exact.entropy, 4 * std::sqrt(exact.variance / kSamples)) << world.index();
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
    const auto train = draw(world, Split::kTrain, 64);
    const auto test = draw(world, Split::kTest, 64);
    EXPECT_EQ(train, draw(world, Split::kTrain, 64));
    for (std::size_t i = 0; i < train.size(); ++i) EXPECT_NE(train[i], test[i]);
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

}  // namespace saddle::data
