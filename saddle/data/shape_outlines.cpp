#include "saddle/data/shape_outlines.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <numbers>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/data/shapes.h"

namespace saddle::data {

namespace {

constexpr double kPi = std::numbers::pi;

struct OutlinePoint {
  double x, y;
};

/// A side of a polygon, ready for distances.
struct PolygonSide {
  float x, y;      ///< where it begins
  float ex, ey;    ///< end minus begin
  float inverse2;  ///< one over its squared length
  float end_y;     ///< y where it ends
  float run;       ///< change of x per y; 0 for level sides, which no level line crosses
};

/// What is known of one kind: how a drawing in its own units becomes area pi around the origin.
struct Outline {
  double scale = 1;           ///< unit frame per drawn unit
  OutlinePoint centre{0, 0};  ///< centre of mass of the drawing
  double reach = 1;
  int symmetry = 0;
  std::vector<PolygonSide> sides{};  ///< in the unit frame; empty for curved kinds
};

Outline curved(double area, OutlinePoint centre, OutlinePoint farthest, int symmetry) {
  const double scale = std::sqrt(kPi / area);
  return {.scale = scale,
          .centre = centre,
          .reach = scale * std::hypot(farthest.x - centre.x, farthest.y - centre.y),
          .symmetry = symmetry};
}

/// Area and centre of mass by the shoelace formula; corners in either sense.
Outline polygon(const std::vector<OutlinePoint>& corners, int symmetry) {
  double area = 0, mx = 0, my = 0;
  const auto next = [&](std::size_t i) { return corners[(i + 1) % corners.size()]; };
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const OutlinePoint a = corners[i], b = next(i);
    const double cross = a.x * b.y - b.x * a.y;
    area += cross / 2;
    mx += cross * (a.x + b.x) / 6;
    my += cross * (a.y + b.y) / 6;
  }
  Outline outline =
      curved(std::abs(area), {mx / area, my / area}, {mx / area, my / area}, symmetry);
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const auto moved = [&](OutlinePoint p) {
      return OutlinePoint{outline.scale * (p.x - outline.centre.x),
                          outline.scale * (p.y - outline.centre.y)};
    };
    const OutlinePoint a = moved(corners[i]), b = moved(next(i));
    outline.reach = std::max(outline.reach, std::hypot(a.x, a.y));
    const double ex = b.x - a.x, ey = b.y - a.y;
    outline.sides.push_back({static_cast<float>(a.x), static_cast<float>(a.y),
                             static_cast<float>(ex), static_cast<float>(ey),
                             static_cast<float>(1 / (ex * ex + ey * ey)), static_cast<float>(b.y),
                             std::abs(ey) > 1e-9 ? static_cast<float>(ex / ey) : 0.0f});
  }
  return outline;
}

/// Corners at these radii in turn, from the top and at equal angles.
Outline spokes(int corners, double even_radius, double odd_radius, int symmetry) {
  std::vector<OutlinePoint> points;
  for (int i = 0; i < corners; ++i) {
    const double angle = kPi / 2 + 2 * kPi * i / corners;
    const double radius = i % 2 == 0 ? even_radius : odd_radius;
    points.push_back({radius * std::cos(angle), radius * std::sin(angle)});
  }
  return polygon(points, symmetry);
}

Outline cross_outline() {
  constexpr double w = 0.36;  // half the width of an arm of length 1
  return polygon({{w, w},
                  {w, 1},
                  {-w, 1},
                  {-w, w},
                  {-1, w},
                  {-1, -w},
                  {-w, -w},
                  {-w, -1},
                  {w, -1},
                  {w, -w},
                  {1, -w},
                  {1, w}},
                 4);
}

// A ring of outer radius 1.
constexpr double kHole = 0.55;

// A heart: the square with corners (0,0), (1/2,1/2), (0,1), (-1/2,1/2), and a half disc on each of
// its upper sides.
constexpr double kLobe = std::numbers::sqrt2 / 4;

