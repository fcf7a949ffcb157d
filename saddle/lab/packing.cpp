// E25: a discriminator that sees several samples at once; packed_training.cpp trains some.
#include "saddle/lab/packing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

/// p is spread evenly and q has lost `missing` of it: to a critic two cells, lost and kept.
double collapsed_variation(double missing, int m) {
  const std::array<double, 2> p{missing, 1 - missing};
  const std::array<double, 2> q{0, 1};
  return product_total_variation(p, q, m);
}

/// No mode is lost; `shift` of the mass lies in the other one of two cells.
double shifted_variation(double shift, int m) {
  const std::array<double, 2> p{0.5, 0.5};
  const std::array<double, 2> q{0.5 - shift, 0.5 + shift};
  return product_total_variation(p, q, m);
}

void check_stated(std::vector<Check>& checks) {
  constexpr double kTight = 1e-12;
  constexpr std::array<double, 4> kCollapsed = {.2, .36, .488, .5904};
  constexpr std::array<double, 4> kShifted = {.2, .24, .284, .3392};
  for (int m = 1; m <= 4; ++m) {
    const auto i = static_cast<std::size_t>(m - 1);
    checks.push_back(near(cat("TV of ", m, " packed, a fifth of the mass missing"),
                          collapsed_variation(.2, m), kCollapsed[i], kTight));
    checks.push_back(near(cat("TV of ", m, " packed, nothing missing"), shifted_variation(.2, m),
                          kShifted[i], kTight));
  }
}

void check_batches(std::vector<Check>& checks) {
  constexpr std::size_t kBatch = 8;
  constexpr std::size_t kWidth = 3;
  std::vector<double> same;
  std::vector<double> apart;
  for (std::size_t i = 0; i < kBatch; ++i) {
    for (std::size_t j = 0; j < kWidth; ++j) {
      same.push_back(0.25 * static_cast<double>(j));
      apart.push_back(100 * static_cast<double>(i));
    }
  }
  checks.push_back(near("minibatch discrimination of 8 samples, identical",
                        minibatch_similarity(same, kWidth)[0], 7, 1e-12));
  checks.push_back(near("the same, far apart", minibatch_similarity(apart, kWidth)[0], 0, 1e-12));
  checks.push_back(
      near("minibatch deviation, identical", minibatch_deviation(same, kWidth), 0, 1e-12));
  checks.push_back(
      at_least("minibatch deviation, far apart", minibatch_deviation(apart, kWidth), 100));
}

Plot products_plot(double missing, double shift) {
  codec::SvgSeries collapsed{.name = "some of the data missing"};
  codec::SvgSeries shifted{.name = "none missing, weights shifted"};
  for (int m = 1; m <= 12; ++m) {
    for (auto* series : {&collapsed, &shifted}) series->x.push_back(m);
    collapsed.y.push_back(collapsed_variation(missing, m));
    shifted.y.push_back(shifted_variation(shift, m));
  }
  const std::vector<codec::SvgSeries> series{collapsed, shifted};
  return {"products",
          "Seen one at a time both generators are equally wrong. Seen in packs, the one that lost "
          "modes is found out much sooner.",
          codec::line_svg(series, {.title = "Total variation of packs",
                                   .x_label = "m, samples in a pack",
                                   .y_label = "TV",
                                   .legend_above = true})};
}

/// Where each of n fakes lies: on a datum 0..n-1, or off the data, n.
using Places = std::vector<int>;

Places places_of(std::int64_t state, int n) {
  Places places;
  for (int i = 0; i < n; ++i) {
    places.push_back(static_cast<int>(state % (n + 1)));
    state /= n + 1;
  }
  return places;
}

/// sup over D of the sum over data and fakes of log D(x) and log(1 - D(y)): a datum with c fakes on
/// it has D = 1 / (1 + c); fakes off the data are told apart for nothing.
double loss_of_each(const Places& places) {
  const auto n = static_cast<int>(places.size());
  double loss = 0;
  for (int datum = 0; datum < n; ++datum) {
    const auto c = static_cast<double>(std::ranges::count(places, datum));
    loss -= std::log1p(c);
    if (c > 0) loss += c * std::log(c / (1 + c));
  }
  return loss;
}

