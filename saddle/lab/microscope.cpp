// E30: what rotates, measured with gradients only.
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

#include "saddle/base/philox.h"
#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/game/fields.h"
#include "saddle/lab/numeric.h"
#include "saddle/lab/rows.h"
#include "saddle/monitor/arnoldi.h"
#include "saddle/monitor/field_of.h"
#include "saddle/monitor/jacobian.h"
#include "saddle/monitor/modes_of_motion.h"
#include "saddle/monitor/path_angle.h"
#include "saddle/monitor/rotation.h"
#include "saddle/monitor/small_svd.h"

namespace saddle::lab {
namespace {

using Flat = std::vector<double>;

Flat gaussian_entries(std::size_t n, double scale, std::uint64_t seed, std::uint32_t which) {
  auto numbers = PhiloxSequence::of(stream_key(seed, "lab"), 30, which);
  Flat entries(n * n);
  for (double& x : entries) x = scale * numbers.normal();
  return entries;
}

/// v = M (z - centre), M [n,n] row-major.
struct LinearField {
  Flat matrix;
  Flat centre;

  void evaluate(const Flat& z, Flat& v) const {
    for (std::size_t i = 0; i < z.size(); ++i) {
      v[i] = 0;
      for (std::size_t j = 0; j < z.size(); ++j) {
        v[i] += matrix[i * z.size() + j] * (z[j] - centre[j]);
      }
    }
  }
};

// --- The share of rotation -----------------------------------------------------------------------

struct Rotation {
  monitor::RotationRatio found;
  double exact = 0;  ///< |A|_F / |S|_F entry by entry
};

/// S + weight A', both of Gaussian entries over sqrt(n).
Rotation measure_rotation(const Settings& settings) {
  constexpr std::size_t kSize = 200;
  const auto seed = static_cast<std::uint64_t>(settings.count("seed"));
  const double scale = 1 / std::sqrt(static_cast<double>(kSize)), weight = settings["rotation"];
  const Flat s = gaussian_entries(kSize, scale, seed, 0),
             a = gaussian_entries(kSize, scale, seed, 1);
  LinearField field{Flat(kSize * kSize), Flat(kSize)};
  double symmetric = 0, antisymmetric = 0;
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t j = 0; j < kSize; ++j) {
      const double even = (s[i * kSize + j] + s[j * kSize + i]) / 2;
      const double odd = weight * (a[i * kSize + j] - a[j * kSize + i]) / 2;
      field.matrix[i * kSize + j] = even + odd;
      symmetric += even * even;
      antisymmetric += odd * odd;
    }
  }
  const Flat point(kSize, 0.1);
  monitor::JacobianProduct<FlatSpace, LinearField> product(field, point);
  const auto probes = static_cast<std::size_t>(settings.count("probes"));
  return {monitor::rotation_ratio<FlatSpace>(product, point, {.probes = probes, .seed = seed}),
          std::sqrt(antisymmetric / symmetric)};
}

void check_rotation(const Settings& settings, std::vector<Check>& checks) {
  const Rotation r = measure_rotation(settings);
  const auto probes = settings.count("probes");
  const auto name = cat("rotation ratio of a random 200 x 200 Jacobian, ", probes, " probes");
  if (settings.all_initial()) {
    checks.push_back(near(name, r.found.ratio, r.exact, 0.04));
  } else if (probes >= 8) {
    // With fewer the probes do not tell their own error well enough.
    checks.push_back(near(name, r.found.ratio, r.exact, 5 * r.found.standard_error));
  }
  checks.push_back(near("gradients asked for, four a probe",
                        static_cast<double>(r.found.evaluations), static_cast<double>(4 * probes),
                        0));
}

// --- The spectrum --------------------------------------------------------------------------------

struct Couplings {
  Flat exact;  ///< singular values of the matrix, largest first
  monitor::Spectrum found;
};

/// x^T A y with A [30,30] Gaussian: the eigenvalues are +-i times the singular values.
Couplings measure_couplings(const Settings& settings) {
  constexpr std::size_t kSize = 30;
  const auto seed = static_cast<std::uint64_t>(settings.count("seed"));
  const Flat a = gaussian_entries(kSize, 1, seed, 2);
  monitor::FlatField<BilinearField> field({a, kSize, kSize});
  const Flat point(2 * kSize, 0.5);
  monitor::JacobianProduct<FlatSpace, monitor::FlatField<BilinearField>> product(field, point);
  const auto steps = static_cast<std::size_t>(settings.count("steps"));
  return {monitor::small_svd(a, kSize, kSize).values,
          monitor::arnoldi<FlatSpace>(product, point, {.steps = steps, .seed = seed})};
}