Outline heart_outline() {
  constexpr double area = 0.5 + kPi / 8;
  // A half disc's centre of mass lies 4 r / (3 pi) above its chord, here along the diagonal.
  constexpr double y = (0.5 * 0.5 + kPi / 8 * (0.75 + 1 / (3 * kPi))) / area;
  Outline outline = curved(area, {0, y}, {0, 0}, 1);
  const double lobe = outline.scale * (std::hypot(0.25, 0.75 - y) + kLobe);
  outline.reach = std::max(outline.reach, lobe);
  return outline;
}

// A crescent: the unit disc without the disc of radius kBite around (kBiteX, 0).
constexpr double kBite = 0.78;
constexpr double kBiteX = 0.54;
constexpr double kHornX = (1 - kBite * kBite + kBiteX * kBiteX) / (2 * kBiteX);

Outline crescent_outline() {
  const double horn_y = std::sqrt(1 - kHornX * kHornX);
  const double unit_part = std::acos(kHornX) - kHornX * horn_y;
  const double h = kBiteX - kHornX;
  const double bite_part = kBite * kBite * std::acos(h / kBite) - h * horn_y;
  const double area = kPi - unit_part - bite_part;
  // The first moments of the two segments about their own centres cancel: 2/3 horn_y^3 each.
  return curved(area, {-kBiteX * bite_part / area, 0}, {kHornX, horn_y}, 1);
}

// A drop: the unit disc and its two tangents to the point (0, kTip).
constexpr double kTip = 2;

Outline drop_outline() {
  const double angle = std::acos(1 / kTip);
  const double tangent = std::sqrt(kTip * kTip - 1);
  const double area = kPi - angle + tangent;
  const double moment = tangent * (1 / kTip + kTip) / 3 - 2.0 / 3 * std::sin(angle);
  return curved(area, {0, moment / area}, {0, kTip}, 1);
}

Outline arrow_outline() {
  return polygon({{0, 1},
                  {-0.68, 0.12},
                  {-0.27, 0.12},
                  {-0.27, -0.85},
                  {0.27, -0.85},
                  {0.27, 0.12},
                  {0.68, 0.12}},
                 1);
}

const Outline& outline_of(int label) {
  static const std::array<Outline, kShapeKinds.size()> outlines = {
      curved(kPi, {0, 0}, {1, 0}, 0),
      polygon({{1, 1}, {-1, 1}, {-1, -1}, {1, -1}}, 4),
      spokes(3, 1, 1, 3),
      spokes(10, 1, 0.47, 5),
      cross_outline(),
      curved(kPi * (1 - kHole * kHole), {0, 0}, {1, 0}, 0),
      heart_outline(),
      crescent_outline(),
      drop_outline(),
      arrow_outline(),
  };
  if (label < 0 || label >= static_cast<int>(outlines.size())) {
    throw Error(ErrorCode::kInternal, "shapes",
                cat("kind: got ", label, ", expected 0 to ", outlines.size() - 1));
  }
  return outlines[static_cast<std::size_t>(label)];
}

float length_of(float x, float y) {
  return std::sqrt(x * x + y * y);
}

// Distances of curved kinds in the units of their drawing.

float ring_distance(float x, float y) {
  constexpr auto middle = static_cast<float>((1 + kHole) / 2);
  constexpr auto half = static_cast<float>((1 - kHole) / 2);
  return std::abs(length_of(x, y) - middle) - half;
}

float heart_distance(float x, float y) {
  x = std::abs(x);
  if (x + y > 1) return length_of(x - 0.25f, y - 0.75f) - static_cast<float>(kLobe);
  // The upper notch, or the lower side from (0,0) to (1/2,1/2).
  const float along = 0.5f * std::clamp(x + y, 0.0f, 1.0f);
  const float nearest = std::min(length_of(x, y - 1), length_of(x - along, y - along));
  return x > y ? nearest : -nearest;
}

