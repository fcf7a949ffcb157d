#include "saddle/lab/numeric.h"

#include <array>
#include <cmath>
#include <numbers>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::lab {
namespace {

// Nodes and weights of the 15 point Kronrod rule on [-1, 1], the outermost first; every second node
// belongs to the 7 point Gauss rule (Kronrod 1965).
constexpr std::array<double, 8> kNodes = {
    0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
    0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
    0.586087235467691130294144691693999, 0.405845151377397166906606412076961,
    0.207784955007898467600689403773245, 0.0};
constexpr std::array<double, 8> kKronrod = {
    0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
    0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
    0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
    0.204432940075298892414161999234649, 0.209482141084727828012999174891714};
constexpr std::array<double, 4> kGauss = {
    0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
    0.381830050505118944950369775488975, 0.417959183673469387755102040816327};

struct Estimate {
  double value;
  double error;
};

Estimate kronrod(const std::function<double(double)>& f, double low, double high) {
  const double centre = 0.5 * (low + high);
  const double half = 0.5 * (high - low);
  const double middle = f(centre);
  double fine = kKronrod[7] * middle;
  double coarse = kGauss[3] * middle;
  for (std::size_t i = 0; i < 7; ++i) {
    const double pair = f(centre - half * kNodes[i]) + f(centre + half * kNodes[i]);
    fine += kKronrod[i] * pair;
    if (i % 2 == 1) coarse += kGauss[i / 2] * pair;
  }
  return {fine * half, std::abs(fine - coarse) * half};
}

double halved(const std::function<double(double)>& f, double low, double high, double tolerance,
              int depth) {
  const Estimate estimate = kronrod(f, low, high);
  // Rounding alone leaves this much.
  if (estimate.error <= tolerance || estimate.error <= 1e-15 * std::abs(estimate.value)) {
    return estimate.value;
  }
  if (depth == 0 || !std::isfinite(estimate.value)) {
    throw Error(ErrorCode::kNumeric, "integral",
                cat("no convergence on ", low, " to ", high, ": the error is ", estimate.error));
  }
  const double middle = 0.5 * (low + high);
  // At a root of f's slope the pieces grow small without end; below this no sum notices them.
  const double half = std::fmax(0.5 * tolerance, 1e-17);
  return halved(f, low, middle, half, depth - 1) + halved(f, middle, high, half, depth - 1);
}

}  // namespace

double integrate(const std::function<double(double)>& f, double low, double high,
                 double tolerance) {
  // Eight pieces to begin with: a narrow peak between the nodes of one would go unseen.
  constexpr int kPieces = 8;
  double sum = 0;
  for (int i = 0; i < kPieces; ++i) {
    const double a = low + (high - low) * i / kPieces;
    const double b = low + (high - low) * (i + 1) / kPieces;
    sum += halved(f, a, b, tolerance / kPieces, 40);
  }
  return sum;
}

double log_normal_density(double x, double mean, double sd) {
  const double z = (x - mean) / sd;
  return -0.5 * z * z - std::log(sd) - 0.5 * std::log(2 * std::numbers::pi);
}

double normal_density(double x, double mean, double sd) {
  return std::exp(log_normal_density(x, mean, sd));
}

double normal_cdf(double x) {
  return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}

double normal_quantile(double p) {
  double x = 0;
  // Newton from the middle overshoots in the tails; the step is bounded.
  for (int i = 0; i < 200; ++i) {
    const double step = (normal_cdf(x) - p) / normal_density(x, 0, 1);
    x -= std::fmax(-0.5, std::fmin(0.5, step));
    if (std::abs(step) < 1e-14) break;
  }
  return x;
}

std::vector<double> evenly(double low, double high, std::size_t count) {
  std::vector<double> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = low + (high - low) * static_cast<double>(i) / static_cast<double>(count - 1);
  }
  return out;
}

}  // namespace saddle::lab
