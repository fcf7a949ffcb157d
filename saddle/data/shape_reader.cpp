#include "saddle/data/shape_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/data/shape_outlines.h"

namespace saddle::data {

namespace {

constexpr double kLeastContrast = 32;  // levels
constexpr double kLeastArea = 4;       // pixels
constexpr double kFirstTurnStep = 0.016;
constexpr double kLastTurnStep = 0.001;
constexpr std::size_t kMaxHarmonic = 6;  // orders of symmetry are below

using Rgb = std::array<double, 3>;

/// A picture of planes of bytes, seen pixel by pixel.
struct PictureView {
  std::span<const std::uint8_t> bytes;
  int side;

  std::size_t pixels() const {
    return static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
  }
  std::size_t at(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(side) +
           static_cast<std::size_t>(x);
  }
  double value(std::size_t channel, std::size_t pixel) const {
    return bytes[channel * pixels() + pixel];
  }
  /// Where a column or row lies between the borders, -1 to 1.
  double place(int i) const { return (2 * i + 1.0) / side - 1; }
};

/// The colour of the background: level + x across + y down, for places in -1..1.
struct BackgroundPlane {
  Rgb level{}, across{}, down{};
  double value(std::size_t channel, double x, double y) const {
    return level[channel] + across[channel] * x + down[channel] * y;
  }
};

/// Least squares over a frame of pixels along the border; 1, x and y are orthogonal on it.
BackgroundPlane fit_background(const PictureView& picture) {
  const int frame = std::max(1, picture.side / 32);
  const int last = picture.side - 1;
  BackgroundPlane plane;
  double count = 0, square = 0;
  for (int y = 0; y <= last; ++y) {
    for (int x = 0; x <= last; ++x) {
      if (std::min({x, y, last - x, last - y}) >= frame) continue;
      const double px = picture.place(x), py = picture.place(y);
      count += 1;
      square += px * px;
      for (std::size_t c = 0; c < 3; ++c) {
        const double v = picture.value(c, picture.at(x, y));
        plane.level[c] += v;
        plane.across[c] += v * px;
        plane.down[c] += v * py;
      }
    }
  }
  for (std::size_t c = 0; c < 3; ++c) {
    plane.level[c] /= count;
    plane.across[c] /= square;
    plane.down[c] /= square;
  }
  return plane;
}

double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The median colour of the pixels that stand out, and whose neighbours do too where there are such
/// pixels. Nothing where none stands out enough.
std::optional<Rgb> shape_colour(const PictureView& picture, const BackgroundPlane& plane) {
  std::vector<double> stands_out(picture.pixels());
  for (int y = 0; y < picture.side; ++y) {
    for (int x = 0; x < picture.side; ++x) {
      const std::size_t i = picture.at(x, y);
      for (std::size_t c = 0; c < 3; ++c) {
        const double behind = plane.value(c, picture.place(x), picture.place(y));
        stands_out[i] = std::max(stands_out[i], std::abs(picture.value(c, i) - behind));
      }
    }
  }
  const double most = *std::ranges::max_element(stands_out);
  if (most < kLeastContrast) return std::nullopt;
  const auto side = static_cast<std::size_t>(picture.side);
  std::vector<std::size_t> covered, inside;
  for (int y = 1; y + 1 < picture.side; ++y) {
    for (int x = 1; x + 1 < picture.side; ++x) {
      const std::size_t i = picture.at(x, y);
      const auto clear = [&](std::size_t k) { return stands_out[k] > 0.6 * most; };
      if (!clear(i)) continue;
      covered.push_back(i);
      if (clear(i - 1) && clear(i + 1) && clear(i - side) && clear(i + side)) inside.push_back(i);
    }
  }
  const auto& chosen = inside.empty() ? covered : inside;
  if (chosen.empty()) return std::nullopt;
  Rgb colour;
  for (std::size_t c = 0; c < 3; ++c) {
    std::vector<double> values;
    for (const std::size_t i : chosen) values.push_back(picture.value(c, i));
    colour[c] = median_of(values);
  }
  return colour;
}

/// What the shape covers: area in pixels, centre of mass in pixels, and moments about it.
struct CoverMoments {
  double area = 0, x = 0, y = 0;
  /// [n]: the sum of z^n, but [1]: of z |z|^2, over the cover; z to the right and upwards.
  std::array<std::complex<double>, kMaxHarmonic> harmonics{};
};

/// How much of each pixel the shape covers: its colour's share in the mixture with the background.
/// 0 but at and beside pixels that are covered by half, where noise is not mistaken for shape.
std::vector<double> cover_of(const PictureView& picture, const BackgroundPlane& plane,
                             const Rgb& colour) {
  std::vector<double> share(picture.pixels()), cover(picture.pixels());
  for (int y = 0; y < picture.side; ++y) {
    for (int x = 0; x < picture.side; ++x) {
      const std::size_t i = picture.at(x, y);
      double along = 0, length2 = 0;
      for (std::size_t c = 0; c < 3; ++c) {
        const double behind = plane.value(c, picture.place(x), picture.place(y));
        along += (picture.value(c, i) - behind) * (colour[c] - behind);
        length2 += (colour[c] - behind) * (colour[c] - behind);
      }
      // Noise goes both ways: clamping it to 0 and 1 would shrink or grow the shape.
      share[i] = std::clamp(along / std::max(length2, 1.0), -0.5, 1.5);
    }
  }
  for (int y = 1; y + 1 < picture.side; ++y) {
    for (int x = 1; x + 1 < picture.side; ++x) {
      if (share[picture.at(x, y)] < 0.5) continue;
      for (int k = 0; k < 9; ++k) {
        const std::size_t i = picture.at(x + k % 3 - 1, y + k / 3 - 1);
        cover[i] = share[i];
      }
    }
  }
  return cover;
}

CoverMoments cover_moments(const PictureView& picture, const std::vector<double>& cover) {
  CoverMoments m;
  for (int y = 0; y < picture.side; ++y) {
    for (int x = 0; x < picture.side; ++x) {
      const double weight = cover[picture.at(x, y)];
      m.area += weight;
      m.x += weight * (x + 0.5);
      m.y += weight * (y + 0.5);
    }
  }
  if (m.area < kLeastArea) return m;
  m.x /= m.area;
  m.y /= m.area;
  for (int y = 0; y < picture.side; ++y) {
    for (int x = 0; x < picture.side; ++x) {
      const double weight = cover[picture.at(x, y)];
      if (weight == 0) continue;
      const std::complex<double> z(x + 0.5 - m.x, m.y - y - 0.5);
      m.harmonics[1] += weight * z * std::norm(z);
      std::complex<double> power = z;
      for (std::size_t n = 2; n < kMaxHarmonic; ++n) m.harmonics[n] += weight * (power *= z);
    }
  }
  return m;
}

using Harmonics = decltype(CoverMoments::harmonics);

/// The harmonics of an upright shape.
const Harmonics& upright_harmonics(int label) {
  static const auto all = [] {
    std::array<Harmonics, kShapeKinds.size()> out{};
    constexpr int side = 128;
    std::vector<std::uint8_t> bytes(3 * side * side);
    const ShapeFactors f{.size = 0.2, .saturation = 0, .background_brightness = 0};
    for (int kind = 0; kind < static_cast<int>(out.size()); ++kind) {
      draw_shape(kind, f, side, bytes);
      const double level = 255 * f.brightness;
      const PictureView view{bytes, side};
      out[static_cast<std::size_t>(kind)] =
          cover_moments(view, cover_of(view, {}, {level, level, level})).harmonics;
    }
    return out;
  }();
  return all[static_cast<std::size_t>(label)];
}

double whole_turns_off(double turn) {
  return turn - std::floor(turn);
}

/// How far harmonic n is turned clockwise against the upright shape's, in its own periods: a turn
/// by a full period lowers the phase of z^n by 2 pi.
double harmonic_turn(int label, const CoverMoments& m, std::size_t n) {
  const double phase = std::arg(upright_harmonics(label)[n]) - std::arg(m.harmonics[n]);
  return whole_turns_off(phase / (2 * std::numbers::pi));
}

/// The turns of a kind that its harmonics speak for. A kind without symmetry has two: by its first
/// harmonic, which is weak for the heart, and the nearest of the three that fit the third.
std::array<double, 2> turns_of(int label, const CoverMoments& m) {
  const auto order = static_cast<std::size_t>(outline_symmetry(label));
  if (order == 0) return {0, 0};
  const double turn = harmonic_turn(label, m, order);
  if (order > 1) return {turn, turn};
  const double third = harmonic_turn(label, m, 3);
  return {turn, whole_turns_off((third + std::round(3 * turn - third)) / 3)};
}

double rms_difference(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const int difference = static_cast<int>(a[i]) - static_cast<int>(b[i]);
    sum += difference * difference;
  }
  return std::sqrt(static_cast<double>(sum) / static_cast<double>(a.size()));
}

ShapeFactors factors_of(const PictureView& picture, const BackgroundPlane& plane, const Rgb& colour,
                        const CoverMoments& m) {
  ShapeFactors f;
  f.x = m.x / picture.side;
  f.y = m.y / picture.side;
  f.size = std::sqrt(m.area / std::numbers::pi) / picture.side;
  const auto hsv = [](const Rgb& rgb) {
    const auto unit = [](double v) { return std::clamp(v / 255, 0.0, 1.0); };
    return hsv_of_rgb(unit(rgb[0]), unit(rgb[1]), unit(rgb[2]));
  };
  const auto shape = hsv(colour), behind = hsv(plane.level);
  f.hue = shape[0];
  f.saturation = shape[1];
  f.brightness = shape[2];
  f.background_hue = behind[0];
  f.background_saturation = behind[1];
  f.background_brightness = behind[2];
  // All channels fade by the same share: least squares over the three.
  double square = 0, across = 0, down = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    square += plane.level[c] * plane.level[c];
    across += plane.level[c] * plane.across[c];
    down += plane.level[c] * plane.down[c];
  }
  f.gradient_x = across / std::max(square, 1.0);
  f.gradient_y = down / std::max(square, 1.0);
  return f;
}

}  // namespace