void check_couplings(const Settings& settings, const Couplings& c, std::vector<Check>& checks) {
  // How fast the largest coupling shows depends on its distance from the second, so on the draw;
  // that the outermost value lies within its residual of an eigenvalue does not.
  if (settings.is_initial("seed") && settings.count("steps") >= 20) {
    checks.push_back(near("Arnoldi on a 60-dimensional bilinear game: max |Im| / largest coupling",
                          c.found.largest_imaginary() / c.exact[0], 1, 1e-4));
  }
  const auto& outer = c.found.values.front();
  double distance = std::numeric_limits<double>::infinity();
  for (const double sigma : c.exact) {
    distance = std::min(distance, std::abs(std::abs(outer.value.imag()) - sigma));
  }
  checks.push_back(at_most("Arnoldi: outermost value to the nearest eigenvalue, less its residual",
                           distance - outer.residual, 1e-9));
  double drift = 0;
  for (const auto& v : c.found.values) drift = std::max(drift, std::abs(v.value.real()));
  checks.push_back(at_most("Arnoldi: max |Re| of a game that only turns", drift, 1e-10));
  checks.push_back(near("gradients asked for, two a step", static_cast<double>(c.found.evaluations),
                        2 * static_cast<double>(c.found.steps), 0));
}

Plot spectrum_plot(const Couplings& c) {
  codec::SvgSeries exact{.name = "eigenvalues", .size = 4}, found{.name = "Arnoldi", .size = 2};
  for (const double sigma : c.exact) {
    exact.x.insert(exact.x.end(), 2, 0);
    exact.y.push_back(sigma);
    exact.y.push_back(-sigma);
  }
  for (const auto& v : c.found.values) {
    found.x.push_back(v.value.real());
    found.y.push_back(v.value.imag());
  }
  const std::vector<codec::SvgSeries> series{exact, found};
  const double reach = 1.1 * c.exact[0];
  return {"spectrum",
          "A game that only turns has its spectrum on the imaginary axis. Arnoldi meets the ends "
          "of the axis first; what lies inside is still on the way.",
          codec::scatter_svg(series, {.title = "Spectrum of a bilinear game of 60 parameters",
                                      .x_label = "real part: grows",
                                      .y_label = "imaginary part: turns",
                                      .x_range = std::pair(-reach / 2, reach / 2),
                                      .y_range = std::pair(-reach, reach),
                                      .legend_above = true})};
}

// --- The path-angle ------------------------------------------------------------------------------

/// v = -(potential I + R)(w - w*), R = [[0,-1],[1,0]]: the gradient's side of Berard's formulas.
LinearField plane_field(double potential, double rotation, Flat centre = {0, 0}) {
  return {{-potential, rotation, -rotation, -potential}, std::move(centre)};
}

double cosine_at(LinearField field, const Flat& w0, const Flat& w1, double alpha) {
  const auto path =
      monitor::path_angle<FlatSpace>(field, w0, w1, {.from = alpha, .to = alpha + 1, .points = 2});
  return path.points[0].cosine;
}

void check_path_angle(std::vector<Check>& checks) {
  constexpr double kTable = 1e-6;
  struct Row {
    double alpha, cosine;
  };
  for (const Row row : {Row{0, -.049938}, Row{.5, -.099751}, Row{.8, -.244839}, Row{.9, -.455392},
                        Row{1, -.998752}, Row{1.1, -.437561}, Row{1.2, -.239158}}) {
    checks.push_back(near(cat("path-angle of a rotation missed by 0.05, at alpha = ", row.alpha),
                          cosine_at(plane_field(0, 1), {1, 0}, {0, .05}, row.alpha), row.cosine,
                          kTable));
  }
  const Flat centre{1, 2}, start{4, -2};
  for (const double alpha : {.5, 1.05}) {
    const double sign = alpha < 1 ? 1 : -1;
    checks.push_back(near(cat("attraction alone, at alpha = ", alpha),
                          cosine_at(plane_field(1, 0, centre), start, centre, alpha), sign,
                          kTable));
    checks.push_back(near(cat("rotation alone about the end of the path, at alpha = ", alpha),
                          cosine_at(plane_field(0, 1, centre), start, centre, alpha), 0, kTable));
    checks.push_back(near(cat("potential 0.3 and rotation 1, at alpha = ", alpha),
                          cosine_at(plane_field(.3, 1, centre), start, centre, alpha),
                          sign * .287348, kTable));
  }
}

