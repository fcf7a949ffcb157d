#include "saddle/data/shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <set>
#include <vector>

#include "saddle/base/philox.h"
#include "saddle/data/shape_outlines.h"
#include "saddle/data/source.h"
#include "saddle/data/sources.h"
#include "tests/data/errors.h"

namespace saddle::data {

namespace {

constexpr int kKinds = static_cast<int>(kShapeKinds.size());

std::vector<std::uint8_t> shape_picture(int label, const ShapeFactors& factors,
                                        int resolution = 64) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(3 * resolution * resolution));
  draw_shape(label, factors, resolution, out);
  return out;
}

/// White on black.
ShapeFactors silhouette() {
  return {.saturation = 0, .brightness = 1, .background_brightness = 0};
}

/// Area in pixels and centre of mass in pixels from the top left corner.
struct Silhouette {
  double area = 0, x = 0, y = 0;
};

Silhouette measure(const std::vector<std::uint8_t>& picture, int resolution) {
  Silhouette s;
  for (int y = 0; y < resolution; ++y) {
    for (int x = 0; x < resolution; ++x) {
      const double cover = picture[static_cast<std::size_t>(y * resolution + x)] / 255.0;
      s.area += cover;
      s.x += cover * (x + 0.5);
      s.y += cover * (y + 0.5);
    }
  }
  s.x /= s.area;
  s.y /= s.area;
  return s;
}

int greatest_difference(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  int most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

float outline_distance(int label, double x, double y) {
  float out = 0;
  outline_distances(label, {static_cast<float>(x), static_cast<float>(y), 1, 0}, {&out, 1});
  return out;
}

}  // namespace

TEST(Shapes, SameIndexSamePictureAndSplitsDiffer) {
  const ShapesWorld world;
  int equal = 0;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const auto a = shape_sample(world, Split::kTrain, i);
    const auto b = shape_sample(world, Split::kTrain, i);
    EXPECT_EQ(a.label, b.label);
    EXPECT_EQ(a.factors, b.factors);
    EXPECT_EQ(shape_picture(a.label, a.factors), shape_picture(b.label, b.factors));
    equal += a.factors == shape_sample(world, Split::kTest, i).factors;
    equal += a.factors == shape_sample(world, Split::kTrain, i + 1).factors;
  }
  EXPECT_EQ(equal, 0);
}

TEST(Shapes, KindsHaveEqualSharesAndFactorsAreUniformAndIndependent) {
  constexpr int kSamples = 20000;
  constexpr double kErrors = 4.5;  // standard errors; 0.1 % of a chance in 150 comparisons
  const ShapesWorld world;
  const auto truth = shape_truth(world);
  // The label is the last column, mapped to [0, 1).
  std::vector<std::array<double, kShapeFactorCount + 1>> rows;
  std::array<int, kKinds> seen{};
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    const auto s = shape_sample(world, Split::kTrain, i);
    ++seen[static_cast<std::size_t>(s.label)];
    if (shape_period(s.label) == 0) {
      EXPECT_EQ(s.factors.turn, 0);
      continue;
    }
    auto& row = rows.emplace_back();
    for (std::size_t f = 0; f < truth.size(); ++f) {
      const double value = s.factors.*truth[f].value;
      ASSERT_GE(value, truth[f].low) << truth[f].name;
      ASSERT_LT(value, truth[f].high) << truth[f].name;
      row[f] = (value - truth[f].low) / (truth[f].high - truth[f].low);
    }
    row.back() = (s.label + 0.5) / kKinds;
  }
  for (const int count : seen) {
    EXPECT_NEAR(count, kSamples / 10.0, kErrors * std::sqrt(kSamples * 0.09));
  }
  const auto n = static_cast<double>(rows.size());
  for (std::size_t f = 0; f < truth.size(); ++f) {
    std::array<int, 10> bins{};
    for (const auto& row : rows) ++bins[static_cast<std::size_t>(10 * row[f])];
    for (const int count : bins) {
      EXPECT_NEAR(count, n / 10, kErrors * std::sqrt(n * 0.09)) << truth[f].name;
    }
  }
  for (std::size_t a = 0; a <= truth.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      double xy = 0, xx = 0, yy = 0;
      // About the mean of the uniform; the labels of the kinds that turn have mean 0.56.
      const auto centred = [&](const auto& row, std::size_t k) {
        return row[k] - (k == truth.size() ? 0.5625 : 0.5);
      };
      for (const auto& row : rows) {
        xy += centred(row, a) * centred(row, b);
        xx += centred(row, a) * centred(row, a);
        yy += centred(row, b) * centred(row, b);
      }
      EXPECT_LT(std::abs(xy / std::sqrt(xx * yy)), kErrors / std::sqrt(n)) << a << ' ' << b;
    }
  }
}

