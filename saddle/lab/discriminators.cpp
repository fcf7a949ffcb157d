// E01 and E02: a trained discriminator finds the optimal one.
#include <algorithm>
#include <array>
#include <cmath>

#include "saddle/base/dual.h"
#include "saddle/base/eigen.h"
#include "saddle/base/philox.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/gaussian_pair.h"
#include "saddle/lab/logistic.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

std::vector<double> normal_samples(std::string_view stream, std::int64_t n, double mean,
                                   double sd) {
  PhiloxSequence random(stream_key(0, stream));
  std::vector<double> out(static_cast<std::size_t>(n));
  for (double& x : out) x = random.normal(mean, sd);
  return out;
}

/// A discriminator trained on n samples a class of p and q, and what theory says of it.
struct TrainedPair {
  GaussianPair pair;
  LogisticFit fit;
  std::vector<double> expected;  ///< coefficients of ln(p/q)
  std::vector<double> errors;    ///< standard errors of the coefficients at n = 1
  double nominal_error = 0;      ///< of the intercept, were the labels drawn at random too
  double value_error = 0;        ///< of the value, at n = 1
};

/// Standard errors of a logistic regression with one sample of either class, as software prints
/// them: from the inverse of the curvature of its loss, which takes the labels for random.
std::vector<double> asymptotic_errors(const GaussianPair& pair, std::size_t size) {
  const auto moment = [&](int power) {
    return integrate(
        [&](double x) {
          const double d = sigmoid(pair.logit(x));
          const double both = normal_density(x, 0, 1) + normal_density(x, pair.mean, pair.sd);
          return both * d * (1 - d) * std::pow(x, power);
        },
        -12 * std::max(1.0, pair.sd) - std::abs(pair.mean),
        12 * std::max(1.0, pair.sd) + std::abs(pair.mean), 1e-11);
  };
  std::vector<double> information(size * size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) {
      information[i * size + j] = moment(static_cast<int>(i + j));
    }
  }
  std::vector<double> errors;
  for (std::size_t i = 0; i < size; ++i) {
    std::vector<double> unit(size);
    unit[i] = 1;
    errors.push_back(std::sqrt(solve_linear(information, unit)[i]));
  }
  return errors;
}

double value_deviation(const GaussianPair& pair) {
  const auto spread = [&](double mean, double sd, double sign) {
    const auto mean_of = [&](int power) {
      return integrate(
          [&](double x) {
            return normal_density(x, mean, sd) * std::pow(-softplus(sign * pair.logit(x)), power);
          },
          mean - 12 * sd, mean + 12 * sd, 1e-11);
    };
    return mean_of(2) - std::pow(mean_of(1), 2);
  };
  return std::sqrt(spread(0, 1, -1) + spread(pair.mean, pair.sd, 1));
}

TrainedPair train_pair(const GaussianPair& pair, int degree, std::int64_t n) {
  TrainedPair out{.pair = pair};
  const auto real = normal_samples("lab/E01/real", n, 0, 1);
  const auto fake = normal_samples("lab/E01/fake", n, pair.mean, pair.sd);
  out.fit = fit_logistic(real, fake, degree);
  const double inverse = 1 / (pair.sd * pair.sd);
  out.expected = {std::log(pair.sd) + 0.5 * pair.mean * pair.mean * inverse,
                  0.0 - pair.mean * inverse, 0.5 * (inverse - 1)};
  out.expected.resize(static_cast<std::size_t>(degree) + 1);
  out.errors = asymptotic_errors(pair, out.expected.size());
  out.nominal_error = out.errors[0];
  // Here the number of each class is fixed, and the intercept's variance less by 1 + 1 (Prentice
  // and Pyke 1979).
  out.errors[0] = std::sqrt(out.errors[0] * out.errors[0] - 2);
  out.value_error = value_deviation(pair);
  return out;
}

std::string pair_name(const GaussianPair& pair) {
  return cat("N(", pair.mean, ", ", pair.sd == 1 ? "1" : cat(pair.sd, "²"), ")");
}

