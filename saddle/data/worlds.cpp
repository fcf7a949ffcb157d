#include "saddle/data/worlds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/philox.h"
#include "saddle/base/text.h"
#include "saddle/data/source.h"

namespace saddle::data {

namespace {

using std::numbers::pi;

/// One Philox block is one point: a choice, a place along the curve, two normal numbers.
struct PointDraw {
  std::uint32_t choice;
  double along;  // in [0,1)
  std::array<double, 2> noise;

  std::int64_t below(std::int64_t n) const {
    return static_cast<std::int64_t>((std::uint64_t{choice} * static_cast<std::uint64_t>(n)) >> 32);
  }
};

template <class World>
std::uint64_t world_key(Split split) {
  static const std::uint64_t train = stream_key(0, cat(World::kName, "/train"));
  static const std::uint64_t test = stream_key(0, cat(World::kName, "/test"));
  return split == Split::kTrain ? train : test;
}

template <class World>
PointDraw point_draw(Split split, std::uint64_t index) {
  const auto words =
      philox({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), 0, 0},
             philox_key(world_key<World>(split)));
  return {words[0], words[1] * 0x1p-32, normal_pair(words[2], words[3])};
}

Point noisy(std::vector<double> place, double sd, std::span<const double> noise,
            std::int64_t label) {
  for (std::size_t i = 0; i < place.size(); ++i) place[i] += sd * noise[i];
  return {std::move(place), label};
}

std::vector<double> line_centre(const LineWorld& world, std::int64_t mode) {
  return {world.spacing * (static_cast<double>(mode) - 0.5 * static_cast<double>(world.modes - 1))};
}

std::vector<double> ring_centre(const RingWorld& world, std::int64_t mode) {
  const double angle = 2 * pi * static_cast<double>(mode) / static_cast<double>(world.modes);
  return {world.radius * std::cos(angle), world.radius * std::sin(angle)};
}

std::vector<double> grid_centre(const GridWorld& world, std::int64_t mode) {
  const double middle = 0.5 * static_cast<double>(world.side - 1);
  return {world.spacing * (static_cast<double>(mode % world.side) - middle),
          world.spacing * (static_cast<double>(mode / world.side) - middle)};
}

std::vector<double> moon_place(int moon, double along) {
  const double t = pi * along;
  const double sign = moon == 0 ? 1 : -1;
  return {sign * (std::cos(t) - 0.5), sign * (std::sin(t) - 0.25)};
}

std::vector<double> roll_place(double along) {
  const double t = 1.5 * pi * (1 + 2 * along);
  return {t * std::cos(t) / (4.5 * pi), t * std::sin(t) / (4.5 * pi)};
}

double shell_radius(const ShellsWorld& world, std::int64_t shell) {
  return static_cast<double>(shell + 1) / static_cast<double>(world.shells);
}

/// log(sum of exp(terms)) over `count` terms made by `term(i)`.
template <class Term>
double log_sum(std::size_t count, const Term& term) {
  double top = -std::numeric_limits<double>::infinity();
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double value = term(i);
    if (value > top) {
      sum = sum * std::exp(top - value) + 1;
      top = value;
    } else if (value > -std::numeric_limits<double>::infinity()) {
      sum += std::exp(value - top);
    }
  }
  return top + std::log(sum);
}

/// log of the density of a mixture of equal round Gaussians with these log weights.
std::function<double(std::span<const double>)> mixture_density(
    const std::vector<std::vector<double>>& centres, std::vector<double> log_weights, double sd) {
  struct Mixture {
    std::vector<double> centres;  // [K, D]
    std::vector<double> log_weights;
  };
  const std::size_t dimensions = centres.front().size();
  auto mixture = std::make_shared<Mixture>(Mixture{{}, std::move(log_weights)});
  for (const auto& c : centres) {
    mixture->centres.insert(mixture->centres.end(), c.begin(), c.end());
  }
  return [mixture, sd, dimensions](std::span<const double> x) {
    return log_sum(mixture->log_weights.size(),
                   [&](std::size_t k) {
                     const double* c = mixture->centres.data() + k * dimensions;
                     double squares = 0;
                     for (std::size_t i = 0; i < dimensions; ++i) {
                       const double distance = (x[i] - c[i]) / sd;
                       squares += distance * distance;
                     }
                     return mixture->log_weights[k] - 0.5 * squares;
                   }) -
           0.5 * static_cast<double>(dimensions) * std::log(2 * pi * sd * sd);
  };
}