/// sup over f of the sum over i of log sigmoid(f(x_i) - f(y_i)): along a cycle of data and the
/// fakes paired with them nothing can be gained, so each of its pairs adds -ln 2, every other 0.
double loss_of_pairs(const Places& places) {
  const auto n = static_cast<int>(places.size());
  double loss = 0;
  for (int start = 0; start < n; ++start) {
    int at = start;
    for (int step = 0; step < n && at < n; ++step) {
      at = places[static_cast<std::size_t>(at)];
      if (at == start) {
        loss -= std::numbers::ln2;
        break;
      }
    }
  }
  return loss;
}

}  // namespace

double product_total_variation(std::span<const double> p, std::span<const double> q, int m) {
  double tuples = 1;
  for (int i = 0; i < m; ++i) tuples *= static_cast<double>(p.size());
  constexpr double kMost = 1 << 24;
  if (p.size() != q.size() || m < 1 || tuples > kMost) {
    throw Error(ErrorCode::kInternal, "lab",
                cat("products of ", p.size(), " and ", q.size(), " cells, ", m, " fold"));
  }
  double sum = 0;
  for (std::size_t tuple = 0; tuple < static_cast<std::size_t>(tuples); ++tuple) {
    double in_p = 1;
    double in_q = 1;
    std::size_t rest = tuple;
    for (int i = 0; i < m; ++i) {
      in_p *= p[rest % p.size()];
      in_q *= q[rest % p.size()];
      rest /= p.size();
    }
    sum += std::abs(in_p - in_q);
  }
  return 0.5 * sum;
}

std::vector<double> minibatch_similarity(std::span<const double> rows, std::size_t width) {
  const std::size_t n = rows.size() / width;
  std::vector<double> out(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (i == j) continue;
      double distance = 0;
      for (std::size_t k = 0; k < width; ++k) {
        distance += std::abs(rows[i * width + k] - rows[j * width + k]);
      }
      out[i] += std::exp(-distance);
    }
  }
  return out;
}

double minibatch_deviation(std::span<const double> rows, std::size_t width) {
  const std::size_t n = rows.size() / width;
  double sum = 0;
  for (std::size_t k = 0; k < width; ++k) {
    double mean = 0;
    double square = 0;
    for (std::size_t i = 0; i < n; ++i) mean += rows[i * width + k] / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) square += std::pow(rows[i * width + k] - mean, 2);
    sum += std::sqrt(square / static_cast<double>(n));
  }
  return sum / static_cast<double>(width);
}

std::int64_t bad_basins(int n, Comparison comparison) {
  constexpr int kMost = 6;
  constexpr double kRounding = 1e-12;  // of the losses
  if (n < 1 || n > kMost) {
    throw Error(ErrorCode::kInternal, "packing",
                cat("bad basins of ", n, " points: expected 1 to ", kMost));
  }
  std::int64_t states = 1;
  for (int i = 0; i < n; ++i) states *= n + 1;
  std::vector<double> loss;
  std::vector<bool> escapes(static_cast<std::size_t>(states));
  std::vector<std::int64_t> open;
  for (std::int64_t state = 0; state < states; ++state) {
    const Places places = places_of(state, n);
    loss.push_back(comparison == Comparison::kEach ? loss_of_each(places) : loss_of_pairs(places));
    if (std::set<int>(places.begin(), places.end()).size() < places.size()) continue;
    if (std::ranges::count(places, n) > 0) continue;
    escapes[static_cast<std::size_t>(state)] = true;
    open.push_back(state);
  }
  // Backwards from where all data are made: the states one move before, with no smaller loss. From
  // datum to datum the way leads off the data.
  while (!open.empty()) {
    const std::int64_t state = open.back();
    open.pop_back();
    const Places places = places_of(state, n);
    std::int64_t digit = 1;
    for (const int place : places) {
      for (int other = 0; other <= n; ++other) {
        if (place != n && other != n) continue;
        const auto before = static_cast<std::size_t>(state + (other - place) * digit);
        if (escapes[before] || loss[before] < loss[static_cast<std::size_t>(state)] - kRounding)
          continue;
        escapes[before] = true;
        open.push_back(static_cast<std::int64_t>(before));
      }
      digit *= n + 1;
    }
  }
  std::int64_t bad = 0;
  for (std::int64_t state = 0; state < states; ++state) {
    const bool on_data = std::ranges::count(places_of(state, n), n) == 0;
    bad += on_data && !escapes[static_cast<std::size_t>(state)] ? 1 : 0;
  }
  return bad;
}