TrainedPair shifted_pair(const Settings& settings) {
  return train_pair({.mean = settings["mean"]}, 1, settings.count("n"));
}

TrainedPair widened_pair(const Settings& settings) {
  return train_pair({.sd = settings["sd"]}, 2, settings.count("n"));
}

/// Away from the initial settings the tolerance is 4 standard errors of theory.
void check_pair(std::vector<Check>& checks, const TrainedPair& trained, const Settings& settings) {
  constexpr std::array<const char*, 3> kNames = {"intercept", "slope", "curvature"};
  const double root = std::sqrt(settings["n"]);
  const std::string against = cat(", against ", pair_name(trained.pair));
  for (std::size_t i = 0; i < trained.expected.size(); ++i) {
    checks.push_back(near(kNames[i] + against, trained.fit.coefficients[i], trained.expected[i],
                          settings.all_initial() ? 0.02 : 4 * trained.errors[i] / root));
  }
  checks.push_back(near("V" + against, trained.fit.value, optimal_value(trained.pair),
                        settings.all_initial() ? 0.005 : 4 * trained.value_error / root));
}

Plot logit_plot(const TrainedPair& trained, const std::string& name) {
  codec::SvgSeries found{.name = "trained D", .size = 2.4};
  codec::SvgSeries exact{.name = "ln(p/q)", .style = codec::SvgStyle::kDashed};
  for (const double x : evenly(-4, 4, 161)) {
    found.x.push_back(x);
    found.y.push_back(polynomial(trained.fit.coefficients, x));
    exact.x.push_back(x);
    exact.y.push_back(trained.pair.logit(x));
  }
  const std::vector<codec::SvgSeries> series{found, exact};
  return {name,
          cat("The logit of a discriminator trained on samples of N(0, 1) and ",
              pair_name(trained.pair), " lies on the log ratio of the densities."),
          codec::line_svg(series, {.title = cat("N(0, 1) against ", pair_name(trained.pair)),
                                   .x_label = "x",
                                   .y_label = "logit",
                                   .legend_above = true,
                                   .marks = {{.at = 0, .name = "D = 1/2"}}})};
}

Outcome run_trained(const Settings& settings) {
  const TrainedPair shifted = shifted_pair(settings);
  const TrainedPair widened = widened_pair(settings);
  Outcome outcome;
  check_pair(outcome.checks, shifted, settings);
  check_pair(outcome.checks, widened, settings);
  if (settings.is_initial("mean")) {
    constexpr double kThreeDigits = 5e-4;
    outcome.checks.push_back(
        near("√n times the slope's standard error", shifted.errors[1], 1.745, kThreeDigits));
    outcome.checks.push_back(near("the same of the intercept, labels random", shifted.nominal_error,
                                  1.809, kThreeDigits));
    outcome.checks.push_back(
        near("the same, classes of equal number", shifted.errors[0], 1.129, kThreeDigits));
  }
  // No discriminator does better than the optimal one; the trained one's exact value shows how
  // near.
  std::array<double, 3> found{};
  std::ranges::copy(shifted.fit.coefficients, found.begin());
  const double best = optimal_value(shifted.pair);
  outcome.checks.push_back(
      at_most("V of the trained D over all of p and q", value_of_logit(shifted.pair, found), best));
  outcome.plots = {logit_plot(shifted, "shifted"), logit_plot(widened, "widened")};
  return outcome;
}

std::vector<double> measure_trained(const Settings& settings) {
  const TrainedPair shifted = shifted_pair(settings);
  const TrainedPair widened = widened_pair(settings);
  return {shifted.fit.coefficients[1], shifted.fit.coefficients[0], shifted.fit.value,
          widened.fit.coefficients[2], widened.fit.value};
}

