// E23 and E24: limits of a connected generator and of a small critic.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "saddle/base/philox.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

using std::numbers::pi;

/// G(z) = clamp(slope z, -d/2, d/2): two modes d apart, the steepest way between them.
struct ClampedGenerator {
  double slope;
  double distance;
  double at(double z) const { return std::clamp(slope * z, -0.5 * distance, 0.5 * distance); }
  bool off_modes(double z) const { return std::abs(at(z)) < 0.5 * distance; }
};

/// The least mass that a generator of this slope leaves between the modes.
double topology_bound(double slope, double distance) {
  return 1 - 2 * normal_cdf(-distance / (2 * slope));
}

/// The share of n latents that fall between the modes.
double share_between(const ClampedGenerator& generator, std::int64_t n) {
  PhiloxSequence random(stream_key(0, "lab/E23"));
  std::int64_t off = 0;
  for (std::int64_t i = 0; i < n; ++i) off += generator.off_modes(random.normal()) ? 1 : 0;
  return static_cast<double>(off) / static_cast<double>(n);
}

/// The same of two generators, of which a coin chooses: each makes the points beyond one mode, a
/// tenth of the distance wide, and is flatter than the one that makes both.
double share_between_of_two(double distance, std::int64_t n) {
  PhiloxSequence random(stream_key(0, "lab/E23/two"));
  std::int64_t off = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double side = random.below(2) == 0 ? -1 : 1;
    const double x = side * distance * (0.5 + 0.1 * normal_cdf(random.normal()));
    off += std::abs(x) < 0.5 * distance ? 1 : 0;
  }
  return static_cast<double>(off) / static_cast<double>(n);
}

Outcome run_clamped(const Settings& settings) {
  const double slope = settings["L"];
  const double distance = settings["distance"];
  const std::int64_t n = settings.count("n");
  Outcome outcome;
  constexpr std::array<std::pair<double, double>, 4> kStated = {
      {{5, .158519}, {10, .079656}, {20, .039878}, {50, .015957}}};
  for (const auto& [l, mass] : kStated) {
    outcome.checks.push_back(
        near(cat("bound at L = ", l, ", modes 2 apart"), topology_bound(l, 2), mass, 1e-6));
  }
  const double bound = topology_bound(slope, distance);
  double allowed = 3 * std::sqrt(bound * (1 - bound) / static_cast<double>(n));
  // Where hardly a latent falls between the modes, its count is no longer normal.
  if (!settings.all_initial()) allowed += 4 / static_cast<double>(n);
  const double found = share_between({slope, distance}, n);
  outcome.checks.push_back(near("share between the modes, sampled", found, bound, allowed));
  outcome.checks.push_back(
      at_least("share with half the slope", share_between({slope / 2, distance}, n), found));
  outcome.checks.push_back(
      near("share of two generators and a coin", share_between_of_two(distance, n), 0, 0));
  codec::SvgSeries curve{.name = "at least this much lies between"};
  for (const double power : evenly(0, 2, 81)) {
    curve.x.push_back(std::pow(10, power));
    curve.y.push_back(topology_bound(curve.x.back(), distance));
  }
  codec::SvgSeries point{.name = cat("sampled, n = ", n),
                         .x = {slope},
                         .y = {found},
                         .size = 5,
                         .style = codec::SvgStyle::kPoints};
  const std::vector<codec::SvgSeries> series{curve, point};
  outcome.plots = {
      {"bound",
       cat("Two modes ", distance,
           " apart and a generator of slope at most L: the mass "
           "off the data falls only like 1/L."),
       codec::line_svg(series, {.title = "What a connected generator must leave between",
                                .x_label = "L, the slope of the generator",
                                .y_label = "mass off the data",
                                .legend_above = true,
                                .log_x = true,
                                .log_y = true})}};
  return outcome;
}

/// max over i of <u_i, x> for n unit vectors at equal angles, at radius 1 and this angle.
double critic_at(std::int64_t n, double angle) {
  double best = -2;
  for (std::int64_t i = 0; i < n; ++i) {
    best =
        std::max(best, std::cos(angle - 2 * pi * static_cast<double>(i) / static_cast<double>(n)));
  }
  return best;
}

