#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "saddle/base/philox.h"

namespace saddle::data {

/// A point of a drawing; y points down.
struct PenPoint {
  float x = 0;
  float y = 0;
};

/// Strokes as control points that a smooth curve runs through. Fixed storage: no allocation.
class StrokePath {
 public:
  static constexpr std::size_t kMaxPoints = 96;
  static constexpr std::size_t kMaxStrokes = 12;

  /// `jitter` 0 draws the exact shape; the numbers come from `random`.
  StrokePath(PhiloxSequence random, double jitter) : random_(random), jitter_(jitter) {}

  /// Starts a stroke at (x, y).
  void start(double x, double y);
  /// Runs on smoothly to (x, y).
  void to(double x, double y);
  /// Runs on to (x, y) and breaks the direction there.
  void corner(double x, double y);
  /// Runs on along an ellipse, angles in degrees, 0 to the right and 90 down; the radii end at
  /// `end_scale` of their start. Starts a stroke when `begin`.
  void arc(double x, double y, double radius_x, double radius_y, double from, double to,
           double end_scale = 1, bool begin = false);

  /// A proportion, uniform in [low, high] at jitter 1, the middle at jitter 0.
  double between(double low, double high);
  /// A proportion, normal around `mean`, cut at two deviations.
  double about(double mean, double deviation);
  /// A yes with this probability; at jitter 0 the likelier answer, and no when both are equal.
  bool chance(double probability) {
    const double draw = random_.uniform();
    return (jitter_ > 0 ? draw : 0.5) < probability;
  }

  std::size_t strokes() const { return stroke_count_; }
  /// The control points of one stroke.
  std::span<const PenPoint> stroke(std::size_t index) const;

 private:
  void push(double x, double y, double wobble);

  PhiloxSequence random_;
  double jitter_;
  std::array<PenPoint, kMaxPoints> points_{};
  std::array<std::size_t, kMaxStrokes + 1> begins_{};
  std::size_t point_count_ = 0;
  std::size_t stroke_count_ = 0;
};

/// Strokes cut into short straight pieces, each with the pen's radius.
class PenTrace {
 public:
  static constexpr std::size_t kMaxPieces = 512;
  struct Piece {
    PenPoint from;
    PenPoint to;
    float radius;
  };

  /// Catmull-Rom curves through the control points (Catmull and Rom 1974), in path units.
  explicit PenTrace(const StrokePath& path);

  std::span<Piece> pieces() { return {pieces_.data(), count_}; }
  std::span<const Piece> pieces() const { return {pieces_.data(), count_}; }

 private:
  void add_span(PenPoint before, PenPoint a, PenPoint b, PenPoint after);

  std::array<Piece, kMaxPieces> pieces_;
  std::size_t count_ = 0;
};

/// Ink 255 on paper 0 by the distance to the nearest piece; pieces are in pixels, an edge falls
/// over `softness` pixels. `out` holds resolution * resolution values, row by row; at most 32 x 32.
void ink(const PenTrace& trace, float softness, int resolution, std::span<std::uint8_t> out);

}  // namespace saddle::data
