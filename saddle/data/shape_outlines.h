#pragma once

#include <span>

namespace saddle::data {

/// Outlines of the kinds of shape, in a frame of their own: centre of mass at the origin, area pi,
/// upright, y upwards. A label that is no kind throws Error(kInternal).

/// The greatest distance of a point of the shape from its centre of mass; 1 for the circle.
double outline_reach(int label);

/// How often the shape looks the same in one full turn; 0 for circle and ring: always.
int outline_symmetry(int label);

/// A line of equally spaced points: (x + i dx, y + i dy), i = 0, 1, ...
struct OutlineRow {
  float x, y, dx, dy;
};

/// Exact Euclidean distance of each point of the row to the outline, negative inside.
void outline_distances(int label, const OutlineRow& row, std::span<float> out);

}  // namespace saddle::data
