// E13 and E14: the spectrum of the Dirac-GAN, and how much regularisation is right.
#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>

#include "saddle/base/eigen.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/dynamics/dynamics.h"
#include "saddle/dynamics/flat_game.h"
#include "saddle/lab/dirac.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/result.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

using Spectrum = std::vector<std::complex<double>>;

constexpr double kSpectrumDigits = 1e-6;
constexpr double kRootDigits =
    1e-8;  // trace and determinant, where a double root is no digits worth

/// Of the Jacobian at (0, 0) by central differences: it asks the field alone, not its derivative.
std::vector<double> difference_jacobian(
    const std::function<void(const std::vector<double>&, std::vector<double>&)>& field) {
  constexpr double kStep = 1e-5;
  std::vector<double> out(4);
  for (std::size_t j = 0; j < 2; ++j) {
    std::vector<double> up(2), down(2), ahead(2), behind(2);
    up[j] = kStep;
    down[j] = -kStep;
    field(up, ahead);
    field(down, behind);
    for (std::size_t i = 0; i < 2; ++i) out[i * 2 + j] = (ahead[i] - behind[i]) / (2 * kStep);
  }
  return out;
}

/// a + root and a - root of x^2 - trace x + determinant.
Spectrum roots_of(double trace, double determinant) {
  const auto root = std::sqrt(std::complex<double>(trace * trace / 4 - determinant));
  return {trace / 2 + root, trace / 2 - root};
}

/// The eigenvalues of a 2 x 2 matrix against two expected ones: of a conjugate pair one is enough.
void check_eigenvalues(std::vector<Check>& checks, const std::string& name,
                       const std::vector<double>& matrix, Spectrum expected) {
  const Spectrum found = eigenvalues(matrix, 2);
  if (std::abs(expected[0].imag()) > 0) {
    if (expected[0].imag() < 0) std::swap(expected[0], expected[1]);
    checks.push_back(near("Re λ, " + name, found[0].real(), expected[0].real(), kSpectrumDigits));
    checks.push_back(near("Im λ, " + name, found[0].imag(), expected[0].imag(), kSpectrumDigits));
    return;
  }
  if (std::abs(expected[0]) < std::abs(expected[1])) std::swap(expected[0], expected[1]);
  checks.push_back(near("fast λ, " + name, found[0].real(), expected[0].real(), kSpectrumDigits));
  checks.push_back(near("slow λ, " + name, found[1].real(), expected[1].real(), kSpectrumDigits));
  checks.push_back(near("largest |Im λ|, " + name,
                        std::max(std::abs(found[0].imag()), std::abs(found[1].imag())), 0,
                        kSpectrumDigits));
}

/// The spectrum by differences against theory; near a double root trace and determinant.
void check_spectrum(std::vector<Check>& checks, const std::string& name, const DiracField& field,
                    const PlaneJacobian& expected) {
  if (std::abs(expected.discriminant()) < 1e-3) {
    const PlaneJacobian exact = dirac_jacobian(field);
    checks.push_back(near("trace of J, " + name, exact.trace, expected.trace, kRootDigits));
    checks.push_back(
        near("determinant of J, " + name, exact.determinant, expected.determinant, kRootDigits));
    return;
  }
  check_eigenvalues(checks, name, difference_jacobian([&](const auto& z, auto& v) { field(z, v); }),
                    roots_of(expected.trace, expected.determinant));
}

struct SpectrumRow {
  const char* name;
  const char* loss;
  DiracPenalty penalty;
  double noise;
  std::complex<double> first, second;  // as stated, to six digits
};