PointTruth modes_truth(std::vector<std::vector<double>> centres, double sd, double extent) {
  const double share = -std::log(static_cast<double>(centres.size()));
  auto density = mixture_density(centres, std::vector<double>(centres.size(), share), sd);
  return {.dimensions = static_cast<std::int64_t>(centres.front().size()),
          .centres = std::move(centres),
          .sd = sd,
          .extent = extent,
          .log_density = std::move(density)};
}

/// Nodes of three-point Gauss-Legendre panels along curves: the noisy curve as a fine mixture.
template <class Place>
std::function<double(std::span<const double>)> curve_density(int curves, double length, double sd,
                                                             const Place& place) {
  // Panels shorter than sd leave an error far below one per mille; the cap bounds the memory.
  const int panels = static_cast<int>(std::clamp(std::ceil(length / sd), 32.0, 20000.0));
  const std::array<double, 3> offsets = {-std::sqrt(0.6), 0, std::sqrt(0.6)};
  constexpr std::array<double, 3> kWeights = {5.0 / 18, 8.0 / 18, 5.0 / 18};
  std::vector<std::vector<double>> nodes;
  std::vector<double> weights;
  for (int curve = 0; curve < curves; ++curve) {
    for (int panel = 0; panel < panels; ++panel) {
      for (std::size_t k = 0; k < 3; ++k) {
        nodes.push_back(place(curve, (panel + 0.5 + 0.5 * offsets[k]) / panels));
        weights.push_back(std::log(kWeights[k] / (panels * static_cast<double>(curves))));
      }
    }
  }
  return mixture_density(nodes, std::move(weights), sd);
}

/// log of the mean of exp(z u) over the unit sphere of D dimensions, u one coordinate, z >= 0:
/// Gamma(D/2) (2/z)^nu I_nu(z) with nu = D/2 - 1, the normaliser of von Mises and Fisher.
double log_sphere_mean(std::int64_t dimensions, double z) {
  const double nu = 0.5 * static_cast<double>(dimensions) - 1;
  if (z < 1e-3) return z * z / (4 * (nu + 1));
  double log_bessel = 0;
  if (z < 600) {
    log_bessel = std::log(std::cyl_bessel_i(nu, z));
  } else {
    // Hankel's expansion (Abramowitz and Stegun 9.7.1), down to the last bit or its smallest term.
    double sum = 1;
    double term = 1;
    for (int k = 1; std::abs(term) > 1e-17; ++k) {
      const double odd = 2 * k - 1;
      const double next = -term * (4 * nu * nu - odd * odd) / (8 * z * k);
      if (std::abs(next) > std::abs(term)) break;
      term = next;
      sum += term;
    }
    log_bessel = z - 0.5 * std::log(2 * pi * z) + std::log(sum);
  }
  return std::lgamma(nu + 1) + nu * std::log(2 / z) + log_bessel;
}

std::int64_t dimensions(const RingWorld&) {
  return 2;
}
std::int64_t dimensions(const GridWorld&) {
  return 2;
}
std::int64_t dimensions(const LineWorld&) {
  return 1;
}
std::int64_t dimensions(const MoonsWorld&) {
  return 2;
}
std::int64_t dimensions(const SwissRollWorld&) {
  return 2;
}
std::int64_t dimensions(const ShellsWorld& world) {
  return world.dimensions;
}

std::int64_t label_count(const LineWorld& world) {
  return world.modes;
}
std::int64_t label_count(const RingWorld& world) {
  return world.modes;
}
std::int64_t label_count(const GridWorld& world) {
  return world.side * world.side;
}
std::int64_t label_count(const MoonsWorld&) {
  return 2;
}
std::int64_t label_count(const SwissRollWorld&) {
  return 0;
}
std::int64_t label_count(const ShellsWorld& world) {
  return world.shells;
}