/// E over the outer circle less E over the inner one, of the critic with n units.
double critic_gain(std::int64_t n, double radius, double delta, std::int64_t angles) {
  double sum = 0;
  for (std::int64_t k = 0; k < angles; ++k) {
    // Half a step off, so that no angle falls on a kink of every n.
    sum += critic_at(n, 2 * pi * (static_cast<double>(k) + 0.5) / static_cast<double>(angles));
  }
  const double mean = sum / static_cast<double>(angles);
  return (radius + delta) * mean - radius * mean;
}

double sinc(double t) {
  return std::sin(t) / t;
}

/// W1 between the circles by the coupling along the radius, which no critic beats: the bound is met
/// by the critic |x|, of slope 1.
double circle_distance(double radius, double delta, std::int64_t angles) {
  double sum = 0;
  for (std::int64_t k = 0; k < angles; ++k) {
    const double angle = 2 * pi * static_cast<double>(k) / static_cast<double>(angles);
    sum += std::hypot((radius + delta) * std::cos(angle) - radius * std::cos(angle),
                      (radius + delta) * std::sin(angle) - radius * std::sin(angle));
  }
  return sum / static_cast<double>(angles);
}

Outcome run_circles(const Settings& settings) {
  const double radius = settings["radius"];
  const double delta = settings["delta"];
  const std::int64_t angles = settings.count("angles");
  Outcome outcome;
  constexpr std::array<std::pair<std::int64_t, double>, 6> kStated = {
      {{2, .636620}, {3, .826993}, {4, .900316}, {8, .974495}, {16, .993587}, {32, .998394}}};
  for (const auto& [n, part] : kStated) {
    outcome.checks.push_back(near(cat("share of W1 that ", n, " units find"),
                                  critic_gain(n, radius, delta, angles) / delta, part, 1e-4));
  }
  const std::int64_t n = settings.count("n");
  const double share = sinc(pi / static_cast<double>(n));
  outcome.checks.push_back(near(cat("the same of n = ", n, ", sinc(π/n)"),
                                critic_gain(n, radius, delta, angles) / delta, share, 1e-4));
  outcome.checks.push_back(
      near("what a linear critic finds", critic_gain(1, radius, delta, angles) / delta, 0, 1e-9));
  outcome.checks.push_back(
      near("W1 of the circles", circle_distance(radius, delta, angles), delta, 1e-9 * (1 + delta)));
  // The next term of the series is (pi/n)^4 / 120.
  const double small = pi / 32;
  outcome.checks.push_back(
      near("deficit of 32 units over (π/n)²/6",
           (1 - critic_gain(32, radius, delta, angles) / delta) / (small * small / 6), 1, 0.01));
  codec::SvgSeries deficit{.name = "1 - gain/δ"};
  codec::SvgSeries law{.name = "(π/n)²/6", .style = codec::SvgStyle::kDashed};
  for (std::int64_t units = 2; units <= 64; ++units) {
    const auto x = static_cast<double>(units);
    deficit.x.push_back(x);
    deficit.y.push_back(1 - critic_gain(units, radius, delta, 4001) / delta);
    law.x.push_back(x);
    law.y.push_back(std::pow(pi / x, 2) / 6);
  }
  const std::vector<codec::SvgSeries> series{deficit, law};
  outcome.plots = {{"deficit",
                    "What a critic of n linear pieces misses of the distance between two circles.",
                    codec::line_svg(series, {.title = "The price of curvature",
                                             .x_label = "n, units of the critic",
                                             .y_label = "share of W1 missed",
                                             .legend_above = true,
                                             .log_x = true,
                                             .log_y = true})}};
  return outcome;
}

}  // namespace