std::vector<Parameter> pair_parameters() {
  return {{.name = "n",
           .initial = 100'000,
           .low = 1000,
           .high = 1'000'000,
           .doc = "samples of each class",
           .whole = true},
          {.name = "mean", .initial = 1, .low = -3, .high = 3, .doc = "q = N(mean, 1)"},
          {.name = "sd", .initial = 2, .low = 0.4, .high = 4, .doc = "q = N(0, sd²)"}};
}

/// Root mean square of the logit's error over the central 98 % of p.
double logit_error(const TrainedPair& trained) {
  const double edge = normal_quantile(0.99);
  const double square = integrate(
      [&](double x) {
        const double gap = polynomial(trained.fit.coefficients, x) - trained.pair.logit(x);
        return gap * gap * normal_density(x, 0, 1);
      },
      -edge, edge);
  return std::sqrt(square / 0.98);
}

/// The logit that maximises p (a log D + (1-a) log(1-D)) + q (b log D + (1-b) log(1-D)), by golden
/// section.
double best_logit(double p, double a, double q, double b) {
  const auto value = [&](double t) {
    return -(p * a + q * b) * softplus(-t) - (p * (1 - a) + q * (1 - b)) * softplus(t);
  };
  constexpr double kGolden = 0.6180339887498949;
  double low = -20;
  double high = 20;
  while (high - low > 1e-9) {
    const double left = high - kGolden * (high - low);
    const double right = low + kGolden * (high - low);
    (value(left) < value(right) ? low : high) = value(left) < value(right) ? left : right;
  }
  return 0.5 * (low + high);
}

Outcome run_log_ratio(const Settings& settings) {
  const TrainedPair shifted = shifted_pair(settings);
  const TrainedPair widened = widened_pair(settings);
  Outcome outcome;
  // Expected square error: the mean over p of the variance of the fitted polynomial; 3 of its roots
  // are a bound away from the settings that the stated one is for.
  for (const TrainedPair* trained : {&shifted, &widened}) {
    double bound = 0.05;
    if (!settings.all_initial()) {
      bound = 0;
      for (std::size_t i = 0; i < trained->errors.size(); ++i) {
        constexpr std::array<double, 3> kMoments = {1, 1, 3};  // of x^2i under p
        bound += trained->errors[i] * trained->errors[i] * kMoments[i];
      }
      bound = 3 * std::sqrt(bound * 3 / settings["n"]);
    }
    outcome.checks.push_back(at_most(cat("RMSE of the logit, against ", pair_name(trained->pair)),
                                     logit_error(*trained), bound));
  }
  const double a = settings["smoothing"];
  const double b = settings["fake"];
  constexpr double kTight = 1e-6;
  outcome.checks.push_back(
      near("D* where p = q, targets smoothed", sigmoid(best_logit(1, a, 1, 0)), a / 2, kTight));
  outcome.checks.push_back(
      near("its logit", best_logit(1, a, 1, 0), std::log(a / (2 - a)), kTight));
  outcome.checks.push_back(
      near("the greatest logit", best_logit(1, a, 0, 0), std::log(a / (1 - a)), kTight));
  outcome.checks.push_back(near("D* at p = .7, q = .3, both targets smoothed",
                                sigmoid(best_logit(0.7, a, 0.3, b)), 0.7 * a + 0.3 * b, kTight));
  codec::SvgSeries plain{.name = "target 1"};
  codec::SvgSeries smooth{.name = cat("target ", a)};
  for (const double x : evenly(-4, 4, 81)) {
    const double p = normal_density(x, 0, 1);
    const double q = normal_density(x, settings["mean"], 1);
    plain.x.push_back(x);
    plain.y.push_back(shifted.pair.logit(x));
    smooth.x.push_back(x);
    smooth.y.push_back(best_logit(p / (p + q), a, q / (p + q), 0));
  }
  const std::vector<codec::SvgSeries> series{plain, smooth};
  outcome.plots = {
      {"smoothing", "One-sided smoothing caps how sure the best discriminator can be of a real.",
       codec::line_svg(series, {.title = "The best logit with a smoothed target",
                                .x_label = "x",
                                .y_label = "logit",
                                .legend_above = true,
                                .marks = {{.at = std::log(a / (1 - a)), .name = "the cap"}}})}};
  return outcome;
}

}  // namespace

