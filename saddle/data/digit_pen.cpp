#include "saddle/data/digit_pen.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace saddle::data {

namespace {
// Standard deviation of a control point's own wobble at jitter 1, in heights.
constexpr double kPointWobble = 0.026;
constexpr float kPieceLength = 0.085f;  // of a height: under two pixels
constexpr int kMaxResolution = 32;
}  // namespace

void StrokePath::push(double x, double y, double wobble) {
  if (point_count_ == kMaxPoints) return;
  const double sd = kPointWobble * jitter_ * wobble;
  const double dx = sd > 0 ? random_.normal(0, sd) : 0;
  const double dy = sd > 0 ? random_.normal(0, sd) : 0;
  points_[point_count_++] = {static_cast<float>(x + dx), static_cast<float>(y + dy)};
  begins_[stroke_count_] = point_count_;
}

void StrokePath::start(double x, double y) {
  if (stroke_count_ == kMaxStrokes) return;
  begins_[stroke_count_++] = point_count_;
  begins_[stroke_count_] = point_count_;
  push(x, y, 1);
}

void StrokePath::to(double x, double y) {
  push(x, y, 1);
}

void StrokePath::corner(double x, double y) {
  push(x, y, 1);
  const PenPoint joint = points_[point_count_ - 1];
  if (stroke_count_ == kMaxStrokes) return;
  begins_[stroke_count_++] = point_count_;
  push(joint.x, joint.y, 0);
}

void StrokePath::arc(double x, double y, double radius_x, double radius_y, double from, double to,
                     double end_scale, bool begin) {
  const int steps = std::max(2, static_cast<int>(std::ceil(std::abs(to - from) / 45.0)));
  for (int i = 0; i <= steps; ++i) {
    const double share = static_cast<double>(i) / steps;
    const double angle = (from + (to - from) * share) * std::numbers::pi / 180.0;
    const double scale = 1 + (end_scale - 1) * share;
    const double px = x + radius_x * scale * std::cos(angle);
    const double py = y + radius_y * scale * std::sin(angle);
    if (i == 0 && begin) {
      start(px, py);
    } else {
      push(px, py, 0.7);
    }
  }
}

double StrokePath::between(double low, double high) {
  const double share = random_.uniform() - 0.5;
  return (low + high) / 2 + jitter_ * share * (high - low);
}

double StrokePath::about(double mean, double deviation) {
  return mean + jitter_ * deviation * std::clamp(random_.normal(), -2.0, 2.0);
}

std::span<const PenPoint> StrokePath::stroke(std::size_t index) const {
  return {points_.data() + begins_[index], begins_[index + 1] - begins_[index]};
}

PenTrace::PenTrace(const StrokePath& path) {
  for (std::size_t s = 0; s < path.strokes(); ++s) {
    const auto points = path.stroke(s);
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      const PenPoint a = points[i];
      const PenPoint b = points[i + 1];
      const PenPoint before = i > 0 ? points[i - 1] : a;
      const PenPoint after = i + 2 < points.size() ? points[i + 2] : b;
      add_span(before, a, b, after);
    }
  }
}

void PenTrace::add_span(PenPoint before, PenPoint a, PenPoint b, PenPoint after) {
  const float length = std::hypot(b.x - a.x, b.y - a.y);
  const int steps = std::clamp(static_cast<int>(std::ceil(length / kPieceLength)), 1, 12);
  PenPoint previous = a;
  for (int i = 1; i <= steps && count_ < kMaxPieces; ++i) {
    const float t = static_cast<float>(i) / static_cast<float>(steps);
    const auto blend = [t](float p0, float p1, float p2, float p3) {
      return 0.5f * (2 * p1 + t * ((p2 - p0) + t * ((2 * p0 - 5 * p1 + 4 * p2 - p3) +
                                                    t * (3 * (p1 - p2) + p3 - p0))));
    };
    const PenPoint next{blend(before.x, a.x, b.x, after.x), blend(before.y, a.y, b.y, after.y)};
    pieces_[count_++] = {previous, next, 0};
    previous = next;
  }
}

void ink(const PenTrace& trace, float softness, int resolution, std::span<std::uint8_t> out) {
  // Squared distance over squared pen radius, the least of all pieces: one square root a pixel.
  constexpr float kFar = 1e9f;
  alignas(64) std::array<float, kMaxResolution * kMaxResolution> field;
  field.fill(kFar);
  float radius_sum = 0;
  for (const auto& piece : trace.pieces()) {
    radius_sum += piece.radius;
    const float reach = piece.radius + softness;
    const auto low = [&](float v) { return std::max(0, static_cast<int>(std::floor(v - reach))); };
    const auto high = [&](float v) {
      return std::min(resolution, static_cast<int>(std::ceil(v + reach)));
    };
    const int x0 = low(std::min(piece.from.x, piece.to.x));
    const int x1 = high(std::max(piece.from.x, piece.to.x));
    const int y0 = low(std::min(piece.from.y, piece.to.y));
    const int y1 = high(std::max(piece.from.y, piece.to.y));
    const float dx = piece.to.x - piece.from.x;
    const float dy = piece.to.y - piece.from.y;
    const float inverse_length2 = 1.0f / std::max(dx * dx + dy * dy, 1e-12f);
    const float inverse_radius2 = 1.0f / (piece.radius * piece.radius);
    for (int y = y0; y < y1; ++y) {
      float* row = field.data() + y * resolution;
      const float py = static_cast<float>(y) + 0.5f - piece.from.y;
      for (int x = x0; x < x1; ++x) {
        const float px = static_cast<float>(x) + 0.5f - piece.from.x;
        float t = (px * dx + py * dy) * inverse_length2;
        t = t < 0.0f ? 0.0f : t;
        t = t > 1.0f ? 1.0f : t;
        const float ex = px - t * dx;
        const float ey = py - t * dy;
        const float ratio = (ex * ex + ey * ey) * inverse_radius2;
        row[x] = ratio < row[x] ? ratio : row[x];
      }
    }
  }
  const auto pieces = static_cast<float>(std::max<std::size_t>(trace.pieces().size(), 1));
  const float radius = radius_sum / pieces;
  for (int i = 0; i < resolution * resolution; ++i) {
    float cover = 0;
    if (field[i] < kFar) {
      cover = std::clamp(0.5f + (1 - std::sqrt(field[i])) * radius / softness, 0.0f, 1.0f);
    }
    out[i] = static_cast<std::uint8_t>(cover * 255.0f + 0.5f);
  }
}

}  // namespace saddle::data
