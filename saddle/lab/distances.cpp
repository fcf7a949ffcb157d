// E04: what divergences and distances say of two Gaussians and of two points.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/gaussian_pair.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/points_1d.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

constexpr double kSixDigits = 1e-6;

struct PairNumbers {
  double jsd, value, tv, accuracy, sign, w1, mmd;
};

PairNumbers numbers_of(const GaussianPair& pair) {
  return {jensen_shannon(pair), optimal_value(pair), total_variation(pair), optimal_accuracy(pair),
          sign_on_real(pair),   wasserstein_1(pair), mmd_squared(pair)};
}

struct GaussianRow {
  GaussianPair pair;
  const char* name;
  PairNumbers stated;
};

// To six digits. Of N(0,4), W1 is sqrt(2/pi), and E_p sign is 2 erf(sqrt(4 ln 2 / 3)) - 1.
constexpr std::array<GaussianRow, 5> kGaussianRows = {{
    {{.5, 1}, "N(.5,1)", {.030311, -1.325672, .197413, .598706, .197413, .5, .047124}},
    {{1, 1}, "N(1,1)", {.111421, -1.163451, .382925, .691462, .382925, 1, .177268}},
    {{2, 1}, "N(2,1)", {.336831, -.712633, .682689, .841345, .682689, 2, .561858}},
    {{3, 1}, "N(3,1)", {.526777, -.332740, .866386, .933193, .866386, 3, .897052}},
    {{0, 2}, "N(0,4)", {.092733, -1.200828, .322675, .661337, .652059, .797885, .094187}},
}};

void check_row(std::vector<Check>& checks, const GaussianRow& row, const PairNumbers& found) {
  const auto add = [&](const char* what, double PairNumbers::*number) {
    checks.push_back(
        near(cat(what, " of ", row.name), found.*number, row.stated.*number, kSixDigits));
  };
  add("JSD", &PairNumbers::jsd);
  add("V*", &PairNumbers::value);
  add("TV", &PairNumbers::tv);
  add("accuracy*", &PairNumbers::accuracy);
  add("E_p sign(logit*)", &PairNumbers::sign);
  add("W1", &PairNumbers::w1);
  add("MMD²", &PairNumbers::mmd);
}

/// What holds for every pair.
void check_relations(std::vector<Check>& checks, const GaussianPair& pair,
                     const PairNumbers& found) {
  const std::string of = cat(" of N(", pair.mean, ", ", pair.sd, "²)");
  const double variance = pair.sd * pair.sd;
  checks.push_back(near("V*" + of, found.value, 2 * found.jsd - 2 * std::numbers::ln2, kSixDigits));
  checks.push_back(near("accuracy*" + of, found.accuracy, (1 + found.tv) / 2, kSixDigits));
  const double mmd =
      1 / std::sqrt(3.0) + 1 / std::sqrt(1 + 2 * variance) -
      2 * std::exp(-pair.mean * pair.mean / (2 * (2 + variance))) / std::sqrt(2 + variance);
  checks.push_back(near("MMD²" + of, found.mmd, mmd, kSixDigits));
  checks.push_back(at_least("W1" + of, found.w1, std::abs(pair.mean) - kSixDigits));
  if (pair.sd == 1) {
    checks.push_back(
        near("TV" + of, found.tv, 2 * normal_cdf(std::abs(pair.mean) / 2) - 1, kSixDigits));
    checks.push_back(near("W1" + of, found.w1, std::abs(pair.mean), kSixDigits));
  }
}

/// The value of D* = p / (p + q) on points that differ within each set.
double optimal_value(const Points1d& p, const Points1d& q) {
  const auto weight_in = [](const Points1d& points, double place) {
    const auto found = std::ranges::find(points.at, place);
    return found == points.at.end()
               ? 0
               : points.weight[static_cast<std::size_t>(found - points.at.begin())];
  };
  double value = 0;
  for (std::size_t i = 0; i < p.at.size(); ++i) {
    value += p.weight[i] * std::log(p.weight[i] / (p.weight[i] + weight_in(q, p.at[i])));
  }
  for (std::size_t i = 0; i < q.at.size(); ++i) {
    value += q.weight[i] * std::log(q.weight[i] / (q.weight[i] + weight_in(p, q.at[i])));
  }
  return value;
}

void check_points(std::vector<Check>& checks, double theta) {
  const Points1d real{{0.0}, {1.0}};
  const Points1d fake{{theta}, {1.0}};
  const std::string at = cat(", points ", theta, " apart");
  const double mmd = 2 * (1 - std::exp(-theta * theta / 2));
  checks.push_back(
      near("JSD" + at, jensen_shannon(real, fake), theta == 0 ? 0 : std::numbers::ln2, 1e-12));
  checks.push_back(near("V*" + at, optimal_value(real, fake),
                        2 * jensen_shannon(real, fake) - 2 * std::numbers::ln2, 1e-12));
  checks.push_back(near("TV" + at, total_variation(real, fake), theta == 0 ? 0 : 1, 1e-12));
  checks.push_back(near("W1" + at, wasserstein_1(real, fake), std::abs(theta), 1e-12));
  checks.push_back(near("MMD²" + at, mmd_squared(real, fake), mmd, 1e-12));
  checks.push_back(holds((theta != 0 ? "KL is infinite" : "KL is finite") + at,
                         std::isinf(kullback_leibler(real, fake)) == (theta != 0)));
}

