#include "saddle/data/digits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/philox.h"
#include "saddle/base/text.h"
#include "saddle/data/digit_pen.h"
#include "saddle/data/digit_shapes.h"
#include "saddle/data/split.h"

namespace saddle::data {

namespace {

// The box that holds a digit and its place: 20 pixels, centre of mass in the middle of 28.
constexpr double kBoxPixels = 20;
// The mean of the ink lies on the centre of pixel R/2, not on the edge before it.
constexpr double kCentreShift = 0.5;

/// Smooth deformation: two sines along each axis with random phases and speeds.
class SmoothWarp {
 public:
  SmoothWarp(PhiloxSequence& random, double amplitude) {
    for (auto& wave : waves_) {
      wave.amplitude = static_cast<float>(amplitude * random.normal());
      wave.speed = static_cast<float>(random.uniform(2.0, 7.0));
      wave.phase = static_cast<float>(random.uniform(0, 2 * std::numbers::pi));
    }
  }
  PenPoint operator()(PenPoint p) const {
    const auto sine = [](const Wave& w, float v) {
      return w.amplitude * std::sin(w.speed * v + w.phase);
    };
    return {p.x + sine(waves_[0], p.y) + sine(waves_[1], p.x),
            p.y + sine(waves_[2], p.x) + sine(waves_[3], p.y)};
  }

 private:
  struct Wave {
    float amplitude, speed, phase;
  };
  std::array<Wave, 4> waves_;
};

/// Warp, stretch, slant and turn, around the middle of the unit box.
void shape_trace(const DigitFactors& f, PhiloxSequence& random, PenTrace& trace) {
  const SmoothWarp warp(random, f.warp);
  const auto cosine = static_cast<float>(std::cos(f.rotation));
  const auto sine = static_cast<float>(std::sin(f.rotation));
  const auto map = [&](PenPoint p) {
    p = warp(p);
    const float y = p.y - 0.5f;
    const float x = (p.x - 0.5f) * static_cast<float>(f.aspect) - y * static_cast<float>(f.slant);
    return PenPoint{cosine * x - sine * y, sine * x + cosine * y};
  };
  for (auto& piece : trace.pieces()) {
    piece.from = map(piece.from);
    piece.to = map(piece.to);
  }
}

/// Sets the pen's radius in pixels along the strokes.
void press_pen(const DigitFactors& f, PhiloxSequence& random, PenTrace& trace) {
  const double phase = random.uniform(0, 2 * std::numbers::pi);
  const double speed = random.uniform(0.5, 2.5) * 2 * std::numbers::pi;
  const auto pieces = trace.pieces();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const double along = static_cast<double>(i) / static_cast<double>(pieces.size());
    const double swing = 1 + f.pressure * std::sin(phase + speed * along);
    pieces[i].radius = static_cast<float>(0.5 * f.thickness * std::max(0.2, swing));
  }
}

/// Scales the trace into its box of pixels and puts the centre of mass where it belongs.
void place_trace(const DigitFactors& f, int resolution, PenTrace& trace) {
  float low_x = 1e9f, high_x = -1e9f, low_y = 1e9f, high_y = -1e9f;
  double mass = 0, mass_x = 0, mass_y = 0;
  for (const auto& piece : trace.pieces()) {
    for (const PenPoint p : {piece.from, piece.to}) {
      low_x = std::min(low_x, p.x);
      high_x = std::max(high_x, p.x);
      low_y = std::min(low_y, p.y);
      high_y = std::max(high_y, p.y);
    }
    const double weight = std::hypot(piece.to.x - piece.from.x, piece.to.y - piece.from.y) *
                          static_cast<double>(piece.radius);
    mass += weight;
    mass_x += weight * 0.5 * (piece.from.x + piece.to.x);
    mass_y += weight * 0.5 * (piece.from.y + piece.to.y);
  }
  const double extent = std::max({high_x - low_x, high_y - low_y, 0.05f});
  const double pixels = std::max(4.0, kBoxPixels * f.scale - f.thickness);
  const auto scale = static_cast<float>(pixels / extent);
  mass = std::max(mass, 1e-9);
  // Ink stays inside the middle 28 pixels where it fits.
  const double edge = (resolution - 28) / 2.0;
  const auto place = [&](double shift, double moment, double low, double high) {
    const double wanted = resolution / 2.0 + kCentreShift + shift - scale * moment / mass;
    const double margin = edge + f.softness + f.thickness / 2 * (1 + f.pressure);
    const double least = margin - scale * low;
    const double most = resolution - margin - scale * high;
    return static_cast<float>(least < most ? std::clamp(wanted, least, most) : wanted);
  };
  const float x = place(f.shift_x, mass_x, low_x, high_x);
  const float y = place(f.shift_y, mass_y, low_y, high_y);
  for (auto& piece : trace.pieces()) {
    piece.from = {scale * piece.from.x + x, scale * piece.from.y + y};
    piece.to = {scale * piece.to.x + x, scale * piece.to.y + y};
  }
}

void require_drawable(int label, const DigitFactors& f, int resolution, std::size_t size) {
  const auto fail = [](const std::string& text) {
    throw Error(ErrorCode::kInternal, "digits", text);
  };
  if (label < 0 || label > 9) fail(cat("class: got ", label, ", expected 0 to 9"));
  if (f.style < 0 || f.style >= digit_styles(label)) {
    fail(cat("style of digit ", label, ": got ", f.style, ", expected less than ",
             digit_styles(label)));
  }
  if (resolution != 28 && resolution != 32) {
    fail(cat("resolution: got ", resolution, ", expected 28 or 32"));
  }
  if (size != static_cast<std::size_t>(resolution) * static_cast<std::size_t>(resolution)) {
    fail(cat("pixels to fill: got ", size, ", expected ", resolution * resolution));
  }
}

int pick_style(int label, double draw) {
  const auto shares = digit_style_shares(label);
  int style = 0;
  while (style + 1 < digit_styles(label) && draw >= shares[style]) draw -= shares[style++];
  return style;
}

}  // namespace

