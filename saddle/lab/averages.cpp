// E22: averages of play, last plays, and play against the past.
#include <array>
#include <cmath>
#include <set>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/dynamics/dynamics.h"
#include "saddle/lab/matrix_games.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/planar.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

struct StartedGame {
  MatrixGame game;
  Mixtures start;
};

StartedGame started_game(bool pennies) {
  if (pennies) return {matching_pennies(), {{.6, .4}, {.5, .5}}};
  return {rock_paper_scissors(), {{.5, .3, .2}, {.2, .5, .3}}};
}

struct LastAndMean {
  double last, mean;
};

LastAndMean weights_after(const StartedGame& started, double eta, bool optimistic,
                          std::int64_t plays) {
  WeightPlayers players(started.game, started.start, eta, optimistic);
  for (std::int64_t t = 0; t < plays; ++t) players.play();
  return {exploitability(started.game, players.last()),
          exploitability(started.game, players.mean())};
}

double fictitious_after(const MatrixGame& game, bool in_turn, std::int64_t plays) {
  FictitiousPlayers players(game, in_turn);
  for (std::int64_t t = 0; t < plays; ++t) players.play();
  return exploitability(game, players.mean());
}

constexpr std::array<std::int64_t, 3> kPlays{100, 1000, 10000};

void check_fictitious(std::vector<Check>& checks) {
  struct Stated {
    MatrixGame game;
    bool in_turn;
    std::array<double, 3> exploitability;
  };
  const std::array<Stated, 3> table{{{matching_pennies(), false, {.1400, .0440, .0140}},
                                     {rock_paper_scissors(), false, {.1400, .0420, .0134}},
                                     {matching_pennies(), true, {.0200, .0020, .0002}}}};
  for (const Stated& row : table) {
    for (std::size_t i = 0; i < kPlays.size(); ++i) {
      checks.push_back(near(cat("fictitious play, ", row.game.name, row.in_turn ? ", in turn" : "",
                                ", t = ", kPlays[i]),
                            fictitious_after(row.game, row.in_turn, kPlays[i]),
                            row.exploitability[i], 1e-4));
    }
  }
}

void check_weights(std::vector<Check>& checks) {
  struct Stated {
    bool pennies, optimistic;
    std::array<double, 3> last, mean;
  };
  constexpr double kTwoPercent = .02;
  // Where the last play is at the equilibrium to rounding, 0 stands, with a bound in its place.
  const std::array<Stated, 4> table{
      {{false, false, {.6064, 1.265, 1.943}, {.05918, .02978, .01724}},
       {false, true, {.4065, .08415, 2.7e-8}, {.03564, .00844, .00090}},
       {true, false, {.4151, 1.571, 1.993}, {.06275, .03282, .01409}},
       {true, true, {.1710, .001345, 0}, {.03489, .00221, .00022}}}};
  for (const Stated& row : table) {
    const StartedGame started = started_game(row.pennies);
    for (std::size_t i = 0; i < kPlays.size(); ++i) {
      const LastAndMean found = weights_after(started, .1, row.optimistic, kPlays[i]);
      const std::string name = cat(row.optimistic ? "optimistic weights, " : "weights, ",
                                   started.game.name, ", t = ", kPlays[i]);
      if (row.last[i] == 0) {
        checks.push_back(at_most(name + ", last play", found.last, 1e-12));
      } else {
        checks.push_back(
            near(name + ", last play", found.last, row.last[i], kTwoPercent * row.last[i]));
      }
      // The smallest are stated to two digits.
      checks.push_back(near(name + ", mean", found.mean, row.mean[i],
                            std::max(kTwoPercent * row.mean[i], 5e-6)));
    }
  }
}

// ---- Play against the past, in L = x y.

FictitiousPlay against_past(std::int64_t window, bool simultaneous) {
  return {.discriminators = window,
          .generators = 1,
          .draws = 0,
          .every = 1,
          .keep = Keep::kRecent,
          .order = simultaneous ? Order::kSimultaneous : Order::kGeneratorFirst};
}