std::string parameters(const LineWorld& w) {
  return cat("modes=", w.modes, " spacing=", w.spacing, " sd=", w.sd);
}
std::string parameters(const RingWorld& w) {
  return cat("modes=", w.modes, " radius=", w.radius, " sd=", w.sd);
}
std::string parameters(const GridWorld& w) {
  return cat("side=", w.side, " spacing=", w.spacing, " sd=", w.sd);
}
std::string parameters(const MoonsWorld& w) {
  return cat("sd=", w.sd);
}
std::string parameters(const SwissRollWorld& w) {
  return cat("sd=", w.sd);
}
std::string parameters(const ShellsWorld& w) {
  const std::string space = w.dimensions == 2 ? "" : cat(" dimensions=", w.dimensions);
  return cat("shells=", w.shells, space, " sd=", w.sd);
}

template <class World>
class WorldSource final : public Source {
 public:
  WorldSource(const World& world, Split split) : world_(world), split_(split) {
    fields_.push_back({"x", codec::ElementType::kF32, {dimensions(world)}});
    if (classes() > 0) fields_.push_back({"label", codec::ElementType::kI64, {}});
  }
  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return kEndless; }
  std::int64_t classes() const override { return label_count(world_); }
  void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const override {
    auto* x = numbers<float>(out[0]);
    auto* label = out.size() > 1 ? numbers<std::int64_t>(out[1]) : nullptr;
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const Point point = world_point(world_, split_, static_cast<std::uint64_t>(indices[i]));
      for (const double coordinate : point.x) *x++ = static_cast<float>(coordinate);
      if (label != nullptr) label[i] = point.label;
    }
  }
  std::string fingerprint() const override {
    return cat(World::kName, " v1 ", parameters(world_),
               split_ == Split::kTrain ? " split=train" : " split=test");
  }

 private:
  World world_;
  Split split_;
  std::vector<FieldSpec> fields_;
};

template <class World>
std::shared_ptr<Source> world_source(const World& world, Split split, const std::string& path) {
  if (!path.empty()) {
    throw Error(ErrorCode::kUsage, "data",
                cat("the world '", World::kName, "' draws its own samples: got the data path '",
                    path, "'; leave it out, or choose data.name = \"idx\""));
  }
  return std::make_shared<WorldSource<World>>(world, split);
}

}  // namespace

Point world_point(const LineWorld& world, Split split, std::uint64_t index) {
  const auto draw = point_draw<LineWorld>(split, index);
  const std::int64_t mode = draw.below(world.modes);
  return noisy(line_centre(world, mode), world.sd, draw.noise, mode);
}

Point world_point(const RingWorld& world, Split split, std::uint64_t index) {
  const auto draw = point_draw<RingWorld>(split, index);
  const std::int64_t mode = draw.below(world.modes);
  return noisy(ring_centre(world, mode), world.sd, draw.noise, mode);
}

Point world_point(const GridWorld& world, Split split, std::uint64_t index) {
  const auto draw = point_draw<GridWorld>(split, index);
  const std::int64_t mode = draw.below(world.side * world.side);
  return noisy(grid_centre(world, mode), world.sd, draw.noise, mode);
}

Point world_point(const MoonsWorld& world, Split split, std::uint64_t index) {
  const auto draw = point_draw<MoonsWorld>(split, index);
  const std::int64_t moon = draw.below(2);
  return noisy(moon_place(static_cast<int>(moon), draw.along), world.sd, draw.noise, moon);
}

Point world_point(const SwissRollWorld& world, Split split, std::uint64_t index) {
  const auto draw = point_draw<SwissRollWorld>(split, index);
  return noisy(roll_place(draw.along), world.sd, draw.noise, -1);
}