std::optional<ShapeReading> read_shape(std::span<const std::uint8_t> picture, int resolution,
                                       int kinds) {
  if (kinds < 1 || kinds > static_cast<int>(kShapeKinds.size())) {
    throw Error(ErrorCode::kInternal, "shapes",
                cat("kinds: got ", kinds, ", expected 1 to ", kShapeKinds.size()));
  }
  require_shape_picture(resolution, picture.size());
  const PictureView view{picture, resolution};
  const BackgroundPlane plane = fit_background(view);
  const auto colour = shape_colour(view, plane);
  if (!colour) return std::nullopt;
  const CoverMoments moments = cover_moments(view, cover_of(view, plane, *colour));
  if (moments.area < kLeastArea) return std::nullopt;
  ShapeFactors factors = factors_of(view, plane, *colour, moments);
  ShapeReading best{0, factors, 256};
  std::vector<std::uint8_t> drawn(picture.size());
  const auto attempt = [&](int label, double turn) {
    factors.turn = whole_turns_off(turn);
    draw_shape(label, factors, resolution, drawn);
    const double residual = rms_difference(picture, drawn);
    const bool better = residual < best.residual;
    if (better) best = {label, factors, residual};
    return better;
  };
  for (int label = 0; label < kinds; ++label) {
    const auto turns = turns_of(label, moments);
    attempt(label, turns[0]);
    if (turns[1] != turns[0]) attempt(label, turns[1]);
  }
  if (outline_symmetry(best.label) == 0) return best;
  for (double step = kFirstTurnStep; step >= kLastTurnStep;) {
    const double turn = best.factors.turn;
    if (!attempt(best.label, turn + step) && !attempt(best.label, turn - step)) step /= 2;
  }
  return best;
}

}  // namespace saddle::data