TEST(Shapes, EveryKindHasTheAreaOfItsDiscAroundItsPlace) {
  for (int label = 0; label < kKinds; ++label) {
    for (const double turn : {0.0, 0.3}) {
      ShapeFactors f = silhouette();
      f.x = 0.47;
      f.y = 0.52;
      f.turn = turn;
      // 2 %: corners thinner than a pixel are drawn short.
      for (const double size : {0.13, 0.19}) {
        f.size = size;
        const auto s = measure(shape_picture(label, f), 64);
        const double expected = std::numbers::pi * size * size * 64 * 64;
        EXPECT_NEAR(s.area / expected, 1, 0.02) << kShapeKinds[static_cast<std::size_t>(label)];
        EXPECT_NEAR(s.x, 0.47 * 64, 0.05) << label;
        EXPECT_NEAR(s.y, 0.52 * 64, 0.05) << label;
      }
    }
  }
}

TEST(Shapes, DistancesAreThoseToTheNearestPointOfTheOutline) {
  // The outline is found where the sign changes along a fine grid; the distances are then checked
  // by search, so a distance that is only a bound would be seen.
  constexpr int kGrid = 500;
  constexpr double kStep = 4.0 / kGrid;
  for (int label = 0; label < kKinds; ++label) {
    std::vector<std::array<double, 2>> outline;
    const auto place = [](int i) { return -2 + (i + 0.37) * kStep; };
    std::vector<float> row(kGrid), above(kGrid, 1.0f);
    double reach = 0;
    for (int y = 0; y < kGrid; ++y) {
      outline_distances(label,
                        {static_cast<float>(place(0)), static_cast<float>(place(y)),
                         static_cast<float>(kStep), 0},
                        row);
      for (int x = 0; x < kGrid; ++x) {
        const auto i = static_cast<std::size_t>(x);
        if ((row[i] < 0) != (above[i] < 0)) outline.push_back({place(x), place(y) - kStep / 2});
        if (x > 0 && (row[i] < 0) != (row[i - 1] < 0)) {
          outline.push_back({place(x) - kStep / 2, place(y)});
        }
        if (row[i] < 0) reach = std::max(reach, std::hypot(place(x), place(y)));
      }
      above = row;
    }
    // A tip of the triangle, drop or crescent ends between the lines of the grid.
    EXPECT_NEAR(outline_reach(label), reach, 4 * kStep) << label;
    PhiloxSequence random(7);
    for (int i = 0; i < 200; ++i) {
      const double x = random.uniform(-2, 2), y = random.uniform(-2, 2);
      double nearest = 10;
      for (const auto& p : outline) nearest = std::min(nearest, std::hypot(p[0] - x, p[1] - y));
      EXPECT_NEAR(std::abs(outline_distance(label, x, y)), nearest, 4 * kStep)
          << kShapeKinds[static_cast<std::size_t>(label)] << " at " << x << ", " << y;
    }
  }
}

TEST(Shapes, AFullTurnLooksTheSameAndAPartDoesNot) {
  for (int label = 0; label < kKinds; ++label) {
    ShapeFactors f = silhouette();
    const auto upright = shape_picture(label, f);
    f.turn = 1;
    EXPECT_LE(greatest_difference(shape_picture(label, f), upright), 1) << label;
    for (const double part : {1.0 / 2, 1.0 / 3, 1.0 / 5}) {
      f.turn = part;
      const int difference = greatest_difference(shape_picture(label, f), upright);
      if (shape_period(label) == 0) {
        EXPECT_EQ(difference, 0) << label;
      } else {
        EXPECT_GT(difference, 60) << label << " by " << part;
      }
    }
  }
}

TEST(Shapes, TurnsGoClockwiseFromUpright) {
  // The tip of the drop is far from the centre of mass: where is the farthest ink?
  const auto tip = [](double turn) {
    ShapeFactors f = silhouette();
    f.turn = turn;
    const auto picture = shape_picture(8, f);
    double most = 0;
    std::array<double, 2> out{};
    for (int i = 0; i < 64 * 64; ++i) {
      const double x = i % 64 - 31.5, y = static_cast<double>(i / 64) - 31.5;
      if (picture[static_cast<std::size_t>(i)] > 128 && std::hypot(x, y) > most) {
        most = std::hypot(x, y);
        out = {x, y};
      }
    }
    return out;
  };
  EXPECT_LT(tip(0)[1], -10);
  EXPECT_GT(tip(0.25)[0], 10);
  EXPECT_GT(tip(0.5)[1], 10);
  EXPECT_LT(tip(0.75)[0], -10);
}