Point world_point(const ShellsWorld& world, Split split, std::uint64_t index) {
  const auto draw = point_draw<ShellsWorld>(split, index);
  const std::int64_t shell = draw.below(world.shells);
  const double radius = shell_radius(world, shell);
  if (world.dimensions == 2) {
    const double angle = 2 * pi * draw.along;
    return noisy({radius * std::cos(angle), radius * std::sin(angle)}, world.sd, draw.noise, shell);
  }
  // A direction, then the noise, from a sequence of their own.
  auto random = PhiloxSequence::of(world_key<ShellsWorld>(split), index, 1);
  std::vector<double> place(static_cast<std::size_t>(world.dimensions));
  for (double& coordinate : place) coordinate = random.normal();
  std::vector<double> noise(place.size());
  for (double& coordinate : noise) coordinate = random.normal();
  const double length =
      std::sqrt(std::inner_product(place.begin(), place.end(), place.begin(), 0.0));
  for (double& coordinate : place) coordinate *= radius / length;
  return noisy(std::move(place), world.sd, noise, shell);
}

PointTruth point_truth(const LineWorld& world) {
  std::vector<std::vector<double>> centres;
  for (std::int64_t k = 0; k < world.modes; ++k) centres.push_back(line_centre(world, k));
  const double edge = centres.back()[0];
  return modes_truth(std::move(centres), world.sd, edge + 5 * world.sd);
}

PointTruth point_truth(const RingWorld& world) {
  std::vector<std::vector<double>> centres;
  for (std::int64_t k = 0; k < world.modes; ++k) centres.push_back(ring_centre(world, k));
  return modes_truth(std::move(centres), world.sd, world.radius + 5 * world.sd);
}

PointTruth point_truth(const GridWorld& world) {
  std::vector<std::vector<double>> centres;
  for (std::int64_t k = 0; k < world.side * world.side; ++k) {
    centres.push_back(grid_centre(world, k));
  }
  const double edge = 0.5 * world.spacing * static_cast<double>(world.side - 1);
  return modes_truth(std::move(centres), world.sd, edge + 5 * world.sd);
}

PointTruth point_truth(const MoonsWorld& world) {
  return {.sd = world.sd,
          .extent = 1.5 + 5 * world.sd,
          .log_density = curve_density(2, pi, world.sd, moon_place)};
}

PointTruth point_truth(const SwissRollWorld& world) {
  // Equal steps of t make the longest panels at the rim, where the speed is 3 pi per unit of u.
  return {.sd = world.sd,
          .extent = 1 + 5 * world.sd,
          .log_density = curve_density(1, 3 * pi, world.sd,
                                       [](int, double along) { return roll_place(along); })};
}

PointTruth point_truth(const ShellsWorld& world) {
  // A sphere with round noise: the Gaussian at distance sqrt(r^2 + R^2) times the mean over the
  // sphere of exp(r R cos / s^2).
  const auto density = [world](std::span<const double> x) {
    const double variance = world.sd * world.sd;
    const double square = std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
    const double sum = log_sum(static_cast<std::size_t>(world.shells), [&](std::size_t k) {
      const double radius = shell_radius(world, static_cast<std::int64_t>(k));
      return log_sphere_mean(world.dimensions, std::sqrt(square) * radius / variance) -
             0.5 * (square + radius * radius) / variance;
    });
    return sum - std::log(static_cast<double>(world.shells)) -
           0.5 * static_cast<double>(world.dimensions) * std::log(2 * pi * variance);
  };
  return {.dimensions = world.dimensions,
          .sd = world.sd,
          .extent = 1 + 5 * world.sd,
          .log_density = density};
}

std::shared_ptr<Source> make_source(const LineWorld& world, Split split, const std::string& path) {
  return world_source(world, split, path);
}
std::shared_ptr<Source> make_source(const RingWorld& world, Split split, const std::string& path) {
  return world_source(world, split, path);
}
std::shared_ptr<Source> make_source(const GridWorld& world, Split split, const std::string& path) {
  return world_source(world, split, path);
}
std::shared_ptr<Source> make_source(const MoonsWorld& world, Split split, const std::string& path) {
  return world_source(world, split, path);
}
std::shared_ptr<Source> make_source(const SwissRollWorld& world, Split split,
                                    const std::string& path) {
  return world_source(world, split, path);
}
std::shared_ptr<Source> make_source(const ShellsWorld& world, Split split,
                                    const std::string& path) {
  return world_source(world, split, path);
}

}  // namespace saddle::data
