// E28: what a perfect sampler scores.
#include <algorithm>
#include <array>
#include <cmath>

#include "saddle/base/philox.h"
#include "saddle/base/summary.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/rows.h"
#include "saddle/lab/sample_floors.h"
#include "saddle/metric/expected_coverage.h"

namespace saddle::lab {
namespace {

constexpr double kSigmas = 3;  // standard errors that a mean may be off

std::vector<double> standard_normals(std::size_t count, std::string_view stream,
                                     std::uint64_t repetition) {
  auto random = PhiloxSequence::of(stream_key(0, stream), repetition);
  std::vector<double> out(count);
  for (double& x : out) x = random.normal();
  return out;
}

/// Histogram KLs of `repetitions` perfect samplers, in order of size.
std::vector<double> divergences(std::int64_t cells, std::int64_t n, std::int64_t repetitions) {
  std::vector<double> out;
  const std::uint64_t key = stream_key(0, "lab/E28/histogram");
  for (std::int64_t i = 0; i < repetitions; ++i) {
    out.push_back(histogram_divergence(even_draws(cells, n, key, static_cast<std::uint64_t>(i))));
  }
  std::ranges::sort(out);
  return out;
}

/// A standard deviation and its standard error, for values that are nearly normal or less peaked.
struct Spread {
  double sd;
  double error;
};

Spread spread_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const Summary all = summary_of(values);
  double fourth = 0;
  for (const double value : values) fourth += std::pow(value - all.mean, 4) / n;
  return {all.sd, std::sqrt((fourth - std::pow(all.sd, 4)) / n) / all.sd / 2};
}

struct HistogramRow {
  std::int64_t cells, n, repetitions;
  double mean, sd, rare;  // `rare` is the 99.9 percentile
  double mean_digit, sd_digit;
};

// Stated to some digits; half of the last one is added to what is allowed.
constexpr std::array<HistogramRow, 4> kHistograms = {
    {{8, 2500, 20'000, .00140, .00075, .0049, 5e-6, 5e-6},
     {25, 2500, 20'000, .00480, .00139, .0103, 5e-6, 5e-6},
     {1000, 26'000, 2000, .0193, .0009, .0225, 5e-5, 5e-5},
     {1000, 10'000, 2000, .0509, .0023, .0588, 5e-5, 5e-5}}};

void check_histogram(std::vector<Check>& checks, const HistogramRow& row) {
  const auto values = divergences(row.cells, row.n, row.repetitions);
  const Summary found = summary_of(values);
  const std::string of = cat(" of histogram KL, K = ", row.cells, ", n = ", row.n);
  checks.push_back(near("mean" + of, found.mean, row.mean, kSigmas * found.error + row.mean_digit));
  checks.push_back(near("mean to 2nd order" + of, found.mean, histogram_floor(row.cells, row.n),
                        kSigmas * found.error + 0.002 * found.mean));
  const Spread spread = spread_of(values);
  checks.push_back(near("sd" + of, spread.sd, row.sd, kSigmas * spread.error + row.sd_digit));
  // One run in a thousand lies above the percentile; how many do is Poisson.
  const auto above = static_cast<double>(
      std::ranges::count_if(values, [&row](double value) { return value > row.rare; }));
  const double expected = 0.001 * static_cast<double>(row.repetitions);
  const double scatter = kSigmas * std::sqrt(expected);
  const std::string name = cat("runs of ", row.repetitions, " above ", row.rare);
  // Where only two are expected, none says nothing.
  checks.push_back(expected > 10 ? near(name, above, expected, scatter)
                                 : at_most(name, above, expected + scatter));
}

/// Share of points within three deviations, one value a repetition.
std::vector<double> shares_near(std::int64_t n, std::int64_t repetitions) {
  std::vector<double> out;
  for (std::int64_t r = 0; r < repetitions; ++r) {
    const auto x = standard_normals(static_cast<std::size_t>(2 * n), "lab/E28/share",
                                    static_cast<std::uint64_t>(r));
    std::int64_t inside = 0;
    for (std::size_t i = 0; i < x.size(); i += 2)
      inside += x[i] * x[i] + x[i + 1] * x[i + 1] < 9 ? 1 : 0;
    out.push_back(static_cast<double>(inside) / static_cast<double>(n));
  }
  return out;
}

void check_shares(std::vector<Check>& checks) {
  const auto shares = shares_near(2500, 400);
  const Summary found = summary_of(shares);
  const Spread spread = spread_of(shares);
  checks.push_back(near("share within 3 sigma in 2-D", found.mean, .988891, kSigmas * found.error));
  checks.push_back(near("1 - exp(-9/2)", 1 - std::exp(-4.5), .988891, 5e-7));
  checks.push_back(near("its sd at n = 2500", spread.sd, .0021, kSigmas * spread.error + 5e-5));
}

void check_birthdays(std::vector<Check>& checks) {
  constexpr std::array<std::pair<std::int64_t, double>, 4> kStated = {
      {{1000, 38}, {10'000, 119}, {160'000, 472}, {1'000'000, 1178}}};
  for (const auto& [values, n] : kStated) {
    checks.push_back(near(cat("draws for an even chance of a collision, N = ", values),
                          static_cast<double>(birthday(values)), n, 0));
  }
  constexpr std::int64_t kRuns = 4000;
  std::vector<double> early;
  const std::uint64_t key = stream_key(0, "lab/E28/birthday");
  for (std::uint64_t i = 0; i < kRuns; ++i)
    early.push_back(draws_to_collision(1000, key, i) <= 38 ? 1 : 0);
  const Summary found = summary_of(early);
  checks.push_back(near("share of runs with a collision by then, N = 1000", found.mean,
                        collision_chance(1000, 38), kSigmas * found.error));
}

/// Means of PRDC over repetitions of a perfect sampler.
struct PrdcMeans {
  Summary precision, recall, density, coverage;
  Spread density_spread;
};

PrdcMeans prdc_means(std::size_t width, std::size_t n, std::size_t k, std::int64_t repetitions) {
  std::array<std::vector<double>, 4> all;
  for (std::int64_t r = 0; r < repetitions; ++r) {
    const auto index = static_cast<std::uint64_t>(r);
    const Prdc one = prdc(standard_normals(n * width, "lab/E28/real", index),
                          standard_normals(n * width, "lab/E28/fake", index), width, k);
    all[0].push_back(one.precision);
    all[1].push_back(one.recall);
    all[2].push_back(one.density);
    all[3].push_back(one.coverage);
  }
  return {summary_of(all[0]), summary_of(all[1]), summary_of(all[2]), summary_of(all[3]),
          spread_of(all[2])};
}

void check_prdc(std::vector<Check>& checks) {
  constexpr double kTwoDigits = .005;
  checks.push_back(near("expected coverage, k = 5, n = 10⁴",
                        metric::expected_coverage(10'000, 10'000, 5), .968773, 1e-6));
  checks.push_back(near("expected coverage, k = 5, n = 1000",
                        metric::expected_coverage(1000, 1000, 5), .968984, 1e-6));
  checks.push_back(near("expected coverage, k = 3, n = 1000",
                        metric::expected_coverage(1000, 1000, 3), .875375, 1e-6));
  struct Row {
    std::size_t width, k;
    std::int64_t repetitions;
    double precision;
    double density_sd;  // 0: not from so few repetitions
  };
  constexpr std::array<Row, 3> kRows = {
      {{2, 3, 100, .98, .02}, {64, 5, 8, .73, 0}, {1000, 5, 3, .59, 0}}};
  for (const Row& row : kRows) {
    const PrdcMeans found = prdc_means(row.width, 1000, row.k, row.repetitions);
    const std::string of = cat(", ", row.width, "-D, k = ", row.k, ", n = 1000");
    checks.push_back(near("precision" + of, found.precision.mean, row.precision,
                          kSigmas * found.precision.error + kTwoDigits));
    checks.push_back(near("recall" + of, found.recall.mean, row.precision,
                          kSigmas * found.recall.error + kTwoDigits));
    const double coverage = metric::expected_coverage(1000, 1000, static_cast<std::int64_t>(row.k));
    checks.push_back(near("coverage" + of, found.coverage.mean, coverage,
                          kSigmas * found.coverage.error + 0.002));
    checks.push_back(
        near("density" + of, found.density.mean, 1, kSigmas * found.density.error + 0.002));
    if (row.density_sd == 0) continue;
    checks.push_back(near("density's sd" + of, found.density_spread.sd, row.density_sd,
                          kSigmas * found.density_spread.error + kTwoDigits));
  }
}

void check_ring(std::vector<Check>& checks) {
  constexpr std::array<double, 8> kStated = {0, .304, .521, .693, .827, .923, .980, 1};
  for (int kept = 1; kept <= 8; ++kept) {
    checks.push_back(near(cat("mean distance, ", kept, " of 8 ring modes left"),
                          ring_diversity(kept, 8), kStated[static_cast<std::size_t>(kept - 1)],
                          5e-4));
  }
  const std::array<std::int64_t, 8> some = {500, 500, 0, 0, 0, 0, 500, 500};
  checks.push_back(
      near("KL with 4 of 8 modes, ln(8/4)", histogram_divergence(some), std::log(2.0), 1e-12));
}

Plot floor_plot(std::int64_t cells) {
  codec::SvgSeries mean{.name = "mean of perfect samplers"};
  codec::SvgSeries law{.name = "(K-1)/(2n)", .style = codec::SvgStyle::kDashed};
  codec::SvgSeries high{.name = "the greatest of 200", .style = codec::SvgStyle::kPoints};
  for (const double power : evenly(2, 4.5, 11)) {
    const auto n = static_cast<std::int64_t>(std::pow(10, power));
    const auto values = divergences(cells, n, 200);
    for (auto* series : {&mean, &law, &high}) series->x.push_back(static_cast<double>(n));
    mean.y.push_back(summary_of(values).mean);
    law.y.push_back(static_cast<double>(cells - 1) / (2 * static_cast<double>(n)));
    high.y.push_back(values.back());
  }
  const std::vector<codec::SvgSeries> series{mean, law, high};
  return {"floor", cat("Histogram KL of samples that are perfect, K = ", cells, " modes: never 0."),
          codec::line_svg(series, {.title = "The floor of histogram KL",
                                   .x_label = "n, samples",
                                   .y_label = "KL in nats",
                                   .legend_above = true,
                                   .log_x = true,
                                   .log_y = true})};
}

Plot ring_plot() {
  codec::SvgSeries curve{.name = ""};
  for (int kept = 1; kept <= 8; ++kept) {
    curve.x.push_back(kept);
    curve.y.push_back(ring_diversity(kept, 8));
  }
  return {"ring",
          "Mean pairwise distance when only k neighbouring modes of 8 are left: with half of "
          "the modes gone it still stands at .69. It is a late alarm.",
          codec::line_svg({&curve, 1}, {.title = "Mean distance of what is left",
                                        .x_label = "modes left of 8",
                                        .y_label = "share of the full distance"})};
}

Outcome run_floors(const Settings& settings) {
  Outcome outcome;
  const std::int64_t cells = settings.count("K");
  const std::int64_t n = settings.count("n");
  if (settings.all_initial()) {
    check_shares(outcome.checks);
    for (const HistogramRow& row : kHistograms) check_histogram(outcome.checks, row);
    check_birthdays(outcome.checks);
    check_prdc(outcome.checks);
    check_ring(outcome.checks);
  } else {
    const Summary found = summary_of(divergences(cells, n, 200));
    // The series in 1/n holds where every cell sees several draws.
    const double rest = std::pow(static_cast<double>(cells) / static_cast<double>(n), 2);
    outcome.checks.push_back(near(cat("mean KL, K = ", cells, ", n = ", n), found.mean,
                                  histogram_floor(cells, n),
                                  kSigmas * found.error + rest * found.mean));
  }
  outcome.plots = {floor_plot(cells), ring_plot()};
  return outcome;
}

}  // namespace

Experiment metric_floors() {
  return {
      .id = "E28",
      .title = "Compare with the floor, not with the ideal",
      .chapter = 8,
      .teaches =
          "Give a metric two samples of the same distribution and it does not say 'perfect'. "
          "Histogram KL has a floor of about (K-1)/(2n): two generators measured with different n "
          "cannot be compared. Of a perfect 2-D Gaussian 98.9 % lie within three deviations, so a "
          "share of 100 % means that the modes have shrunk. Precision and recall of perfect "
          "samples are .98 in the plane and .59 in a thousand dimensions: the balls around the "
          "data no longer cover it. Coverage knows its own expectation, which depends on k and n "
          "alone. Density scatters.\n\n"
          "The birthday check turns a floor into a measure: if a generator has only N different "
          "outputs, a batch of about 1.18 √N shows a repeat. And the mean distance of samples, "
          "often watched for collapse, is late: with half of the modes lost it still reads .69.",
      .formulas = {"E KL ≈ (K-1)/(2n) + (K²-1)/(12n²)",
                   "coverage = 1 - Π over i = 1..k of (N-i)/(N+M-i)",
                   "share within 3σ in 2-D = 1 - exp(-9/2) = .98889",
                   "an even chance of a repeat at n ≈ 1.1774 √N"},
      .next = {{"run E28 --set K=100", "the floor of a hundred modes"},
               {"sweep E28 --param n --from 500 --to 50000 --log --steps 9", "how it falls"}},
      .parameters =
          {{.name = "K", .initial = 25, .low = 2, .high = 1000, .doc = "modes", .whole = true},
           {.name = "n",
            .initial = 2500,
            .low = 500,
            .high = 100'000,
            .doc = "samples",
            .whole = true}},
      .run = run_floors,
      .measured = {"mean KL", "(K-1)/(2n)"},
      .measure = [](const Settings& settings) {
        const std::int64_t cells = settings.count("K");
        const std::int64_t n = settings.count("n");
        return std::vector<double>{summary_of(divergences(cells, n, 100)).mean,
                                   static_cast<double>(cells - 1) / (2 * static_cast<double>(n))};
      }};
}

}  // namespace saddle::lab