int digit_styles(int label) {
  int count = 0;
  for (const double share : digit_style_shares(label)) count += share > 0;
  return count;
}

DigitSample digit_sample(const DigitsWorld& world, Split split, std::uint64_t index) {
  const char* stream = split == Split::kTrain ? "digits/train" : "digits/test";
  auto random = PhiloxSequence::of(stream_key(0, stream), index);
  const auto normal = [&random] { return std::clamp(random.normal(), -2.5, 2.5); };
  DigitSample sample;
  sample.label = static_cast<int>(random.below(10));
  DigitFactors& f = sample.factors;
  f.style = pick_style(sample.label, random.uniform());
  // Western handwriting leans to the right on average; a lone bar leans more than a bowl.
  f.slant = world.slant * (0.6 + normal() * (sample.label == 1 ? 1.4 : 1.0));
  f.rotation = 0.08 * world.jitter * normal();
  f.aspect = std::exp(0.2 * world.jitter * normal());
  f.thickness = std::clamp(world.thickness * std::exp(0.29 * normal()), 1.2, 5.5);
  f.pressure = std::abs(0.12 * world.jitter * normal());
  f.scale = 1 + 0.02 * world.jitter * normal();
  f.shift_x = 0.25 * world.jitter * normal();
  f.shift_y = 0.25 * world.jitter * normal();
  f.jitter = world.jitter;
  f.warp = 0.04 * world.jitter;
  f.softness = random.uniform(0.9, 1.4);
  f.shape_key = random.u64();
  return sample;
}

void draw_digit(int label, const DigitFactors& factors, int resolution,
                std::span<std::uint8_t> out) {
  require_drawable(label, factors, resolution, out.size());
  StrokePath path(PhiloxSequence(factors.shape_key, {0, 0, 0}), factors.jitter);
  trace_digit(label, factors.style, path);
  PenTrace trace(path);
  PhiloxSequence random(factors.shape_key, {1, 0, 0});
  shape_trace(factors, random, trace);
  press_pen(factors, random, trace);
  place_trace(factors, resolution, trace);
  ink(trace, static_cast<float>(factors.softness), resolution, out);
}

}  // namespace saddle::data
