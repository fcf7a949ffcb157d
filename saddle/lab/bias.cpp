// E29: remedies bring bias, and collapse is a change of phase.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/linear_vae.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

/// A density on an even grid, as weights that sum to 1.
struct GridDensity {
  std::vector<double> at;
  std::vector<double> weight;
};

constexpr double kGridEnd = 14;
constexpr std::size_t kGridSize = 1401;

double grid_variance(const GridDensity& q) {
  double out = 0;
  for (std::size_t i = 0; i < q.at.size(); ++i) out += q.weight[i] * q.at[i] * q.at[i];
  return out;
}

/// KL(q, N(0,1)) of the density that the weights stand for.
double grid_divergence(const GridDensity& q) {
  const double spacing = q.at[1] - q.at[0];
  double out = 0;
  for (std::size_t i = 0; i < q.at.size(); ++i) {
    if (q.weight[i] <= 0) continue;
    out += q.weight[i] * (std::log(q.weight[i] / spacing) - log_normal_density(q.at[i], 0, 1));
  }
  return out;
}

/// Minimises KL(q, p) - lambda H(q) over all densities q on the grid, p = N(0,1), by exponentiated
/// gradient descent from a density far from it.
GridDensity entropy_rewarded(double lambda) {
  GridDensity q{.at = evenly(-kGridEnd, kGridEnd, kGridSize), .weight = {}};
  std::vector<double> log_weight(kGridSize);
  for (std::size_t i = 0; i < kGridSize; ++i) {
    log_weight[i] = -0.5 * std::pow((q.at[i] - 1) / 0.5, 2);  // narrow, and off the middle
  }
  constexpr double kRate = 0.3;
  const auto normalise = [&] {
    const double top = *std::ranges::max_element(log_weight);
    double sum = 0;
    for (double& one : log_weight) sum += std::exp(one - top);
    for (double& one : log_weight) one -= top + std::log(sum);
  };
  for (int step = 0; step < 200; ++step) {
    normalise();
    // The gradient in q is (1 + lambda) ln q - ln p, up to a constant.
    for (std::size_t i = 0; i < kGridSize; ++i) {
      log_weight[i] -= kRate * ((1 + lambda) * log_weight[i] - log_normal_density(q.at[i], 0, 1));
    }
  }
  normalise();
  for (const double one : log_weight) q.weight.push_back(std::exp(one));
  return q;
}

double exact_bias(double lambda) {
  return 0.5 * (lambda - std::log1p(lambda));
}

constexpr std::array<double, 5> kEigenvalues = {4, 2, 1, .5, .25};

/// All dimensions trained at this noise.
std::vector<VaeDimension> trained_vae(double noise) {
  std::vector<VaeDimension> out;
  for (const double eigenvalue : kEigenvalues)
    out.push_back(train_vae_dimension(eigenvalue, noise));
  return out;
}

double active_count(const std::vector<VaeDimension>& dimensions) {
  return static_cast<double>(std::ranges::count_if(dimensions, &VaeDimension::active));
}

double total_divergence(const std::vector<VaeDimension>& dimensions) {
  return std::accumulate(dimensions.begin(), dimensions.end(), 0.0,
                         [](double sum, const VaeDimension& one) { return sum + one.divergence; });
}

void check_entropy(std::vector<Check>& checks, double lambda) {
  const GridDensity q = entropy_rewarded(lambda);
  checks.push_back(near(cat("variance at λ = ", lambda), grid_variance(q), 1 + lambda, 1e-6));
  checks.push_back(
      near(cat("KL bias at λ = ", lambda), grid_divergence(q), exact_bias(lambda), 1e-6));
}

void check_vae(std::vector<Check>& checks, double noise) {
  const auto dimensions = trained_vae(noise);
  double active = 0;
  double divergence = 0;
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    const double eigenvalue = kEigenvalues[i];
    const bool above = eigenvalue > noise;
    active += above ? 1 : 0;
    divergence += above ? 0.5 * std::log(eigenvalue / noise) : 0;
    checks.push_back(near(cat("σ² = ", noise, ": variance of the posterior mean, λ = ", eigenvalue),
                          dimensions[i].mean_variance, above ? 1 - noise / eigenvalue : 0, 1e-3));
  }
  // At a threshold training takes for ever; the count is only asked away from it.
  const bool near_threshold = std::ranges::any_of(
      kEigenvalues, [noise](double one) { return std::abs(one - noise) < 0.01 * one; });
  if (!near_threshold) {
    checks.push_back(
        near(cat("σ² = ", noise, ": active dimensions"), active_count(dimensions), active, 0));
  }
  checks.push_back(
      near(cat("σ² = ", noise, ": KL in nats"), total_divergence(dimensions), divergence, 1e-3));
}

Plot phases_plot() {
  codec::SvgSeries divergence{.name = "KL, trained"};
  codec::SvgSeries active{.name = "active dimensions"};
  for (const double power : evenly(-1.3, 1, 116)) {
    const double noise = std::pow(10, power);
    const auto dimensions = trained_vae(noise);
    for (auto* series : {&divergence, &active}) series->x.push_back(noise);
    divergence.y.push_back(total_divergence(dimensions));
    active.y.push_back(active_count(dimensions));
  }
  codec::SvgOptions options{.title = "Posterior collapse of a linear VAE",
                            .x_label = "σ², noise of the decoder",
                            .y_label = "",
                            .legend_above = true,
                            .log_x = true};
  for (const double eigenvalue : kEigenvalues) {
    options.marks.push_back({.at = eigenvalue, .vertical = true});
  }
  const std::vector<codec::SvgSeries> series{divergence, active};
  return {"phases",
          "Each time the noise passes an eigenvalue of the data, dashed, a dimension goes out.",
          codec::line_svg(series, options)};
}