Experiment trained_discriminator() {
  return {
      .id = "E01",
      .title = "A trained discriminator finds the optimal one",
      .chapter = 1,
      .teaches =
          "Fix the generator. Which discriminator is best? At a point x the real density p(x) and "
          "the fake density q(x) pull in opposite directions, and the best answer is the share of "
          "the real one, p/(p+q). Its logit is the log ratio of the densities. So the "
          "discriminator of a GAN is a classifier that, trained to the end, knows how much more "
          "likely each point is under the data than under the generator.\n\n"
          "Here that is no claim but a fit: logistic regression on 100,000 samples a class. "
          "Between N(0,1) and N(1,1) the log ratio is a line, and the fit finds slope -1 and "
          "intercept 1/2. Between N(0,1) and N(0,4) it is a parabola. The value that the trained "
          "discriminator reaches is 2 JSD - 2 ln 2: the number the generator is told.",
      .formulas = {"V(G, D) = E_p log D(x) + E_q log(1 - D(x))",
                   "D*(x) = p(x) / (p(x) + q(x)),   logit D* = ln(p/q)",
                   "V(G, D*) = 2 JSD(p, q) - 2 ln 2   ∈ [-2 ln 2, 0]"},
      .next = {{"run E01 --set n=1000",
                "a hundredth of the samples: ten times the error, and the "
                "tolerances follow the standard errors"},
               {"sweep E01 --param mean --from -3 --to 3 --steps 13",
                "slope and value as the fakes move away"}},
      .parameters = pair_parameters(),
      .run = run_trained,
      .measured = {"slope", "intercept", "V shifted", "curvature", "V widened"},
      .measure = measure_trained};
}

Experiment logit_is_log_ratio() {
  auto parameters = pair_parameters();
  parameters.push_back({.name = "smoothing",
                        .initial = 0.9,
                        .low = 0.5,
                        .high = 0.999,
                        .doc = "target of a real sample in one-sided smoothing"});
  parameters.push_back({.name = "fake",
                        .initial = 0.1,
                        .low = 0.001,
                        .high = 0.49,
                        .doc = "target of a fake sample where both are smoothed"});
  return {
      .id = "E02",
      .title = "The logit is a log density ratio",
      .chapter = 1,
      .teaches =
          "The same two fits, looked at as functions: over the central 98 % of the data the "
          "trained "
          "logit differs from ln(p/q) by less than 0.05, root mean square. Much follows from this: "
          "rejecting fakes by their logit, re-weighting samples, estimating divergences.\n\n"
          "It also says what label smoothing does. With the target a < 1 for reals the best "
          "discriminator becomes a p/(p+q): it can no longer be surer than ln(a/(1-a)), which "
          "tames it, but where p = q it now says less than 1/2, and the logit is a log ratio no "
          "more. Smoothing the fakes too, to b, adds b q: the generator is then rewarded for "
          "staying where it is.",
      .formulas = {"logit D*(x) = ln p(x) - ln q(x)",
                   "one-sided smoothing: D* = a p/(p+q),   logit ≤ ln(a/(1-a))",
                   "both sides: D* = (a p + b q)/(p+q)"},
      .next = {{"run E02 --set smoothing=0.7", "a lower cap"},
               {"sweep E02 --param n --from 1000 --to 1000000 --steps 13 --log",
                "the error falls like 1/√n"}},
      .parameters = std::move(parameters),
      .run = run_log_ratio,
      .measured = {"RMSE shifted", "RMSE widened"},
      .measure = [](const Settings& settings) {
        return std::vector<double>{logit_error(shifted_pair(settings)),
                                   logit_error(widened_pair(settings))};
      }};
}

}  // namespace saddle::lab