const std::array<SpectrumRow, 10>& spectrum_rows() {
  static const std::array<SpectrumRow, 10> rows = {{
      {"saturating", "saturating", {}, 0, {0, .5}, {0, -.5}},
      {"non-saturating", "ns", {}, 0, {0, .5}, {0, -.5}},
      {"relativistic", "rpgan", {}, 0, {0, .5}, {0, -.5}},
      {"WGAN", "wgan", {}, 0, {0, 1}, {0, -1}},
      {"R1 of .1", "ns", {.gamma = .1}, 0, {-.05, .497494}, {-.05, -.497494}},
      {"R1 of .3", "ns", {.gamma = .3}, 0, {-.15, .476970}, {-.15, -.476970}},
      {"R1 of 10", "ns", {.gamma = 10}, 0, -9.974937, -.025063},
      {"R1 + R2 of .3 each", "ns", {.gamma = .6}, 0, {-.3, .4}, {-.3, -.4}},
      {"noise of sd .7", "ns", {}, .7, {-.1225, .484762}, {-.1225, -.484762}},
      {"WGAN, noise of sd .7", "wgan", {}, .7, {0, 1}, {0, -1}},
  }};
  return rows;
}

/// The consensus field v - g J^T v.
void consensus_field(const DiracField& field, double g, const std::vector<double>& z,
                     std::vector<double>& v) {
  field(z, v);
  const auto j = jacobian(field, z);
  const std::vector<double> plain = v;
  for (std::size_t i = 0; i < 2; ++i) v[i] -= g * (j[i] * plain[0] + j[2 + i] * plain[1]);
}

void check_consensus(std::vector<Check>& checks, double g) {
  const DiracField field(objective::Saturating{});
  const auto j =
      difference_jacobian([&](const auto& z, auto& v) { consensus_field(field, g, z, v); });
  check_eigenvalues(checks, cat("consensus of ", g), j, {{-g * .25, .5}, {-g * .25, -.5}});
}

/// Trace and determinant at (0, 0) by the formulas.
PlaneJacobian expected_jacobian(const std::string& loss, double gamma, double noise) {
  const double slope = dirac_slope(loss);
  return {2 * dirac_bend(loss) * noise * noise - gamma, slope * slope};
}

/// Where (theta, psi) goes from (1, 0) in small alternating steps.
codec::SvgSeries trajectory(const DiracField& field, const std::string& name) {
  constexpr double kRate = 0.05;
  FlatStepper stepper(Alternating{},
                      FlatGame<DiracField>(field, {{1.0}, {0.0}}, std::vector{kRate, kRate}));
  codec::SvgSeries series{.name = name};
  for (int i = 0; i < 600; ++i) {
    series.x.push_back(stepper.game().point(0)[0]);
    series.y.push_back(stepper.game().point(1)[0]);
    stepper.step();
  }
  return series;
}

Plot phase_plot(const std::string& loss, double gamma, double noise) {
  const auto objective = dirac_objective(loss);
  const std::vector<codec::SvgSeries> series{
      trajectory(DiracField(objective), "unregularised"),
      trajectory(DiracField(objective, {.gamma = gamma}), cat("R1 of ", gamma)),
      trajectory(DiracField(objective, {}, noise), cat("noise of sd ", noise))};
  return {"phase",
          cat("Generator θ and discriminator ψ from (1, 0), loss ", loss,
              ": round and round, or inwards."),
          codec::line_svg(series, {.title = "The Dirac-GAN moves",
                                   .x_label = "θ",
                                   .y_label = "ψ",
                                   .height = 460,
                                   .equal_scale = true,
                                   .legend_above = true})};
}

Plot locus_plot(const std::string& loss) {
  codec::SvgSeries upper{.name = "γ from 0 to 4", .size = 1.6};
  codec::SvgSeries lower{.colour = "#0072b2", .size = 1.6};
  for (const double gamma : evenly(0, 4, 161)) {
    const PlaneJacobian j = dirac_jacobian(DiracField(dirac_objective(loss), {.gamma = gamma}));
    const Spectrum spectrum = roots_of(j.trace, j.determinant);
    upper.x.push_back(spectrum[0].real());
    upper.y.push_back(spectrum[0].imag());
    lower.x.push_back(spectrum[1].real());
    lower.y.push_back(spectrum[1].imag());
  }
  const std::vector<codec::SvgSeries> series{upper, lower};
  return {"locus",
          "Eigenvalues as the penalty grows: along a half circle to the left, then they part, and "
          "one comes back towards 0.",
          codec::scatter_svg(series, {.title = "The spectrum under R1",
                                      .x_label = "Re λ",
                                      .y_label = "Im λ",
                                      .equal_scale = true,
                                      .legend_above = true,
                                      .marks = {{.at = 0, .vertical = true}}})};
}