double past_growth(std::int64_t window, bool simultaneous, double s, std::int64_t steps) {
  const auto game = planar_game(BilinearField::scalar(1), {}, s);
  return extent_of_tail(against_past(window, simultaneous), game, steps, 1).last / std::sqrt(2.0);
}

/// Growth per step: the largest root of (l-1)^2 + s^2 [l] (1 + 1/l + ... + l^(1-w)) / w.
double past_law(std::int64_t window, bool simultaneous, double s) {
  const auto w = static_cast<std::size_t>(window);
  // Times l^(w-1): l^(w+1) - 2 l^w + l^(w-1) + s^2 / w (l^(w-1) + ... + 1), one power up in turn.
  std::vector<double> coefficients(w + 1, 0.0);
  coefficients[0] = -2;
  coefficients[1] = 1;
  for (std::size_t j = 0; j < w; ++j) {
    coefficients[j + (simultaneous ? 1 : 0)] += s * s / static_cast<double>(w);
  }
  return largest_root(coefficients);
}

void check_stated_past(std::vector<Check>& checks) {
  const std::array<std::int64_t, 4> windows{1, 2, 5, 20};
  const std::array<double, 4> together{12.03, 39.59, 976.2, 1.905e6},
      in_turn{.997, 3.44, 103.4, 6.93e5};
  for (const bool simultaneous : {true, false}) {
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const double wanted = simultaneous ? together[i] : in_turn[i];
      checks.push_back(near(cat("distance, final over first, mean of ", windows[i],
                                simultaneous ? " y, simultaneous" : " y, x first"),
                            past_growth(windows[i], simultaneous, .1, 500), wanted, .02 * wanted));
    }
  }
  checks.push_back(
      at_least("distance, final over first, mean of 5 y", past_growth(5, true, .1, 500), 900));
}

void check_past_law(std::vector<Check>& checks, std::int64_t window, double s) {
  // Over many turns the growth of a run is that of the root; it wavers within a turn.
  constexpr std::int64_t kSteps = 4000;
  for (const bool simultaneous : {true, false}) {
    const double law = past_law(window, simultaneous, s);
    const std::int64_t steps =
        std::min(kSteps, static_cast<std::int64_t>(600 / std::max(.15, std::log(law))));
    const double late = past_growth(window, simultaneous, s, steps);
    const double early = past_growth(window, simultaneous, s, steps / 2);
    const double found = std::log(late / early) / static_cast<double>(steps - steps / 2);
    checks.push_back(near(cat("growth per step against the mean of ", window,
                              simultaneous ? " y, simultaneous" : " y, x first"),
                          std::exp(found), law, 3e-3 * law));
  }
}

// ---- Plots.

std::set<std::int64_t> logarithmic_times(std::int64_t last) {
  std::set<std::int64_t> times;
  for (const double t : evenly(0, std::log(static_cast<double>(last)), 160)) {
    times.insert(std::llround(std::exp(t)));
  }
  return times;
}

Plot exploitability_plot(const StartedGame& started, double eta, std::int64_t plays) {
  const auto times = logarithmic_times(plays);
  codec::SvgSeries fictitious{.name = "fictitious play, mean"};
  std::vector<codec::SvgSeries> series{fictitious};
  FictitiousPlayers players(started.game);
  for (std::int64_t t = 1; t <= plays; ++t) {
    players.play();
    if (!times.contains(t)) continue;
    series[0].x.push_back(static_cast<double>(t));
    series[0].y.push_back(exploitability(started.game, players.mean()));
  }
  for (const bool optimistic : {false, true}) {
    const std::string name = optimistic ? "optimistic" : "weights";
    codec::SvgSeries last{.name = name + ", last", .style = codec::SvgStyle::kDashed};
    codec::SvgSeries mean{.name = name + ", mean"};
    WeightPlayers weights(started.game, started.start, eta, optimistic);
    for (std::int64_t t = 1; t <= plays; ++t) {
      weights.play();
      if (!times.contains(t)) continue;
      for (auto* one : {&last, &mean}) one->x.push_back(static_cast<double>(t));
      last.y.push_back(exploitability(started.game, weights.last()));
      mean.y.push_back(exploitability(started.game, weights.mean()));
    }
    series.push_back(last);
    series.push_back(mean);
  }
  return {"exploitability",
          cat("What the players of ", started.game.name,
              " could still gain. The mean of fictitious play falls like 1/√t, that of optimistic "
              "weights like 1/t; the last play of plain weights gets worse, that of optimistic "
              "weights settles."),
          codec::line_svg(series, {.title = "Exploitability",
                                   .x_label = "plays",
                                   .y_label = "exploitability",
                                   .height = 440,
                                   .y_range = std::pair{1e-4, 4.0},
                                   .legend_above = true,
                                   .log_x = true,
                                   .log_y = true})};
}

