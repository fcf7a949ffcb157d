#include "saddle/data/shapes.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/philox.h"
#include "saddle/base/text.h"
#include "saddle/data/shape_outlines.h"
#include "saddle/data/split.h"

namespace saddle::data {

namespace {

constexpr int kLeastResolution = 16;
constexpr int kGreatestResolution = 256;

/// The colour of the background: a plane over the picture in each channel.
void fill_background(const ShapeFactors& f, int resolution, std::span<std::uint8_t> out) {
  const auto rgb = rgb_of_hsv(f.background_hue, f.background_saturation, f.background_brightness);
  const double step = 2.0 / resolution;
  std::uint8_t* pixel = out.data();
  for (const double level : rgb) {
    const auto across = static_cast<float>(255 * level * f.gradient_x * step);
    for (int y = 0; y < resolution; ++y) {
      const double down = f.gradient_y * ((y + 0.5) * step - 1);
      const auto left =
          static_cast<float>(255 * level * (1 + down + f.gradient_x * (0.5 * step - 1)));
      for (int x = 0; x < resolution; ++x) {
        const float value = left + across * static_cast<float>(x);
        *pixel++ = static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f) + 0.5f);
      }
    }
  }
}

}  // namespace

std::array<ShapeFactorRange, kShapeFactorCount> shape_truth(const ShapesWorld& world) {
  using F = ShapeFactors;
  const double low = 0.5 - world.spread, high = 0.5 + world.spread;
  return {{
      {"x", &F::x, low, high},
      {"y", &F::y, low, high},
      {"size", &F::size, world.min_size, world.max_size},
      {"turn", &F::turn, 0, world.rotate ? 1.0 : 0.0, true},
      {"hue", &F::hue, 0, 1, true},
      // Every background is darker in all channels than any shape in its brightest one.
      {"saturation", &F::saturation, 0.45, 0.95},
      {"brightness", &F::brightness, 0.8, 1},
      {"background_hue", &F::background_hue, 0, 1, true},
      {"background_saturation", &F::background_saturation, 0.2, 0.8},
      {"background_brightness", &F::background_brightness, 0.12, 0.32},
      {"gradient_x", &F::gradient_x, -world.gradient, world.gradient},
      {"gradient_y", &F::gradient_y, -world.gradient, world.gradient},
  }};
}

double shape_period(int label) {
  const int symmetry = outline_symmetry(label);
  return symmetry == 0 ? 0 : 2 * std::numbers::pi / symmetry;
}

std::array<float, kShapeFactorCount> normalised_factors(const ShapesWorld& world,
                                                        const ShapeFactors& factors) {
  std::array<float, kShapeFactorCount> out{};
  const auto truth = shape_truth(world);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double width = truth[i].high - truth[i].low;
    if (width > 0) {
      out[i] = static_cast<float>((factors.*truth[i].value - truth[i].low) / width);
    }
  }
  return out;
}

std::array<double, 3> rgb_of_hsv(double hue, double saturation, double brightness) {
  const auto channel = [&](double shift) {
    const double place = 6 * (hue + shift - std::floor(hue + shift));
    return brightness * (1 - saturation * (1 - std::clamp(std::abs(place - 3) - 1, 0.0, 1.0)));
  };
  return {channel(0), channel(2.0 / 3), channel(1.0 / 3)};
}

std::array<double, 3> hsv_of_rgb(double red, double green, double blue) {
  const double high = std::max({red, green, blue});
  const double chroma = high - std::min({red, green, blue});
  if (chroma <= 0) return {0, 0, high};
  double sector = 0;
  if (high == red) {
    sector = (green - blue) / chroma;
  } else if (high == green) {
    sector = 2 + (blue - red) / chroma;
  } else {
    sector = 4 + (red - green) / chroma;
  }
  const double hue = sector / 6;
  return {hue - std::floor(hue), chroma / high, high};
}

ShapeSample shape_sample(const ShapesWorld& world, Split split, std::uint64_t index) {
  const char* stream = split == Split::kTrain ? "shapes/train" : "shapes/test";
  auto random = PhiloxSequence::of(stream_key(0, stream), index);
  ShapeSample sample;
  sample.label = static_cast<int>(random.below(static_cast<std::uint64_t>(world.kinds)));
  for (const auto& factor : shape_truth(world)) {
    sample.factors.*factor.value = random.uniform(factor.low, factor.high);
  }
  if (outline_symmetry(sample.label) == 0) sample.factors.turn = 0;
  return sample;
}

