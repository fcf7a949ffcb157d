#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

#include "errors.h"
#include "saddle/config/reader.h"
#include "saddle/data/source.h"
#include "saddle/data/sources.h"

namespace saddle::data {

namespace {

/// Worlds wide enough that a Riemann sum with steps of sd/2 is exact to many digits.
const std::vector<SourceConfig>& smooth_worlds() {
  static const std::vector<SourceConfig> worlds = {
      RingWorld{.sd = 0.05},
      GridWorld{.side = 3, .spacing = 1, .sd = 0.1},
      LineWorld{.modes = 3, .spacing = 1, .sd = 0.1},
      MoonsWorld{.sd = 0.1},
      SwissRollWorld{.sd = 0.05},
      ShellsWorld{.sd = 0.05},
      ShellsWorld{.shells = 2, .dimensions = 3, .sd = 0.15}};
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
  const auto n = static_cast<std::size_t>(truth.dimensions);
  std::vector<double> x(n, -edge);
  const double cell = std::pow(step, static_cast<double>(n));
  while (x.back() < edge) {
    const double log_density = truth.log_density(x);
    const double mass = std::exp(log_density) * cell;
    if (mass > 0) {
      sum.mass += mass;
      sum.entropy -= mass * log_density;
      second += mass * log_density * log_density;
    }
    // The next node, first coordinate first.
    x[0] += step;
    for (std::size_t i = 0; i + 1 < n && x[i] >= edge; ++i) {
      x[i] = -edge;
      x[i + 1] += step;
    }
  }
  sum.variance = second - sum.entropy * sum.entropy;
  return sum;
}

/// The coordinates of the first n points, one point after the other.
std::vector<float> draw(const SourceConfig& world, Split split, std::int64_t n) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(n));
  std::iota(indices.begin(), indices.end(), 0);
  auto read = read_bytes(*open_source(world, split, ""), indices);
  const auto* values = numbers<float>(read[0]);
  return {values, values + read[0].size() / sizeof(float)};
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
    const double d = std::hypot(p.x[0] - c[0], p.x[1] - c[1]) / truth.sd;
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
  EXPECT_EQ(truth.centres[0], (std::vector<double>{-4, -4}));
  EXPECT_EQ(truth.centres[1], (std::vector<double>{-2, -4}));
  EXPECT_EQ(truth.centres[24], (std::vector<double>{4, 4}));
  std::vector<int> seen(25);
  for (int i = 0; i < 25000; ++i) {
    const Point p = world_point(GridWorld{}, Split::kTrain, i);
    ++seen[static_cast<std::size_t>(p.label)];
    const auto& c = truth.centres[static_cast<std::size_t>(p.label)];
    ASSERT_LT(std::hypot(p.x[0] - c[0], p.x[1] - c[1]), 7 * truth.sd);
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
      const auto values = draw(world, split, kSamples);
      const std::vector<double> v(values.begin(), values.end());
      const auto n = static_cast<std::size_t>(truth.dimensions);
      ASSERT_EQ(v.size(), n * kSamples);
      double mean = 0;
      for (std::size_t i = 0; i < kSamples; ++i) {
        mean -= truth.log_density(std::span(v).subspan(i * n, n)) / kSamples;
      }
      for (const double coordinate : v)
        EXPECT_LT(std::abs(coordinate), truth.extent + 3 * truth.sd);
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
    EXPECT_NEAR(truth.log_density(std::vector{x, y}), expected, 1e-6);
  }
}

TEST(Worlds, SphereDensityIsElementaryInThreeDimensions) {
  // There the mean over the sphere is sinh(z) / z, z = r R / sd^2.
  for (const double sd : {0.5, 0.05, 0.01}) {
    const auto truth = point_truth(ShellsWorld{.shells = 1, .dimensions = 3, .sd = sd});
    for (const double r : {1e-6, 0.3, 1.0, 1.2}) {
      const double z = r / (sd * sd);
      const double log_mean = z < 1e-3 ? z * z / 6 : z + std::log(-std::expm1(-2 * z) / (2 * z));
      const double expected =
          log_mean - 0.5 * (r * r + 1) / (sd * sd) - 1.5 * std::log(2 * std::numbers::pi * sd * sd);
      const std::vector<double> x{r / 3, 2 * r / 3, -2 * r / 3};
      EXPECT_NEAR(truth.log_density(x), expected, 1e-9 * (1 + std::abs(expected)))
          << sd << " " << r;
    }
  }
}