/// Rock, paper and scissors as the corners of a triangle.
Place in_the_triangle(const std::vector<double>& mixture) {
  return {mixture[1] + mixture[2] / 2, mixture[2] * std::sqrt(3.0) / 2};
}

Plot triangle_plot(double eta) {
  const StartedGame started = started_game(false);
  std::vector<codec::SvgSeries> series;
  for (const bool optimistic : {false, true}) {
    WeightPlayers players(started.game, started.start, eta, optimistic);
    std::vector<Place> trail{in_the_triangle(players.last().x)};
    for (int t = 0; t < 700; ++t) {
      players.play();
      trail.push_back(in_the_triangle(players.last().x));
    }
    series.push_back(in_the_plane(optimistic ? "optimistic" : "weights", trail));
  }
  std::vector<Place> corners;
  for (const std::size_t corner : {0, 1, 2, 0}) {
    std::vector<double> pure(3, 0.0);
    pure[corner] = 1;
    corners.push_back(in_the_triangle(pure));
  }
  series.push_back(in_the_plane("all on one action at the corners", corners));
  series.back().style = codec::SvgStyle::kDashed;
  return {
      "triangle",
      "The row player's mixture of rock, paper and scissors over 700 plays. Plain weights spiral "
      "out to the edge, optimistic weights in to the middle. The mean of either is the middle.",
      codec::line_svg(series, {.title = "The mixture of one player",
                               .x_label = "rock to paper",
                               .y_label = "to scissors",
                               .height = 520,
                               .equal_scale = true,
                               .legend_above = true})};
}

Plot past_plot(double s) {
  const auto game = planar_game(BilinearField::scalar(1), {}, s);
  std::vector<codec::SvgSeries> series;
  for (const std::int64_t window : {1, 2, 5, 20}) {
    series.push_back(
        distances(cat("mean of ", window), trail_of(against_past(window, true), game, 500)));
  }
  series.push_back(distances("alternating", trail_of(against_past(1, false), game, 500)));
  return {
      "past",
      cat("In L = xy at s = ", s,
          ", x answers the mean of the last y. The longer the memory, the older the answer, and "
          "the faster the spiral."),
      codec::line_svg(series, {.title = "Playing against the past",
                               .x_label = "step",
                               .y_label = "distance",
                               .legend_above = true,
                               .log_y = true})};
}

Outcome run_averages(const Settings& settings) {
  Outcome outcome;
  const double s = settings["s"];
  if (settings.all_initial()) {
    check_fictitious(outcome.checks);
    check_weights(outcome.checks);
    check_stated_past(outcome.checks);
  }
  check_past_law(outcome.checks, settings.count("w"), s);
  const StartedGame started = started_game(settings.word("game") == "pennies");
  const std::int64_t plays = settings.count("plays");
  outcome.plots = {exploitability_plot(started, settings["eta"], plays),
                   triangle_plot(settings["eta"]), past_plot(s)};
  return outcome;
}

}  // namespace