Plot path_plot() {
  std::vector<codec::SvgSeries> series;
  const auto add = [&series](const char* name, LinearField field) {
    codec::SvgSeries curve{.name = name};
    const auto path = monitor::path_angle<FlatSpace>(field, Flat{1, 0}, Flat{0, .05});
    for (const auto& p : path.points) {
      curve.x.push_back(p.alpha);
      curve.y.push_back(p.cosine);
    }
    series.push_back(std::move(curve));
  };
  add("attraction", plane_field(1, 0));
  add("rotation", plane_field(0, 1));
  add("both", plane_field(.3, 1));
  return {"path_angle",
          "The late point misses the equilibrium by a little, as it does in training. Attraction "
          "switches from + to - there, rotation makes a bump, a game with both shows both.",
          codec::line_svg(series, {.title = "Cosine between the path and the gradient",
                                   .x_label = "alpha: 0 early point, 1 late point",
                                   .y_label = "cosine",
                                   .y_range = std::pair(-1.05, 1.05),
                                   .legend_above = true})};
}

// --- Two gradients -------------------------------------------------------------------------------

struct Turned {
  monitor::TwoGradient found;
  std::complex<double> exact;
  double error = 0;  ///< relative
  std::vector<Flat> directions;
};

/// Dirac-GAN, non-saturating with R1, simultaneous from near the equilibrium, a little over a turn.
Turned measure_turn(double gamma, double h) {
  Turned turned;
  turned.exact = {-gamma / 2, std::sqrt(0.25 - gamma * gamma / 4)};
  const DiracField field(objective::NonSaturating{}, {.gamma = gamma});
  // One turn takes 2 pi / Im; a step more on each side shows where it ends.
  const auto steps = static_cast<std::size_t>(
      std::ceil(1.05 * 2 * std::numbers::pi / (h * turned.exact.imag())) + 2);
  Flat z{.02, -.01}, v(2);
  for (std::size_t t = 0; t < steps; ++t) {
    field(z, v);
    turned.directions.push_back(v);
    FlatSpace::axpy(z, h, v);
  }
  turned.found = monitor::two_gradient_eigenvalue(turned.directions, h);
  const std::complex<double> seen{turned.found.eigenvalue.real(),
                                  std::abs(turned.found.eigenvalue.imag())};
  turned.error = std::abs(seen - turned.exact) / std::abs(turned.exact);
  return turned;
}

void check_turn(double gamma, double h, std::vector<Check>& checks) {
  const Turned t = measure_turn(gamma, h);
  const std::string where = cat("Dirac-GAN, gamma = ", gamma, ", h = ", h, ": ");
  checks.push_back(holds(where + "one whole turn",
                         t.found.whole_turns && std::abs(std::abs(t.found.turns) - 1) < 0.02));
  checks.push_back(at_most(where + "relative error of the two-gradient eigenvalue", t.error, 1e-3));
}

Plot turn_plot(double gamma, double h) {
  const Turned t = measure_turn(gamma, h);
  codec::SvgSeries single{.name = "from two successive gradients"},
      whole{.name = "over a whole turn"}, exact{.name = "exact"};
  for (std::size_t i = 0; i + 2 < t.directions.size(); ++i) {
    const auto at = [&](std::size_t k) {
      return std::complex<double>(t.directions[k][0], t.directions[k][1]);
    };
    const double time = h * static_cast<double>(i);
    single.x.push_back(time);
    single.y.push_back(std::abs(((at(i + 1) / at(i) - 1.0) / h).imag()));
    for (codec::SvgSeries* s : {&whole, &exact}) s->x.push_back(time);
    whole.y.push_back(std::abs(t.found.eigenvalue.imag()));
    exact.y.push_back(t.exact.imag());
  }
  const std::vector<codec::SvgSeries> series{single, whole, exact};
  return {"two_gradients",
          "A damped game does not turn evenly: what two successive gradients say wanders, what a "
          "whole turn says does not.",
          codec::line_svg(series, {.title = "Speed of rotation, read from gradients",
                                   .x_label = "time, steps x h",
                                   .y_label = "imaginary part",
                                   .legend_above = true})};
}

