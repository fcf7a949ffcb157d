#include "saddle/codec/resize.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

double filter_half_width(Filter filter) {
  switch (filter) {
    case Filter::kBox:
      return 0.5;
    case Filter::kBilinear:
      return 1;
    case Filter::kBicubic:
      return 2;
    case Filter::kLanczos:
      return 3;
  }
  return 0;
}

double sinc(double x) {
  return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

double filter_value(Filter filter, double x) {
  constexpr double a = -0.5;
  // Half open, so that a sample between two pixels counts for one of them.
  if (filter == Filter::kBox) return x > -0.5 && x <= 0.5 ? 1 : 0;
  x = std::abs(x);
  if (x >= filter_half_width(filter)) return 0;
  if (filter == Filter::kBilinear) return 1 - x;
  if (filter == Filter::kLanczos) return sinc(x) * sinc(x / 3);
  return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : a * (((x - 5) * x + 8) * x - 4);
}

/// The source pixels of one output pixel, and where their weights begin.
struct Taps {
  int first = 0;
  int count = 0;
  std::size_t weights = 0;
};

struct ResizePlan {
  std::vector<Taps> taps;
  std::vector<float> weights;
};

ResizePlan plan_resize(int from, int to, Filter filter) {
  const double scale = static_cast<double>(from) / to;
  const double widening = std::max(scale, 1.0);
  const double half_width = filter_half_width(filter) * widening;
  ResizePlan plan;
  std::vector<double> values;
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - half_width + 0.5));
    const int end = std::min(from, static_cast<int>(centre + half_width + 0.5));
    values.clear();
    double sum = 0;
    for (int pixel = first; pixel < end; ++pixel) {
      values.push_back(filter_value(filter, (pixel + 0.5 - centre) / widening));
      sum += values.back();
    }
    plan.taps.push_back({first, end - first, plan.weights.size()});
    for (double value : values) plan.weights.push_back(static_cast<float>(value / sum));
  }
  return plan;
}

/// Adds weight * row, the vertical sum of one source row. With alpha, colours count by their alpha.
template <int kChannels>
void add_row(const std::uint8_t* row, std::size_t width, float weight, float* sums) {
  if constexpr (kChannels != 4) {
    for (std::size_t i = 0; i < width * kChannels; ++i) sums[i] += weight * row[i];
  } else {
    for (std::size_t x = 0; x < width; ++x) {
      const float part = weight * row[4 * x + 3];
      for (std::size_t c = 0; c < 3; ++c) sums[4 * x + c] += part * row[4 * x + c];
      sums[4 * x + 3] += part;
    }
  }
}

std::uint8_t to_level(float value) {
  return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
}

template <int kChannels>
void write_row(const float* sums, const ResizePlan& plan, std::uint8_t* out) {
  for (const Taps& taps : plan.taps) {
    const float* weights = &plan.weights[taps.weights];
    const float* in = sums + static_cast<std::size_t>(taps.first) * kChannels;
    float value[kChannels] = {};
    for (int t = 0; t < taps.count; ++t, in += kChannels) {
      for (int c = 0; c < kChannels; ++c) value[c] += weights[t] * in[c];
    }
    if constexpr (kChannels == 4) {
      // Below half a level alpha rounds to 0, and no colour can be told.
      const float alpha = value[3];
      for (int c = 0; c < 3; ++c) value[c] = alpha < 0.5F ? 0 : value[c] / alpha;
    }
    for (int c = 0; c < kChannels; ++c) out[c] = to_level(value[c]);
    out += kChannels;
  }
}

/// Row by row: the vertical sums of a whole source width, which vectorise, then along the row.
template <int kChannels>
void resize_channels(const Image8& image, Filter filter, Image8& out) {
  const ResizePlan down = plan_resize(image.height, out.height, filter);
  const ResizePlan along = plan_resize(image.width, out.width, filter);
  const std::size_t width = static_cast<std::size_t>(image.width);
  std::vector<float> sums(width * kChannels);
  for (int y = 0; y < out.height; ++y) {
    const Taps& taps = down.taps[static_cast<std::size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (int t = 0; t < taps.count; ++t) {
      add_row<kChannels>(&image.pixels[image.offset(0, taps.first + t)], width,
                         down.weights[taps.weights + static_cast<std::size_t>(t)], sums.data());
    }
    write_row<kChannels>(sums.data(), along, &out.pixels[out.offset(0, y)]);
  }
}

}  // namespace

Image8 resize(const Image8& image, int width, int height, Filter filter) {
  check_image(image);
  Image8 out = make_image(width, height, image.channels);
  if (width == image.width && height == image.height) return image;
  if (image.channels == 1) resize_channels<1>(image, filter, out);
  if (image.channels == 3) resize_channels<3>(image, filter, out);
  if (image.channels == 4) resize_channels<4>(image, filter, out);
  return out;
}

}  // namespace saddle::codec