void require_shape_picture(int resolution, std::size_t size) {
  const auto fail = [](const std::string& text) {
    throw Error(ErrorCode::kInternal, "shapes", text);
  };
  if (resolution < kLeastResolution || resolution > kGreatestResolution) {
    fail(cat("resolution: got ", resolution, ", expected ", kLeastResolution, " to ",
             kGreatestResolution));
  }
  const int expected = 3 * resolution * resolution;
  if (size != static_cast<std::size_t>(expected)) {
    fail(cat("bytes of a picture: got ", size, ", expected ", expected));
  }
}

void draw_shape(int label, const ShapeFactors& factors, int resolution,
                std::span<std::uint8_t> out) {
  require_shape_picture(resolution, out.size());
  const double angle = factors.turn * shape_period(label);
  fill_background(factors, resolution, out);
  const auto rgb = rgb_of_hsv(factors.hue, factors.saturation, factors.brightness);
  const double radius = std::max(factors.size * resolution, 1e-3);
  const double x = factors.x * resolution, y = factors.y * resolution;
  const double reach = radius * outline_reach(label) + 1;
  const auto low = [&](double v) { return std::max(0, static_cast<int>(std::floor(v - reach))); };
  const auto high = [&](double v) {
    return std::min(resolution, static_cast<int>(std::ceil(v + reach)));
  };
  const int x0 = low(x), x1 = high(x);
  if (x0 >= x1) return;
  // One pixel to the right and down, in the upright frame of the outline with y upwards.
  const double cosine = std::cos(angle) / radius, sine = std::sin(angle) / radius;
  std::array<float, kGreatestResolution> distances;
  const std::span<float> row(distances.data(), static_cast<std::size_t>(x1 - x0));
  const auto plane = static_cast<std::size_t>(resolution) * static_cast<std::size_t>(resolution);
  for (int py = low(y); py < high(y); ++py) {
    const double dx = x0 + 0.5 - x, dy = py + 0.5 - y;
    outline_distances(
        label,
        {static_cast<float>(cosine * dx + sine * dy), static_cast<float>(sine * dx - cosine * dy),
         static_cast<float>(cosine), static_cast<float>(sine)},
        row);
    for (float& v : row) v = std::clamp(0.5f - v * static_cast<float>(radius), 0.0f, 1.0f);
    for (std::size_t c = 0; c < 3; ++c) {
      const auto colour = static_cast<float>(255 * rgb[c]);
      std::uint8_t* pixel = out.data() + c * plane +
                            static_cast<std::size_t>(py) * static_cast<std::size_t>(resolution) +
                            static_cast<std::size_t>(x0);
      for (const float cover : row) {
        const auto behind = static_cast<float>(*pixel);
        *pixel++ = static_cast<std::uint8_t>(behind + cover * (colour - behind) + 0.5f);
      }
    }
  }
}

void require_shapes_fit(const ShapesWorld& world) {
  const auto fail = [](const std::string& text) { throw Error(ErrorCode::kUsage, "data", text); };
  if (world.resolution < kLeastResolution || world.resolution > kGreatestResolution) {
    fail(cat("data.resolution: got ", world.resolution, ", expected ", kLeastResolution, " to ",
             kGreatestResolution));
  }
  if (world.kinds < 1 || world.kinds > static_cast<std::int64_t>(kShapeKinds.size())) {
    fail(cat("data.kinds: got ", world.kinds, ", expected 1 to ", kShapeKinds.size()));
  }
  if (world.min_size > world.max_size) {
    fail(cat("data.min_size: got ", world.min_size,
             ", expected at most data.max_size = ", world.max_size));
  }
  double reach = 0;
  for (int label = 0; label < world.kinds; ++label) reach = std::max(reach, outline_reach(label));
  // An edge is one pixel wide, half of it outside the outline.
  const double room = 0.5 - 0.5 / static_cast<double>(world.resolution) - world.spread;
  if (reach * world.max_size > room) {
    fail(cat("data.max_size: got ", world.max_size, ", expected at most ",
             std::floor(1000 * std::max(0.0, room) / reach) / 1000, " so that no shape leaves the ",
             "picture; try a smaller data.spread"));
  }
}

}  // namespace saddle::data