Experiment clamped_generator() {
  return {
      .id = "E23",
      .title = "A connected latent cannot make disconnected data",
      .chapter = 6,
      .teaches =
          "The latent of a generator is one connected cloud, and a network is continuous, so its "
          "image is connected too. If the data are two separate modes, something must lie between "
          "them. How much? A generator whose slope is at most L needs a stretch of latent of "
          "length "
          "d/L to get from one mode to the other, and a Gaussian latent has at least the mass "
          "1 - 2Φ(-d/(2L)) in it. The steepest possible way, clamp(Lz), attains this bound: for "
          "modes 2 apart and L = 10, 8 % of all samples are no data.\n\n"
          "A steeper network makes fewer of them, but only like 1/L, and steepness is what "
          "spectral "
          "norms and penalties take away. Two generators with a coin, or a latent with a "
          "categorical part, have no such bound.",
      .formulas = {"G(z) = clamp(L z, -d/2, d/2),   z ~ N(0, 1)",
                   "mass off the data ≥ 1 - 2Φ(-d/(2L))"},
      .next = {{"run E23 --set L=50", "steeper: .0160"},
               {"sweep E23 --param L --from 1 --to 100 --log",
                "the whole bound, and what samples say"}},
      .parameters =
          {{.name = "L", .initial = 10, .low = 0.1, .high = 1000, .doc = "slope of the generator"},
           {.name = "distance", .initial = 2, .low = 0.01, .high = 100, .doc = "between the modes"},
           {.name = "n",
            .initial = 1'000'000,
            .low = 1000,
            .high = 10'000'000,
            .doc = "latents drawn",
            .whole = true}},
      .run = run_clamped,
      .measured = {"bound", "sampled"},
      .measure = [](const Settings& settings) {
        const ClampedGenerator generator{settings["L"], settings["distance"]};
        return std::vector<double>{topology_bound(generator.slope, generator.distance),
                                   share_between(generator, settings.count("n"))};
      }};
}

Experiment circles_and_critics() {
  return {
      .id = "E24",
      .title = "Curvature costs critic units",
      .chapter = 6,
      .teaches =
          "Take data on a circle and fakes on a circle a little smaller. Their Wasserstein "
          "distance "
          "is the gap δ, and the critic that shows it is |x|, a cone. A linear critic sees "
          "nothing: "
          "both circles have mean zero. A critic of n linear pieces, the maximum of n directions, "
          "is "
          "a pyramid with n sides, and it finds the share sinc(π/n) of the distance: 64 % with two "
          "pieces, 90 % with four, 99.4 % with sixteen. What it misses falls like 1/n².\n\n"
          "So a curved manifold is seen only by a critic with enough pieces to follow it, and this "
          "in "
          "every pair of curved directions. A critic that is too small does not make a worse "
          "estimate with noise in it: it calls them nearer than they are, whatever the data; with "
          "one "
          "piece, equal.",
      .formulas = {"f(x) = max over i of ⟨uᵢ, x⟩,   uᵢ at the angles 2πi/n",
                   "E_outer f - E_inner f = δ sinc(π/n),   sinc(t) = sin(t)/t",
                   "1 - sinc(π/n) ≈ (π/n)²/6"},
      .next = {{"run E24 --set n=7", "an odd pyramid does as well"},
               {"sweep E24 --param n --from 1 --to 64 --steps 64", "the share that is found"}},
      .parameters =
          {{.name = "n",
            .initial = 5,
            .low = 1,
            .high = 1000,
            .doc = "units, one more to look at",
            .whole = true},
           {.name = "radius", .initial = 1, .low = 0.01, .high = 10, .doc = "of the inner circle"},
           {.name = "delta",
            .initial = 0.1,
            .low = 0.001,
            .high = 10,
            .doc = "gap between the circles"},
           {.name = "angles",
            .initial = 100'000,
            .low = 10'000,
            .high = 1'000'000,
            .doc = "places on a circle that the means are over",
            .whole = true}},
      .run = run_circles,
      .measured = {"found", "sinc"},
      .measure = [](const Settings& settings) {
        const std::int64_t n = settings.count("n");
        const double delta = settings["delta"];
        return std::vector<double>{
            critic_gain(n, settings["radius"], delta, settings.count("angles")) / delta,
            sinc(pi / static_cast<double>(n))};
      }};
}

}  // namespace saddle::lab
