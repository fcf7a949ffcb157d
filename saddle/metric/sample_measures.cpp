// Measures of copies, support, classes and modes.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/array_spec.h"
#include "saddle/metric/batches.h"
#include "saddle/metric/class_accuracy.h"
#include "saddle/metric/classes.h"
#include "saddle/metric/measure.h"
#include "saddle/metric/memorisation.h"
#include "saddle/metric/modes.h"
#include "saddle/metric/ranking.h"
#include "saddle/metric/two_sample.h"

namespace saddle::metric {

namespace {

// A z of fakes that lie nearer to the training set than unseen samples do.
constexpr double kLowZ = -4;

std::vector<Reading> run_diversity(const Sides& sides, const Asked&) {
  const double fake = pairwise_diversity(*sides.fake), real = pairwise_diversity(*sides.real);
  return {{.name = "diversity", .value = fake, .parts = {real}},
          {.name = "diversity_ratio",
           .value = real > 0 ? fake / real : kNone,
           .warning = real > 0 ? "" : cat(kNotMeasured, "the real set has no diversity")}};
}

/// What an accuracy of 0.5 no longer means.
std::string unequal_sets(std::int64_t n, std::int64_t m) {
  if (n == m) return "";
  const double larger = static_cast<double>(std::max(n, m)) / static_cast<double>(n + m);
  return cat("the sets have ", n, " and ", m, " rows: naming the larger one is right in ", larger,
             " of all cases; take equal ones with -n ", std::min(n, m));
}

std::vector<Reading> run_neighbour_test(const Sides& sides, const Asked&) {
  const NeighbourTest test = neighbour_test(*sides.real, *sides.fake);
  const std::int64_t n = sides.real->size(), m = sides.fake->size();
  Reading whole{
      .name = "c2st_1nn", .value = test.accuracy, .spread = share_error_of(test.accuracy, n + m)};
  whole.warning = unequal_sets(n, m);
  if ((test.accuracy_real - 0.5) * (test.accuracy_fake - 0.5) < 0) {
    if (n != m) whole.warning += "; ";
    whole.warning += cat("its halves lie on both sides of 0.5: ", test.accuracy_real,
                         " of the real rows, ", test.accuracy_fake, " of the fakes");
  }
  return {whole,
          {.name = "c2st_1nn_real",
           .value = test.accuracy_real,
           .spread = share_error_of(test.accuracy_real, n)},
          {.name = "c2st_1nn_fake",
           .value = test.accuracy_fake,
           .spread = share_error_of(test.accuracy_fake, m)}};
}

std::vector<Reading> run_logistic_test(const Sides& sides, const Asked&) {
  const LogisticTest test = logistic_test(*sides.real, *sides.fake);
  const std::int64_t n = sides.real->size(), m = sides.fake->size();
  const auto right =
      static_cast<std::int64_t>(std::llround(test.accuracy * static_cast<double>(test.n_test)));
  return {{.name = "c2st_logistic",
           .value = test.accuracy,
           .spread = share_error_of(test.accuracy, test.n_test),
           .parts = {n == m ? even_odds_p_value(right, test.n_test) : kNone},
           .warning = unequal_sets(n, m)},
          {.name = "c2st_logistic_auroc", .value = test.auroc}};
}

std::string memory_warning(const Memorisation& m, std::int64_t n_train, std::int64_t n_unseen) {
  std::vector<std::string> words;
  if (m.share > m.limit) {
    words.push_back(cat("above ", number(std::round(m.limit * 1000) / 1000),
                        ": fakes lie nearer to the training set than to unseen samples"));
  }
  // By chance, as of images with few different pixels, unseen samples repeat as often.
  if (m.copies * n_unseen > 2 * m.unseen_copies * static_cast<std::int64_t>(m.nearest.size())) {
    words.push_back(cat(m.copies, " of ", m.nearest.size(), " fakes equal a training sample"));
  }
  if (n_train > n_unseen && m.z < kLowZ && m.share <= m.limit) {
    words.push_back(cat("the share knows ", n_unseen, " of ", n_train,
                        " training samples, and copies of the others escape it: memorisation_z is ",
                        number(std::round(m.z * 10) / 10), "; give as many unseen samples"));
  }
  return join(words, "; ");
}

std::vector<Reading> run_memorisation(const Sides& sides, const Asked&) {
  const Memorisation m = memorisation(*sides.train, *sides.real, *sides.fake);
  Reading share{.name = "memorisation",
                .value = m.share,
                .spread = share_error_of(m.share, sides.fake->size()),
                .parts = {m.limit, m.fake_distance, m.unseen_distance},
                .nearest = m.nearest};
  share.warning = memory_warning(m, sides.train->size(), sides.real->size());
  return {share, {.name = "memorisation_z", .value = m.z, .parts = {m.mann_whitney_u}}};
}

std::vector<Reading> run_birthday(const Sides& sides, const Asked& asked) {
  double tau = asked.settings.birthday.tau;
  if (tau == 0) {
    if (!sides.real) {
      throw Error(ErrorCode::kUsage, "birthday",
                  "the distance of duplicates is found from real samples: give --real, or "
                  "--set birthday.tau=DISTANCE");
    }
    tau = duplicate_distance(*sides.real);
    if (tau == 0) {
      throw Error(ErrorCode::kInput, "birthday",
                  "more than a tenth of the real samples have an equal one, so the distance of "
                  "duplicates would be 0; give --set birthday.tau=DISTANCE");
    }
  }
  const Birthday found = birthday(*sides.fake, tau);
  // The count of close pairs is close to a Poisson number.
  const auto close = static_cast<double>(found.close_pairs);
  const double spread = close > 0 ? found.support / std::sqrt(close) : kNone;
  return {{.name = "birthday",
           .value = found.support,
           .spread = spread,
           .parts = {tau, close, static_cast<double>(found.pairs)},
           .warning = close > 0 ? "" : cat("none of ", found.pairs, " pairs is closer than tau")}};
}

std::vector<Reading> run_score(const Sides& sides, const Asked& asked) {
  const ScoreSettings& settings = asked.settings.is;
  at::Tensor logits = sides.fake_logits;
  if (!settings.permutation.empty() && !asked.aside) {
    const at::Tensor order = read_array(settings.permutation).to(at::kLong);
    if (order.dim() != 1 ||
        !at::equal(std::get<0>(order.sort()), at::arange(logits.size(0), at::kLong))) {
      throw Error(ErrorCode::kInput, "is",
                  cat(settings.permutation, ": got ", shape_text(order.sizes()),
                      ", expected each of 0 to ", logits.size(0) - 1, " once"));
    }
    logits = logits.index_select(0, order);
  } else if (settings.order == SplitOrder::kRandom) {
    logits = logits.index_select(0, random_order(asked.key.fork("score order"), logits.size(0)));
  }
  if (settings.splits > logits.size(0)) {
    throw Error(ErrorCode::kInput, "is",
                cat("rows: got ", logits.size(0), " for ", settings.splits,
                    " splits, expected one a split at least; try more samples or a smaller "
                    "is.splits"));
  }
  const SplitScore score = class_score(logits, settings.splits);
  return {{.name = "is", .value = score.mean, .spread = score.sd}};
}

std::vector<Reading> run_cas(const Sides& sides, const Asked&) {
  const ClassAccuracy accuracy =
      class_accuracy(*sides.fake, sides.fake_labels, *sides.real, sides.real_labels);
  const auto share = [&](std::string_view name, double value) {
    return Reading{
        .name = name, .value = value, .spread = share_error_of(value, sides.real->size())};
  };
  Reading logistic = share("cas", accuracy.logistic), vote = share("cas_5nn", accuracy.nearest_5);
  if (!accuracy.converged) {
    logistic.warning =
        "the fit did not reach its minimum; are the features of very different scale?";
  }
  if (std::isnan(vote.value)) vote.warning = cat(kNotMeasured, "fewer than five labelled fakes");
  return {logistic, share("cas_1nn", accuracy.nearest_1), vote};
}

at::Tensor scores_of_fakes(const Sides& sides) {
  if (sides.fake->dimension() != 1) {
    throw Error(ErrorCode::kInput, "ranking",
                cat("scores: got ", sides.fake->dimension(), " numbers a row, expected one"));
  }
  return sides.fake->rows().flatten();
}

std::vector<Reading> run_ranking(const Sides& sides, const Asked&) {
  const at::Tensor scores = scores_of_fakes(sides);
  return {{.name = "auroc", .value = area_under_roc(scores, sides.fake_labels)},
          {.name = "average_precision", .value = average_precision(scores, sides.fake_labels)}};
}

std::vector<Reading> run_modes(const Sides& sides, const Asked& asked) {
  const ModeSettings& settings = asked.settings.modes;
  if (settings.centres.empty() || !(settings.sd > 0)) {
    throw Error(ErrorCode::kUsage, "modes",
                "modes are counted around known centres: give --set modes.centres=FILE#KEY and "
                "--set modes.sd=NUMBER");
  }
  const ModeReport report =
      count_modes(sides.fake->rows(), read_array(settings.centres), settings.sd);
  const std::string none = report.high_quality > 0 ? "" : "no sample lies within 3 sd of a centre";
  return {{.name = "modes", .value = static_cast<double>(report.modes)},
          {.name = "high_quality",
           .value = report.high_quality,
           .spread = share_error_of(report.high_quality, report.n)},
          {.name = "reverse_kl", .value = report.reverse_kl},
          {.name = "reverse_kl_hq", .value = report.reverse_kl_high_quality, .warning = none},
          {.name = "radius_ratio", .value = report.radius_ratio, .warning = none}};
}

Conditions none_of(const EvaluationSettings&) {
  return {};
}
Conditions birthday_conditions(const EvaluationSettings& s) {
  return {{"tau", s.birthday.tau > 0 ? number(s.birthday.tau) : std::string("from the real set")}};
}
Conditions score_conditions(const EvaluationSettings& s) {
  const std::string order(ScoreSettings::kOrders[static_cast<std::size_t>(s.is.order)]);
  return {
      {"splits", cat(s.is.splits, ", ",
                     s.is.permutation.empty() ? order : given_array(s.is.permutation), " order")}};
}
Conditions mode_conditions(const EvaluationSettings& s) {
  return {{"centres", given_array(s.modes.centres)}, {"sd", number(s.modes.sd)}};
}

}  // namespace

std::vector<Measure> sample_measures() {
  constexpr FloorKind kNoFloor = FloorKind::kNone;
  constexpr BaselineKind kNoBaseline = BaselineKind::kNone;
  return {
      {.names = {"diversity", "diversity_ratio"},
       .run = run_diversity,
       .conditions = none_of,
       .doc = "all pairs i < j; part of diversity: the real set's; a late alarm, which one mode of "
              "two hardly moves"},
      {.names = {"c2st_1nn", "c2st_1nn_real", "c2st_1nn_fake"},
       .run = run_neighbour_test,
       .conditions = none_of,
       .doc = "leave one out on the pooled rows, exact, ties to the lowest index, real first; "
              "spread: standard error of a share"},
      {.names = {"c2st_logistic", "c2st_logistic_auroc"},
       .run = run_logistic_test,
       .conditions = none_of,
       .doc =
           "fitted to the even rows of each set, tested on the odd; sum of log-losses + |w|^2/2; "
           "part of the accuracy: its two-sided binomial p-value; spread: standard error"},
      {.names = {"memorisation", "memorisation_z"},
       .needs = kNeedsReal | kNeedsTrain,
       .baseline = BaselineKind::kTrainingRows,
       .run = run_memorisation,
       .conditions = none_of,
       .doc =
           "the real set is unseen by the generator; the share takes as many of the training set "
           "as of the unseen, z all; ties one half; parts of the share: its "
           "alarm limit 0.5 + 4 x 0.5/sqrt(n), median distances to the training set of fakes "
           "and of unseen; of z: Mann-Whitney's U; spread: standard error of a share"},
      {.names = {"birthday"},
       .needs = 0,
       .run = run_birthday,
       .conditions = birthday_conditions,
       .doc = "pairs of fakes over pairs closer than tau; parts: tau, close pairs, pairs; spread: "
              "that of a Poisson count of close pairs"},
      {.names = {"is"},
       .needs = kNeedsLogits,
       .floor = FloorKind::kRealLogits,
       .baseline = BaselineKind::kShuffledLogits,
       .run = run_score,
       .conditions = score_conditions,
       .doc =
           "rows of a set without images are taken as logits; mean over splits, each with its own "
           "mean posterior; small splits are biased down; "
           "spread: population sd over splits; floor: of the real set"},
      {.names = {"cas", "cas_1nn", "cas_5nn"},
       .needs = kNeedsReal | kNeedsRealLabels | kNeedsFakeLabels | kUsesTrain,
       .floor = FloorKind::kTrainingSet,
       .baseline = kNoBaseline,
       .run = run_cas,
       .conditions = none_of,
       .doc =
           "on the features as they are; multinomial, sum of cross-entropies + |W|^2/2, intercepts "
           "free; ties of a vote to the smallest label; spread: standard error of a share; floor: "
           "the same learner on the real training set"},
      {.names = {"auroc", "average_precision"},
       .needs = kNeedsFakeLabels,
       .floor = kNoFloor,
       .baseline = kNoBaseline,
       .run = run_ranking,
       .conditions = none_of,
       .doc = "of the fakes' single number as score of label 1"},
      {.names = {"modes", "high_quality", "reverse_kl", "reverse_kl_hq", "radius_ratio"},
       .needs = 0,
       .run = run_modes,
       .conditions = mode_conditions,
       .doc = "nearest centre, high quality = within 3 sd; spread: standard error of a share"},
  };
}

std::span<const Measure> measures() {
  static const std::vector<Measure> table = [] {
    std::vector<Measure> all = distance_measures();
    std::ranges::move(sample_measures(), std::back_inserter(all));
    return all;
  }();
  return table;
}

}  // namespace saddle::metric