Plot point_plot() {
  codec::SvgSeries jsd{.name = "JSD"};
  codec::SvgSeries w1{.name = "W1"};
  codec::SvgSeries mmd{.name = "MMD²"};
  const Points1d real{{0.0}, {1.0}};
  for (const double theta : evenly(-3, 3, 241)) {
    const Points1d fake{{theta}, {1.0}};
    for (auto* series : {&jsd, &w1, &mmd}) series->x.push_back(theta);
    jsd.y.push_back(jensen_shannon(real, fake));
    w1.y.push_back(wasserstein_1(real, fake));
    mmd.y.push_back(mmd_squared(real, fake));
  }
  const std::vector<codec::SvgSeries> series{jsd, w1, mmd};
  return {"points",
          "A fake point at θ, the datum at 0. The JSD is ln 2 everywhere but at the goal: no slope "
          "to follow. W1 points home from any distance; MMD² does while the kernel reaches.",
          codec::line_svg(series, {.title = "Two points",
                                   .x_label = "θ",
                                   .y_label = "distance",
                                   .legend_above = true,
                                   .marks = {{.at = std::numbers::ln2, .name = "ln 2"}}})};
}

Plot gaussian_plot() {
  std::array<codec::SvgSeries, 4> series{
      {{.name = "JSD / ln 2"}, {.name = "TV"}, {.name = "W1 / 4"}, {.name = "MMD²"}}};
  for (const double mean : evenly(0, 6, 61)) {
    const GaussianPair pair{.mean = mean};
    const std::array<double, 4> at = {jensen_shannon(pair) / std::numbers::ln2,
                                      total_variation(pair), wasserstein_1(pair) / 4,
                                      mmd_squared(pair)};
    for (std::size_t i = 0; i < at.size(); ++i) {
      series[i].x.push_back(mean);
      series[i].y.push_back(at[i]);
    }
  }
  return {
      "gaussians", "N(0,1) against N(m,1): all but W1 go flat once the densities hardly overlap.",
      codec::line_svg(
          series,
          {.title = "Two Gaussians", .x_label = "m", .y_label = "distance", .legend_above = true})};
}

Outcome run_distances(const Settings& settings) {
  Outcome outcome;
  const GaussianPair own{settings["mean"], settings["sd"]};
  bool stated = false;
  for (const GaussianRow& row : kGaussianRows) {
    const PairNumbers found = numbers_of(row.pair);
    check_row(outcome.checks, row, found);
    check_relations(outcome.checks, row.pair, found);
    stated = stated || (row.pair.mean == own.mean && row.pair.sd == own.sd);
  }
  if (!stated) check_relations(outcome.checks, own, numbers_of(own));
  check_points(outcome.checks, settings["theta"]);
  outcome.plots = {point_plot(), gaussian_plot()};
  return outcome;
}

}  // namespace

Experiment distances_of_pairs() {
  return {
      .id = "E04",
      .title = "The JSD is flat off the support, W1 is not",
      .chapter = 1,
      .teaches =
          "With the best discriminator in place, the generator of the original game descends the "
          "Jensen-Shannon divergence. Take the smallest case: the data are one point, the fakes "
          "another, θ away. The JSD is ln 2 for every θ but 0. It says that the two differ and "
          "not in which direction to go, so its gradient is zero. Data on thin manifolds in a "
          "space of many dimensions are nearly in that case. The Wasserstein distance |θ| has a "
          "slope of one everywhere: the reason for Wasserstein GANs, for gradient penalties and "
          "for "
          "noise added to the samples.\n\n"
          "The table gives all the distances of two Gaussians to six digits. The best accuracy of "
          "a discriminator is (1 + TV)/2: accuracy is a total variation in disguise. The mean sign "
          "of the logit on reals equals TV only where the variances are the same.",
      .formulas = {"V* = 2 JSD - 2 ln 2,   accuracy* = (1 + TV)/2",
                   "δ₀ against δ_θ: JSD = ln 2, TV = 1, KL = ∞, W1 = |θ|, MMD² = 2(1 - exp(-θ²/2))",
                   "TV of N(0,1), N(m,1) = 2Φ(m/2) - 1,   W1 = ∫|P - Q| dx"},
      .next = {{"sweep E04 --param mean --from 0 --to 6", "which curves go flat"},
               {"sweep E04 --param sd --from 0.2 --to 5 --log", "fakes too narrow, and too wide"},
               {"run E04 --set theta=0", "the one place where the divergences vanish"}},
      .parameters =
          {{.name = "mean", .initial = 1, .low = -8, .high = 8, .doc = "of a pair of your own"},
           {.name = "sd", .initial = 1.5, .low = 0.2, .high = 5, .doc = "of its fakes"},
           {.name = "theta",
            .initial = 0.5,
            .low = -10,
            .high = 10,
            .doc = "where the fake point lies"}},
      .run = run_distances,
      .measured = {"JSD", "V*", "TV", "accuracy*", "E_p sign", "W1", "MMD2"},
      .measure = [](const Settings& settings) {
        const PairNumbers n = numbers_of({settings["mean"], settings["sd"]});
        return std::vector<double>{n.jsd, n.value, n.tv, n.accuracy, n.sign, n.w1, n.mmd};
      }};
}

}  // namespace saddle::lab