Experiment averages_of_play() {
  return {
      .id = "E22",
      .title = "Averages converge, last plays may not; the past is delay",
      .chapter = 5,
      .teaches =
          "Two players with finitely many actions choose mixtures. How bad a pair of mixtures is, "
          "one number tells: the exploitability, what both together could gain by answering best. "
          "In fictitious play each answers everything the other has done so far, as if it were a "
          "mixture. The actions jump for ever, yet their averages approach the equilibrium like "
          "1/√t. Multiplicative weights shift a mixture towards what would have paid: the mixture "
          "itself spirals outwards, to the edge, while the average of all mixtures comes home. "
          "Add optimism, counting the newest gain twice and the last one away, and the mixture "
          "itself settles too, with an average that falls like 1/t.\n\n"
          "Who moves when matters: with answers in turn, fictitious play of matching pennies is "
          "seven "
          "to seventy times as good as with simultaneous ones.\n\n"
          "It is tempting to conclude that a generator should be trained against old "
          "discriminators. In the bilinear game that is a disaster: an average over the last five "
          "opponents is an opponent two steps old, delay feeds rotation, and the distance after "
          "500 "
          "steps is 976 times that of the start, against 12 without memory. What converges is the "
          "average of the iterates, and what makes fictitious play work is that its strategies are "
          "bounded. Old opponents alone give neither.",
      .formulas =
          {"exploitability = max_i (Ay)_i - min_j (xA)_j ≥ 0",
           "fictitious play: i ∈ argmax Aȳ, j ∈ argmin x̄A, ȳ and x̄ the counts so far",
           "weights: x_i ∝ x_i exp(η g_i), g = Ay;   optimistic: 2g_t - g_(t-1)",
           "the past: x⁺ = x - s mean(last w of y), y⁺ = y + sx;   growth: (λ-1)² + s²(1 + λ⁻¹ + "
           "... + λ^(1-w))/w = 0"},
      .next = {{"sweep E22 --param w --from 1 --to 40", "memory against growth"},
               {"sweep E22 --param eta --from 0.01 --to 1 --log",
                "how large the steps of weights may be"},
               {"sweep E22 --param plays --from 10 --to 20000 --log",
                "lines in the plot of logarithms"},
               {"run E22 --set game=pennies", "the same of matching pennies"}},
      .parameters = {{.name = "w",
                      .initial = 5,
                      .low = 1,
                      .high = 60,
                      .doc = "how many of the last y that x answers",
                      .whole = true},
                     {.name = "s",
                      .initial = 0.1,
                      .low = 0.01,
                      .high = 0.5,
                      .doc = "step times coupling of that game"},
                     {.name = "eta",
                      .initial = 0.1,
                      .low = 1e-3,
                      .high = 1,
                      .doc = "step of multiplicative weights"},
                     {.name = "plays",
                      .initial = 10000,
                      .low = 10,
                      .high = 1e5,
                      .doc = "of the matrix games",
                      .whole = true},
                     choice("game", "rps", {"rps", "pennies"}, "what is drawn and swept")},
      .run = run_averages,
      .measured = {"weights, last", "weights, mean", "optimistic, last", "optimistic, mean",
                   "fictitious play", "past, growth per step", "past in turn, growth per step"},
      .measure = [](const Settings& settings) {
        const StartedGame started = started_game(settings.word("game") == "pennies");
        const std::int64_t plays = settings.count("plays");
        const LastAndMean plain = weights_after(started, settings["eta"], false, plays);
        const LastAndMean optimistic = weights_after(started, settings["eta"], true, plays);
        const auto growth = [&](bool simultaneous) {
          constexpr std::int64_t kSteps = 1000;
          return std::pow(past_growth(settings.count("w"), simultaneous, settings["s"], kSteps),
                          1.0 / kSteps);
        };
        return std::vector<double>{plain.last,
                                   plain.mean,
                                   optimistic.last,
                                   optimistic.mean,
                                   fictitious_after(started.game, false, plays),
                                   growth(true),
                                   growth(false)};
      }};
}

}  // namespace saddle::lab