TEST(Worlds, SphereDensityBendsAsItShouldAtTheCentre) {
  // The mean of exp(z u) begins with 1 + z^2 / (2 D): z = r / sd^2 is 5.6e-4 here.
  for (const std::int64_t dimensions : {2, 3, 7}) {
    const double sd = 30, r = 0.5, z = r / (sd * sd);
    const auto truth = point_truth(ShellsWorld{.shells = 1, .dimensions = dimensions, .sd = sd});
    std::vector<double> x(static_cast<std::size_t>(dimensions));
    const double middle = truth.log_density(x);
    x[0] = r;
    const double bend = truth.log_density(x) - middle + r * r / (2 * sd * sd);
    EXPECT_NEAR(bend, z * z / (2 * static_cast<double>(dimensions)), 2e-14) << dimensions;
  }
}

TEST(Worlds, ShellsOfTwoDimensionsKeepTheNameTheyHad) {
  // Runs are resumed on data of the same fingerprint.
  EXPECT_EQ(open_source(ShellsWorld{}, Split::kTrain, "")->fingerprint(),
            "shells v1 shells=3 sd=0.02 split=train");
  EXPECT_EQ(open_source(ShellsWorld{.dimensions = 3}, Split::kTrain, "")->fingerprint(),
            "shells v1 shells=3 dimensions=3 sd=0.02 split=train");
}

TEST(Worlds, SphereDensityIsContinuousWhereItsSeriesMeet) {
  for (const std::int64_t dimensions : {2, 3, 10, 64}) {
    const auto truth = point_truth(ShellsWorld{.shells = 1, .dimensions = dimensions, .sd = 0.04});
    // Radii whose z lies at the two joints: z = r / sd^2.
    for (const double joint : {1e-3, 600.0}) {
      std::vector<double> below(static_cast<std::size_t>(dimensions));
      auto above = below;
      below[0] = joint * 0.04 * 0.04 * (1 - 1e-9);
      above[0] = joint * 0.04 * 0.04 * (1 + 1e-9);
      EXPECT_NEAR(truth.log_density(below), truth.log_density(above), 2e-6)
          << dimensions << " " << joint;
    }
  }
}

TEST(Worlds, SpheresAreCoveredEvenly) {
  constexpr int kSamples = 20000;
  constexpr std::int64_t kDimensions = 5;
  const ShellsWorld world{.shells = 1, .dimensions = kDimensions, .sd = 1e-6};
  std::vector<double> sum(kDimensions), square(kDimensions);
  double product = 0;
  for (int i = 0; i < kSamples; ++i) {
    const Point p = world_point(world, Split::kTrain, i);
    double length = 0;
    for (std::size_t k = 0; k < p.x.size(); ++k) {
      sum[k] += p.x[k] / kSamples;
      square[k] += p.x[k] * p.x[k] / kSamples;
      length += p.x[k] * p.x[k];
    }
    product += p.x[0] * p.x[1] / kSamples;
    ASSERT_NEAR(length, 1, 2e-5);
  }
  // A coordinate has variance 1/D, its square 3/(D(D+2)) - 1/D^2; four standard errors.
  const double error = 4 / std::sqrt(kSamples);
  for (const double mean : sum) EXPECT_NEAR(mean, 0, error * std::sqrt(0.2));
  for (const double mean : square) EXPECT_NEAR(mean, 0.2, error * std::sqrt(3.0 / 35 - 0.04));
  EXPECT_NEAR(product, 0, error * std::sqrt(1.0 / 35));
}

TEST(Worlds, LineCentresAreAroundZero) {
  const auto truth = point_truth(LineWorld{});
  ASSERT_EQ(truth.centres.size(), 5u);
  EXPECT_EQ(truth.centres[0], std::vector<double>{-4});
  EXPECT_EQ(truth.centres[2], std::vector<double>{0});
  EXPECT_EQ(truth.centres[4], std::vector<double>{4});
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
  const std::vector<std::int64_t> expected = {8, 9, 3, 2, 0, 3, 2};
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
    EXPECT_NEAR(moons.log_density(std::vector{std::cos(t) - 0.5, std::sin(t) - 0.25}), expected,
                1e-4)
        << t;
  }
}

TEST(Sources, RowsSayWhetherTheyReadFilesAndAreWorlds) {
  EXPECT_FALSE(needs_data_path(RingWorld{}));
  EXPECT_FALSE(needs_data_path(DigitsWorld{}));
  for (const SourceConfig& world : smooth_worlds()) EXPECT_TRUE(point_truth(world).has_value());
}

TEST(Sources, OnlyWorldsHaveAPointTruth) {
  EXPECT_FALSE(point_truth(SourceConfig{DigitsWorld{}}).has_value());
  EXPECT_FALSE(point_truth(SourceConfig{IdxFiles{}}).has_value());
  EXPECT_TRUE(needs_data_path(IdxFiles{}));
}

}  // namespace saddle::data