Outcome run_spectra(const Settings& settings) {
  Outcome outcome;
  for (const SpectrumRow& row : spectrum_rows()) {
    const DiracField field(dirac_objective(row.loss), row.penalty, row.noise);
    check_eigenvalues(outcome.checks, row.name,
                      difference_jacobian([&](const auto& z, auto& v) { field(z, v); }),
                      {row.first, row.second});
  }
  const DiracField critical(objective::NonSaturating{}, {.gamma = 1});
  check_spectrum(outcome.checks, "R1 of 1, or R1 + R2 of .5", critical, {-1, .25});
  check_consensus(outcome.checks, 1);
  const std::string& loss = settings.word("loss");
  const double gamma = settings["gamma"];
  const double noise = settings["noise"];
  check_spectrum(outcome.checks, cat(loss, ", R1 of ", gamma, ", noise of sd ", noise),
                 DiracField(dirac_objective(loss), {.gamma = gamma}, noise),
                 expected_jacobian(loss, gamma, noise));
  outcome.plots = {phase_plot(loss, gamma, noise), locus_plot(loss)};
  return outcome;
}

std::vector<double> measure_spectrum(const Settings& settings) {
  const DiracField field(dirac_objective(settings.word("loss")), {.gamma = settings["gamma"]},
                         settings["noise"]);
  const PlaneJacobian j = dirac_jacobian(field);
  const Spectrum spectrum = roots_of(j.trace, j.determinant);
  return {spectrum[0].real(), spectrum[1].real(), spectrum[0].imag()};
}

}  // namespace

Experiment dirac_spectra() {
  return {
      .id = "E13",
      .title = "What regularises the Dirac-GAN and what does not",
      .chapter = 3,
      .teaches =
          "The smallest GAN: the data are one point at 0, the generator is one number θ, the "
          "discriminator the line D(x) = ψx. At the equilibrium (0, 0) the Jacobian of an "
          "unregularised GAN has the eigenvalues ± i f'(0), whichever loss it has, saturating or "
          "not, relativistic or Wasserstein: pure rotation, no pull at all. Changing the loss does "
          "not make a GAN locally stable.\n\n"
          "What does: a penalty on the discriminator's slope at the data (R1) or at the fakes "
          "(R2), which puts -γ on the diagonal; noise of deviation σ on both samples, which acts "
          "like R1 of σ²/2, though not on a WGAN, whose loss has no curvature for the noise to "
          "use; and consensus, which damps by the square of the rotation. Mind the factor: here R1 "
          "is (γ/2)|∇D|². Code that leaves out the half means twice the γ.",
      .formulas = {"v = (-ψ f'(θψ), θ f'(θψ) - γψ)   with f(t) = -ln(1 + e⁻ᵗ)",
                   "f'(0) = 1/2,   f''(0) = -1/4;   of a WGAN f'(0) = 1,   f''(0) = 0",
                   "R1 or R2: λ = -γ/2 ± √(γ²/4 - f'(0)²)",
                   "noise: λ = f''(0)σ² ± √(f''(0)²σ⁴ - f'(0)²)",
                   "consensus: λ = -g f'(0)² ± i f'(0)"},
      .next = {{"run E13 --set loss=wgan --set gamma=0", "noise does not damp a WGAN"},
               {"run E13 --set gamma=3 --set noise=0", "too much of it: slow"},
               {"sweep E13 --param gamma --from 0 --to 4 --set noise=0", "the fork at γ = 1"}},
      .parameters = {{.name = "gamma",
                      .initial = 0.2,
                      .low = 0,
                      .high = 20,
                      .doc = "strength of R1, or of R1 and R2 together"},
                     {.name = "noise",
                      .initial = 0.5,
                      .low = 0,
                      .high = 3,
                      .doc = "sd of the noise on both samples"},
                     dirac_loss_parameter()},
      .run = run_spectra,
      .measured = {"Re of one", "Re of the other", "Im"},
      .measure = measure_spectrum};
}

}  // namespace saddle::lab