TEST(Shapes, UprightKindsAreMirrorPictures) {
  for (int label = 0; label < kKinds; ++label) {
    const auto picture = shape_picture(label, silhouette());
    auto mirrored = picture;
    for (std::size_t i = 0; i < picture.size(); ++i) {
      const std::size_t x = i % 64, y = i / 64 % 64, plane = i / 4096 * 4096;
      // The crescent opens to the right; all others stand on their axis.
      mirrored[i] = picture[plane + (label == 7 ? (63 - y) * 64 + x : y * 64 + 63 - x)];
    }
    EXPECT_LE(greatest_difference(picture, mirrored), 1) << label;
  }
}

TEST(Shapes, ColoursAreThoseAskedFor) {
  using Colour = std::array<double, 3>;
  EXPECT_EQ(rgb_of_hsv(0, 1, 1), (Colour{1, 0, 0}));
  EXPECT_EQ(rgb_of_hsv(0.5, 1, 0.5), (Colour{0, 0.5, 0.5}));
  EXPECT_EQ(rgb_of_hsv(0.25, 0, 0.25), (Colour{0.25, 0.25, 0.25}));
  EXPECT_EQ(hsv_of_rgb(0.5, 0.5, 0.5), (Colour{0, 0, 0.5}));
  PhiloxSequence random(3);
  for (int i = 0; i < 200; ++i) {
    const Colour hsv{random.uniform(), random.uniform(0.1, 1), random.uniform(0.1, 1)};
    const Colour rgb = rgb_of_hsv(hsv[0], hsv[1], hsv[2]);
    const Colour back = hsv_of_rgb(rgb[0], rgb[1], rgb[2]);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(back[c], hsv[c], 1e-12);
  }
  for (std::uint64_t i = 0; i < 100; ++i) {
    ShapeFactors f = shape_sample({}, Split::kTrain, i).factors;
    const auto shape = rgb_of_hsv(f.hue, f.saturation, f.brightness);
    const auto behind =
        rgb_of_hsv(f.background_hue, f.background_saturation, f.background_brightness);
    // The shape where it is, the background on average: it fades evenly to both sides.
    const auto square = shape_picture(1, f);
    f.size = 0;
    const auto empty = shape_picture(0, f);
    const int middle = static_cast<int>(f.y * 64) * 64 + static_cast<int>(f.x * 64);
    for (int c = 0; c < 3; ++c) {
      const auto channel = static_cast<std::size_t>(c);
      EXPECT_NEAR(square[static_cast<std::size_t>(4096 * c + middle)], 255 * shape[channel], 0.51);
      double mean = 0;
      for (int k = 0; k < 4096; ++k) mean += empty[static_cast<std::size_t>(4096 * c + k)];
      EXPECT_NEAR(mean / 4096, 255 * behind[channel], 0.2);
    }
  }
}

TEST(Shapes, BackgroundsFadeAsAsked) {
  ShapeFactors f{.size = 0, .background_saturation = 0, .background_brightness = 0.4};
  f.gradient_x = 0.3;
  f.gradient_y = -0.2;
  const auto picture = shape_picture(0, f);
  // 0.4 * 255 = 102 in the middle; the outermost pixels lie 63/64 of the way to the sides.
  const double side = 63.0 / 64;
  EXPECT_NEAR(picture[0], 102 * (1 - 0.3 * side + 0.2 * side), 0.51);
  EXPECT_NEAR(picture[63], 102 * (1 + 0.3 * side + 0.2 * side), 0.51);
  EXPECT_NEAR(picture[4095], 102 * (1 + 0.3 * side - 0.2 * side), 0.51);
}

TEST(Shapes, NoShapeIsCutOffAndEveryOneStandsOut) {
  const ShapesWorld world;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto s = shape_sample(world, Split::kTrain, i);
    const auto picture = shape_picture(s.label, s.factors);
    ShapeFactors empty = s.factors;
    empty.size = 0;
    const auto background = shape_picture(0, empty);
    int stands_out = 0, border = 0;
    for (std::size_t k = 0; k < picture.size(); ++k) {
      const std::size_t x = k % 64, y = k / 64 % 64;
      const int difference = std::abs(picture[k] - background[k]);
      stands_out = std::max(stands_out, difference);
      border += x == 0 || y == 0 || x == 63 || y == 63 ? difference : 0;
    }
    EXPECT_EQ(border, 0) << i;
    // Brightness 0.8 against at most 0.32 with 0.35 more to each side.
    EXPECT_GT(stands_out, 60) << i;
  }
}