Plot entropy_plot(double lambda) {
  const GridDensity q = entropy_rewarded(lambda);
  const double spacing = q.at[1] - q.at[0];
  codec::SvgSeries data{.name = "data N(0,1)"};
  codec::SvgSeries best{.name = cat("optimum at λ = ", lambda)};
  for (std::size_t i = 0; i < q.at.size(); i += 5) {
    if (std::abs(q.at[i]) > 5) continue;
    for (auto* series : {&data, &best}) series->x.push_back(q.at[i]);
    data.y.push_back(normal_density(q.at[i], 0, 1));
    best.y.push_back(q.weight[i] / spacing);
  }
  const std::vector<codec::SvgSeries> series{data, best};
  return {"entropy",
          "A reward for entropy is paid in width: the best generator is no longer the data.",
          codec::line_svg(series, {.title = "What an entropy reward converges to",
                                   .x_label = "x",
                                   .y_label = "density",
                                   .legend_above = true})};
}

Outcome run_biased(const Settings& settings) {
  Outcome outcome;
  auto& checks = outcome.checks;
  constexpr std::array<std::pair<double, double>, 3> kBias = {
      {{.1, .002345}, {.5, .047267}, {1, .153426}}};
  for (const auto& [lambda, bias] : kBias) {
    checks.push_back(near(cat("stated KL bias at λ = ", lambda),
                          grid_divergence(entropy_rewarded(lambda)), bias, 1e-6));
  }
  check_entropy(checks, settings["lambda"]);
  struct Phase {
    double noise, active, divergence;
  };
  constexpr std::array<Phase, 3> kPhases = {
      {{.75, 3, 1.471244}, {5, 0, 0}, {.1, 5, 2.5 * std::numbers::ln10}}};
  for (const Phase& phase : kPhases) {
    const auto dimensions = trained_vae(phase.noise);
    checks.push_back(near(cat("stated active dimensions at σ² = ", phase.noise),
                          active_count(dimensions), phase.active, 0));
    checks.push_back(near(cat("stated KL at σ² = ", phase.noise), total_divergence(dimensions),
                          phase.divergence, 1e-6));
  }
  check_vae(checks, settings["noise"]);
  outcome.plots = {entropy_plot(settings["lambda"]), phases_plot()};
  return outcome;
}

}  // namespace

Experiment biased_remedies() {
  return {
      .id = "E29",
      .title = "Remedies bring bias; collapse is a change of phase",
      .chapter = 8,
      .teaches =
          "Reward the generator for entropy, so that it does not collapse, with the weight λ. The "
          "optimum is then not the data p but p to the power 1/(1+λ), widened: for N(0,1) the "
          "variance becomes exactly 1 + λ. At λ = 0.1 that costs 0.0023 nats, at λ = 1 it costs "
          "0.15. The remedy works, and it moves the goal. Every remedy that adds a term does; ask "
          "of each what it converges to.\n\n"
          "The second half is a model whose collapse can be solved: a linear variational "
          "autoencoder on data with known variances. A latent dimension lives if the variance λᵢ "
          "that it explains exceeds the noise σ² that the decoder assumes, and is silent "
          "otherwise. "
          "Nothing fades: as σ² grows past one λᵢ after another, dimensions go out one by one. "
          "What "
          "looks like an unlucky run is a threshold, and the parameter to turn is known.",
      .formulas = {"min over q of KL(q, p) - λ H(q):   q ∝ p^(1/(1+λ))",
                   "N(0,1): variance 1 + λ,   KL bias = (λ - ln(1+λ))/2",
                   "linear VAE: dimension i is active iff λᵢ > σ²,   KLᵢ = ½ ln(λᵢ/σ²)",
                   "variance of the posterior mean = 1 - σ²/λᵢ"},
      .next = {{"run E29 --set noise=5", "every dimension silent"},
               {"sweep E29 --param noise --from 0.1 --to 8 --log", "the phases"},
               {"sweep E29 --param lambda --from 0 --to 2", "the price of entropy"}},
      .parameters =
          {{.name = "lambda", .initial = 0.5, .low = 0, .high = 3, .doc = "weight of the entropy"},
           {.name = "noise",
            .initial = 0.75,
            .low = 0.01,
            .high = 100,
            .doc = "σ² of the decoder; the data's variances are 4, 2, 1, .5, .25"}},
      .run = run_biased,
      .measured = {"variance", "KL bias", "active", "KL of the VAE"},
      .measure = [](const Settings& settings) {
        const GridDensity q = entropy_rewarded(settings["lambda"]);
        const auto dimensions = trained_vae(settings["noise"]);
        return std::vector<double>{grid_variance(q), grid_divergence(q), active_count(dimensions),
                                   total_divergence(dimensions)};
      }};
}

}  // namespace saddle::lab