std::vector<Parameter> packing_parameters() {
  return {
      {.name = "missing",
       .initial = 0.2,
       .low = 0.001,
       .high = 0.999,
       .doc = "mass of the data that the fakes lack"},
      {.name = "shift",
       .initial = 0.2,
       .low = 0.001,
       .high = 0.499,
       .doc = "mass in the wrong one of two modes"},
      {.name = "m", .initial = 2, .low = 1, .high = 20, .doc = "samples in a pack", .whole = true},
      {.name = "steps",
       .initial = 20'000,
       .low = 10,
       .high = 1e6,
       .doc = "steps of each training",
       .whole = true},
      {.name = "seeds",
       .initial = 5,
       .low = 1,
       .high = 50,
       .doc = "trainings of each kind",
       .whole = true}};
}

Outcome packing_in_closed_form(const Settings& settings) {
  const double missing = settings["missing"];
  const double shift = settings["shift"];
  const int m = static_cast<int>(settings.count("m"));
  Outcome outcome;
  check_stated(outcome.checks);
  outcome.checks.push_back(near(cat("TV of ", m, " packed with ", missing, " missing"),
                                collapsed_variation(missing, m), 1 - std::pow(1 - missing, m),
                                1e-12));
  // More samples in a pack never hide a difference.
  outcome.checks.push_back(at_least(cat("TV of ", m + 1, " packed with a shift of ", shift),
                                    shifted_variation(shift, m + 1),
                                    shifted_variation(shift, m) - 1e-12));
  check_batches(outcome.checks);
  outcome.checks.push_back(near("bad basins of a separable loss on 4 points",
                                static_cast<double>(bad_basins(4, Comparison::kEach)), 232, 0));
  outcome.checks.push_back(near("bad basins of a relativistic loss on 4 points",
                                static_cast<double>(bad_basins(4, Comparison::kPairs)), 0, 0));
  outcome.plots = {products_plot(missing, shift)};
  return outcome;
}

std::vector<double> measure_packing(const Settings& settings) {
  const int m = static_cast<int>(settings.count("m"));
  return {collapsed_variation(settings["missing"], m), shifted_variation(settings["shift"], m)};
}

Experiment packed_critics() {
  return {
      .id = "E25",
      .title = "Packing tells missing modes from mere error",
      .chapter = 6,
      .kind = Kind::kTrained,
      .teaches =
          "Two generators are equally wrong to a discriminator that looks at one sample at a time: "
          "both are 0.2 of total variation away from the data. One lost a fifth of the data "
          "altogether; the other makes everything, with slightly wrong weights. Show the "
          "discriminator two samples at once and the first is at .36, the second at .24. Packing "
          "makes the discriminator sensitive to just the failure that users mind, missing modes, "
          "because m draws in a row from the lost part are something the fakes never do.\n\n"
          "Minibatch discrimination and the minibatch standard deviation rest on the same idea: a "
          "collapsed batch has a statistic that no batch of data has. And pairing helps in another "
          "way: a loss that treats each sample alone has a bad basin for every way to put the n "
          "fakes on n data points that is not one to one, 232 for four points; the relativistic "
          "loss has none.\n\n"
          "Then it is tried: GANs without a penalty learn a grid of 25 modes, their discriminators "
          "seeing single samples or packs, the same number of data a step. Nothing else differs. "
          "What is checked is the order of the two median KLs, not their size, which moves with "
          "the implementation.",
      .formulas = {"TV(pᵐ, qᵐ) = 1 - (1 - ε)ᵐ where q lost the share ε of a uniform p",
                   "o(xᵢ) = Σ over j ≠ i of exp(-|Mᵢ - Mⱼ|₁) = n - 1 for identical samples",
                   "bad basins of a separable loss on n points: nⁿ - n!"},
      .next = {{"run E25 --set m=8 --set seeds=1 --plots plots", "packs of eight"},
               {"sweep E25 --param m --from 1 --to 16 --steps 16", "both curves"}},
      .parameters = packing_parameters(),
      .measured = {"TV collapsed", "TV shifted"},
      .measure = measure_packing};
}

}  // namespace saddle::lab