TEST(Shapes, SourceGivesPicturesLabelsAndFactors) {
  const ShapesWorld world{.resolution = 32, .kinds = 3, .rotate = false};
  const auto source = open_source(SourceConfig{world}, Split::kTest, "");
  EXPECT_EQ(source->classes(), 3);
  EXPECT_EQ(source->class_names(), (std::vector<std::string>{"circle", "square", "triangle"}));
  EXPECT_EQ(source->size(), Source::kEndless);
  EXPECT_EQ(source->fields()[0], (FieldSpec{"x", codec::ElementType::kU8, {3, 32, 32}}));
  EXPECT_EQ(source->fields()[1], (FieldSpec{"label", codec::ElementType::kI64, {}}));
  EXPECT_EQ(source->fields()[2], (FieldSpec{"factors", codec::ElementType::kF32, {12}}));
  const std::vector<std::int64_t> indices{5, 0, std::int64_t{1} << 40};
  auto out = read_bytes(*source, indices);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const auto s = shape_sample(world, Split::kTest, static_cast<std::uint64_t>(indices[i]));
    const auto expected = shape_picture(s.label, s.factors, 32);
    EXPECT_EQ(std::memcmp(out[0].data() + i * 3072, expected.data(), 3072), 0);
    EXPECT_EQ(numbers<std::int64_t>(out[1])[i], s.label);
    EXPECT_LT(s.label, 3);
    const float* factors = numbers<float>(out[2]) + 12 * i;
    EXPECT_NEAR(factors[0], (s.factors.x - 0.36) / 0.28, 1e-6);
    EXPECT_NEAR(factors[2], (s.factors.size - 0.13) / 0.06, 1e-6);
    EXPECT_EQ(factors[3], 0);  // no turn in this world
    EXPECT_NEAR(factors[4], s.factors.hue, 1e-6);
    for (int f = 0; f < 12; ++f) {
      EXPECT_GE(factors[f], 0);
      EXPECT_LE(factors[f], 1);
    }
  }
}

TEST(Shapes, EveryParameterChangesTheFingerprint) {
  const std::vector<ShapesWorld> worlds = {{},
                                           {.resolution = 32},
                                           {.kinds = 3},
                                           {.min_size = 0.1},
                                           {.max_size = 0.18},
                                           {.spread = 0.1},
                                           {.gradient = 0.2},
                                           {.rotate = false}};
  std::set<std::string> seen{make_source(worlds[0], Split::kTest, "")->fingerprint()};
  for (const auto& world : worlds) {
    seen.insert(make_source(world, Split::kTrain, "")->fingerprint());
  }
  EXPECT_EQ(seen.size(), worlds.size() + 1);
}

TEST(Shapes, RefusesWhatItCannotDraw) {
  std::vector<std::uint8_t> bytes(3 * 64 * 64);
  EXPECT_EQ(data_error_text([&] { draw_shape(10, {}, 64, bytes); }),
            "[shapes] kind: got 10, expected 0 to 9");
  EXPECT_EQ(data_error_text([&] { draw_shape(-1, {}, 64, bytes); }),
            "[shapes] kind: got -1, expected 0 to 9");
  EXPECT_EQ(data_error_text([&] { draw_shape(0, {}, 8, bytes); }),
            "[shapes] resolution: got 8, expected 16 to 256");
  EXPECT_EQ(data_error_text([&] { draw_shape(0, {}, 32, bytes); }),
            "[shapes] bytes of a picture: got 12288, expected 3072");
  const auto refusal = [](const ShapesWorld& world, const std::string& path = "") {
    return data_error_text([&] { make_source(world, Split::kTrain, path); });
  };
  EXPECT_EQ(refusal({}, "photos"),
            "[data] the world 'shapes' draws its own samples: got the data path 'photos'; leave it "
            "out, or choose a data.name that reads files");
  EXPECT_EQ(refusal({.resolution = 8}), "[data] data.resolution: got 8, expected 16 to 256");
  EXPECT_EQ(refusal({.kinds = 11}), "[data] data.kinds: got 11, expected 1 to 10");
  EXPECT_EQ(refusal({.min_size = 0.19, .max_size = 0.15}),
            "[data] data.min_size: got 0.19, expected at most data.max_size = 0.15");
  EXPECT_EQ(refusal({.max_size = 0.25}),
            "[data] data.max_size: got 0.25, expected at most 0.202 so that no shape leaves the "
            "picture; try a smaller data.spread");
  // Circles reach less far than crescents.
  EXPECT_NO_THROW(make_source(ShapesWorld{.kinds = 1, .max_size = 0.25}, Split::kTrain, ""));
}

}  // namespace saddle::data