Outcome run_microscope(const Settings& settings) {
  Outcome outcome;
  check_rotation(settings, outcome.checks);
  const Couplings couplings = measure_couplings(settings);
  check_couplings(settings, couplings, outcome.checks);
  check_path_angle(outcome.checks);
  const double gamma = settings["gamma"], h = settings["h"];
  if (settings.is_initial("gamma") && settings.is_initial("h")) {
    for (const double g : {.1, .3}) {
      for (const double step : {.05, .01}) check_turn(g, step, outcome.checks);
    }
  }
  outcome.plots = {spectrum_plot(couplings), path_plot(), turn_plot(gamma, h)};
  return outcome;
}

}  // namespace

Experiment microscope() {
  return {
      .id = "E30",
      .title = "A microscope that needs gradients only",
      .chapter = 8,
      .teaches =
          "Whether a game turns is written in its Jacobian J, and nobody can write down the "
          "Jacobian of a network: a million parameters make a million million entries. But J need "
          "not be written down. Move all parameters a little along a direction r, forwards and "
          "back, and the difference of the two gradients is J r. Everything here is made of such "
          "products.\n\n"
          "Two of them along a random r tell how much of J is rotation: the mean of |Jr|\u00b2 is "
          "|S|\u00b2 + |A|\u00b2, the mean of r\u00b7JJr is |S|\u00b2 \u2212 |A|\u00b2. Products "
          "on "
          "products span a small space in which the outermost eigenvalues of J show first "
          "(Arnoldi). Gradients along the line between an early and a late point of training tell "
          "attraction from rotation (path-angle). And a run that turns betrays its speed without "
          "any extra gradient, by how much the direction of motion turns from step to step - if "
          "one has the patience to average over whole turns.\n\n"
          "The instruments see what is there, not whether it is ill: a healthy GAN may rotate "
          "three quarters as much as it descends.",
      .formulas = {"J r \u2248 (v(z + \u03b5r) \u2212 v(z \u2212 \u03b5r)) / 2\u03b5",
                   "|A|/|S| = \u221a((F \u2212 T)/(F + T)),   F = E|Jr|\u00b2,   T = E r\u00b7JJr",
                   "c(\u03b1) = \u27e8w\u2080 \u2212 w\u2081, g(w_\u03b1)\u27e9 / "
                   "(|w\u2080 \u2212 w\u2081| |g|)",
                   "\u03bb = (\u03bc \u2212 1)/h,   \u03bc = exp(mean(log growth + i angle))"},
      .next = {{"sweep E30 --param probes --from 1 --to 64", "the estimate settles"},
               {"run E30 --set steps=6", "too few products: the inner spectrum is not there yet"},
               {"sweep E30 --param gamma --from 0 --to 0.9",
                "the error of one turn grows as the game turns less"}},
      .parameters = {{.name = "probes",
                      .initial = 16,
                      .low = 1,
                      .high = 256,
                      .doc = "random directions for the rotation ratio",
                      .whole = true},
                     {.name = "rotation",
                      .initial = 0.4,
                      .low = 0.01,
                      .high = 10,
                      .doc = "weight of the rotation in the random Jacobian"},
                     {.name = "steps",
                      .initial = 20,
                      .low = 2,
                      .high = 60,
                      .doc = "products that Arnoldi takes",
                      .whole = true},
                     {.name = "gamma",
                      .initial = 0.1,
                      .low = 0,
                      .high = 0.95,
                      .doc = "R1 on the Dirac-GAN, (gamma/2)|grad|^2; at 1 it turns no more"},
                     {.name = "h", .initial = 0.05, .low = 0.001, .high = 0.2, .doc = "step size"},
                     {.name = "seed",
                      .initial = 0,
                      .low = 0,
                      .high = 1e6,
                      .doc = "of the random matrices and directions",
                      .whole = true}},
      .run = run_microscope,
      .measured = {"rotation ratio", "largest coupling found / true",
                   "relative error of the two-gradient eigenvalue"},
      .measure = [](const Settings& settings) {
        const Couplings c = measure_couplings(settings);
        return std::vector<double>{measure_rotation(settings).found.ratio,
                                   c.found.largest_imaginary() / c.exact[0],
                                   measure_turn(settings["gamma"], settings["h"]).error};
      }};
}

}  // namespace saddle::lab