float crescent_distance(float x, float y) {
  static const auto horn_y = static_cast<float>(std::sqrt(1 - kHornX * kHornX));
  constexpr auto horn_x = static_cast<float>(kHornX);
  constexpr auto bite_x = static_cast<float>(kBiteX);
  constexpr auto bite = static_cast<float>(kBite);
  y = std::abs(y);
  const float from_middle = length_of(x, y);
  const float from_bite = length_of(x - bite_x, y);
  float nearest = length_of(x - horn_x, y - horn_y);
  // Each arc counts where its centre sees the point beyond the horn.
  if (x * horn_y <= y * horn_x) nearest = std::min(nearest, std::abs(from_middle - 1));
  if ((x - bite_x) * horn_y <= y * (horn_x - bite_x)) {
    nearest = std::min(nearest, std::abs(from_bite - bite));
  }
  return from_middle < 1 && from_bite > bite ? -nearest : nearest;
}

float drop_distance(float x, float y) {
  constexpr auto normal_y = static_cast<float>(1 / kTip);
  static const auto normal_x = static_cast<float>(std::sqrt(1 - 1 / (kTip * kTip)));
  static const auto tangent = static_cast<float>(std::sqrt(kTip * kTip - 1));
  x = std::abs(x);
  const float along = y * normal_x - x * normal_y;
  if (along < 0) return length_of(x, y) - 1;
  if (along > tangent) return length_of(x, y - static_cast<float>(kTip));
  return x * normal_x + y * normal_y - 1;
}

template <class Distance>
void curved_distances(const Outline& outline, const OutlineRow& row, std::span<float> out,
                      const Distance& distance) {
  const auto scale = static_cast<float>(outline.scale);
  const float inverse = 1 / scale;
  const auto cx = static_cast<float>(outline.centre.x);
  const auto cy = static_cast<float>(outline.centre.y);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto k = static_cast<float>(i);
    out[i] =
        scale * distance((row.x + k * row.dx) * inverse + cx, (row.y + k * row.dy) * inverse + cy);
  }
}

/// The nearest side, and inside by the number of sides that a line to the right crosses.
void polygon_distances(const Outline& outline, const OutlineRow& row, std::span<float> out) {
  constexpr std::size_t kBlock = 64;
  std::array<float, kBlock> nearest2, sign;
  for (std::size_t begin = 0; begin < out.size(); begin += kBlock) {
    const std::size_t count = std::min(kBlock, out.size() - begin);
    nearest2.fill(1e9f);
    sign.fill(1);
    for (const PolygonSide& side : outline.sides) {
      for (std::size_t i = 0; i < count; ++i) {
        const auto k = static_cast<float>(static_cast<int>(begin + i));
        const float py = row.y + k * row.dy;
        const float x = row.x + k * row.dx - side.x;
        const float y = py - side.y;
        float t = (x * side.ex + y * side.ey) * side.inverse2;
        t = t < 0.0f ? 0.0f : t;
        t = t > 1.0f ? 1.0f : t;
        const float dx = x - t * side.ex;
        const float dy = y - t * side.ey;
        const float distance2 = dx * dx + dy * dy;
        nearest2[i] = distance2 < nearest2[i] ? distance2 : nearest2[i];
        const bool crossed = ((side.y <= py) != (side.end_y <= py)) & (x < y * side.run);
        sign[i] = crossed ? -sign[i] : sign[i];
      }
    }
    for (std::size_t i = 0; i < count; ++i) out[begin + i] = sign[i] * std::sqrt(nearest2[i]);
  }
}

}  // namespace

double outline_reach(int label) {
  return outline_of(label).reach;
}

int outline_symmetry(int label) {
  return outline_of(label).symmetry;
}

void outline_distances(int label, const OutlineRow& row, std::span<float> out) {
  const Outline& outline = outline_of(label);
  if (!outline.sides.empty()) return polygon_distances(outline, row, out);
  switch (label) {
    case 5:
      return curved_distances(outline, row, out, ring_distance);
    case 6:
      return curved_distances(outline, row, out, heart_distance);
    case 7:
      return curved_distances(outline, row, out, crescent_distance);
    case 8:
      return curved_distances(outline, row, out, drop_distance);
    default:
      return curved_distances(outline, row, out,
                              [](float x, float y) { return length_of(x, y) - 1; });
  }
}

}  // namespace saddle::data
