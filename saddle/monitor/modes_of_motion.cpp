#include "saddle/monitor/modes_of_motion.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "saddle/base/eigen.h"
#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/monitor/small_svd.h"

namespace saddle::monitor {
namespace {

using Points = std::span<const std::vector<double>>;

void require_points(Points points, std::size_t least, std::size_t least_dimension, double interval,
                    const char* what) {
  const auto fail = [&](const std::string& text) {
    throw Error(ErrorCode::kUsage, "microscope", cat(what, ": ", text));
  };
  if (points.size() < least) fail(cat("got ", points.size(), ", expected ", least, " or more"));
  if (!(interval > 0)) fail(cat("interval: got ", interval, ", expected more than 0"));
  const std::size_t d = points[0].size();
  if (d < least_dimension) {
    fail(cat("dimension: got ", d, ", expected ", least_dimension, " or more"));
  }
  for (const auto& p : points) {
    if (p.size() != d) fail(cat("sizes differ: got ", p.size(), ", expected ", d, " as the first"));
    for (const double x : p) {
      if (!std::isfinite(x)) {
        throw Error(ErrorCode::kNumeric, "microscope", cat(what, ": an entry is not finite"));
      }
    }
  }
}

std::vector<double> flattened(Points points) {
  std::vector<double> all;
  for (const auto& p : points) all.insert(all.end(), p.begin(), p.end());
  return all;
}

struct Planar {
  std::vector<std::complex<double>> directions;
  double share = 1;
};

// The directions in the plane that holds most of their squared length.
Planar in_leading_plane(Points directions) {
  Planar plane;
  if (directions[0].size() == 2) {
    for (const auto& d : directions) plane.directions.emplace_back(d[0], d[1]);
    return plane;
  }
  const std::size_t n = directions.size(), dimension = directions[0].size();
  const Svd svd = small_svd(flattened(directions), n, dimension);
  const std::size_t k = svd.values.size();
  double all = 0;
  for (const double s : svd.values) all += s * s;
  plane.share = (svd.values[0] * svd.values[0] + svd.values[1] * svd.values[1]) / all;
  for (std::size_t i = 0; i < n; ++i) {
    plane.directions.emplace_back(svd.u[i * k] * svd.values[0], svd.u[i * k + 1] * svd.values[1]);
  }
  return plane;
}

}  // namespace

std::vector<std::vector<double>> differences(Points points) {
  std::vector<std::vector<double>> list;
  for (std::size_t t = 0; t + 1 < points.size(); ++t) {
    if (points[t].size() != points[t + 1].size()) {
      throw Error(ErrorCode::kUsage, "microscope",
                  cat("points: sizes differ: got ", points[t + 1].size(), ", expected ",
                      points[t].size(), " as the first"));
    }
    list.push_back(points[t + 1]);
    for (std::size_t i = 0; i < points[t].size(); ++i) list.back()[i] -= points[t][i];
  }
  return list;
}

TwoGradient two_gradient_eigenvalue(Points directions, double interval) {
  require_points(directions, 3, 2, interval, "directions");
  const Planar plane = in_leading_plane(directions);
  // log mu of each interval: growth and turn at once.
  std::vector<std::complex<double>> logs;
  double angle = 0, whole = 0;
  std::size_t until = 0;
  for (std::size_t t = 0; t + 1 < plane.directions.size(); ++t) {
    const std::complex<double> a = plane.directions[t], b = plane.directions[t + 1];
    if (a == 0.0 || b == 0.0) {
      throw Error(ErrorCode::kNumeric, "microscope",
                  cat("direction ", a == 0.0 ? t : t + 1, " is 0: it has no angle"));
    }
    logs.push_back(std::log(b / a));
    angle += logs.back().imag();
    // The end of a whole turn is where the angle comes nearest to it.
    const double turns = angle / (2 * std::numbers::pi);
    const double step = std::abs(logs.back().imag()) / (2 * std::numbers::pi);
    const double nearest = std::round(turns);
    if (nearest != 0 && std::abs(turns - nearest) <= step / 2 &&
        std::abs(nearest) >= std::abs(whole)) {
      whole = nearest;
      until = logs.size();
    }
  }
  TwoGradient result;
  result.whole_turns = until > 0;
  result.steps = until > 0 ? until : logs.size();
  result.in_plane = plane.share;
  std::complex<double> sum = 0;
  for (std::size_t t = 0; t < result.steps; ++t) sum += logs[t];
  result.turns = sum.imag() / (2 * std::numbers::pi);
  result.multiplier = std::exp(sum / static_cast<double>(result.steps));
  result.eigenvalue = (result.multiplier - 1.0) / interval;
  result.simultaneous_mark = result.multiplier.real();
  return result;
}

ModeFit fit_modes(Points snapshots, double interval, const ModeFitOptions& options) {
  require_points(snapshots, 4, 1, interval, "snapshots");
  const auto moves = differences(snapshots);
  const std::size_t n = moves.size() - 1, d = moves[0].size();
  const Svd before = small_svd(flattened(Points(moves).first(n)), n, d);
  const std::vector<double> after = flattened(Points(moves).last(n));
  const std::size_t k = before.values.size();
  if (before.values[0] == 0) {
    throw Error(ErrorCode::kNumeric, "microscope", "snapshots: they do not move");
  }
  ModeFit fit;
  for (const double s : before.values) fit.rank += s > options.tolerance * before.values[0] ? 1 : 0;
  if (options.rank > 0) fit.rank = std::min(fit.rank, options.rank);
  const std::size_t r = fit.rank;
  // Rows are moves: after = before M; in the coordinates of the right vectors M is
  // S^-1 U^T after V, [r,r].
  std::vector<double> reached(r * d, 0.0), small(r * r, 0.0);
  for (std::size_t i = 0; i < r; ++i) {
    for (std::size_t t = 0; t < n; ++t) {
      const double weight = before.u[t * k + i] / before.values[i];
      for (std::size_t c = 0; c < d; ++c) reached[i * d + c] += weight * after[t * d + c];
    }
    for (std::size_t j = 0; j < r; ++j) {
      for (std::size_t c = 0; c < d; ++c)
        small[i * r + j] += reached[i * d + c] * before.v[c * k + j];
    }
  }
  double missed = 0, all = 0;
  for (std::size_t t = 0; t < n; ++t) {
    for (std::size_t c = 0; c < d; ++c) {
      double fitted = 0;
      for (std::size_t i = 0; i < r; ++i) {
        fitted += before.u[t * k + i] * before.values[i] * reached[i * d + c];
      }
      missed += (after[t * d + c] - fitted) * (after[t * d + c] - fitted);
      all += after[t * d + c] * after[t * d + c];
    }
  }
  fit.residual = all > 0 ? std::sqrt(missed / all) : 0;
  for (const auto& multiplier : eigenvalues(small, r)) {
    fit.modes.push_back({multiplier, std::log(multiplier) / interval});
  }
  return fit;
}

}  // namespace saddle::monitor
