#include "saddle/data/worlds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

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
PointDraw point_draw(Split split, std::uint64_t index) {
  static const std::uint64_t train = stream_key(0, cat(World::kName, "/train"));
  static const std::uint64_t test = stream_key(0, cat(World::kName, "/test"));
  const auto words =
      philox({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), 0, 0},
             philox_key(split == Split::kTrain ? train : test));
  return {words[0], words[1] * 0x1p-32, normal_pair(words[2], words[3])};
}

Point noisy(std::array<double, 2> centre, double sd, const PointDraw& draw, std::int64_t label) {
  return {centre[0] + sd * draw.noise[0], centre[1] + sd * draw.noise[1], label};
}

std::array<double, 2> ring_centre(const RingWorld& world, std::int64_t mode) {
  const double angle = 2 * pi * static_cast<double>(mode) / static_cast<double>(world.modes);
  return {world.radius * std::cos(angle), world.radius * std::sin(angle)};
}

std::array<double, 2> grid_centre(const GridWorld& world, std::int64_t mode) {
  const double middle = 0.5 * static_cast<double>(world.side - 1);
  return {world.spacing * (static_cast<double>(mode % world.side) - middle),
          world.spacing * (static_cast<double>(mode / world.side) - middle)};
}

std::array<double, 2> moon_place(std::int64_t moon, double along) {
  const double t = pi * along;
  const double sign = moon == 0 ? 1 : -1;
  return {sign * (std::cos(t) - 0.5), sign * (std::sin(t) - 0.25)};
}

std::array<double, 2> roll_place(double along) {
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
std::function<double(double, double)> mixture_density(std::vector<std::array<double, 2>> centres,
                                                      std::vector<double> log_weights, double sd) {
  auto data = std::make_shared<std::pair<std::vector<std::array<double, 2>>, std::vector<double>>>(
      std::move(centres), std::move(log_weights));
  return [data, sd](double x, double y) {
    const auto& c = data->first;
    const auto& w = data->second;
    return log_sum(c.size(),
                   [&](std::size_t i) {
                     const double dx = (x - c[i][0]) / sd;
                     const double dy = (y - c[i][1]) / sd;
                     return w[i] - 0.5 * (dx * dx + dy * dy);
                   }) -
           std::log(2 * pi * sd * sd);
  };
}

PointTruth modes_truth(std::vector<std::array<double, 2>> centres, double sd, double extent) {
  const double share = -std::log(static_cast<double>(centres.size()));
  std::vector<double> weights(centres.size(), share);
  return {centres, sd, extent, mixture_density(centres, std::move(weights), sd)};
}

/// Nodes of three-point Gauss-Legendre panels along curves: the noisy curve as a fine mixture.
template <class Place>
std::function<double(double, double)> curve_density(int curves, double length, double sd,
                                                    const Place& place) {
  // Panels shorter than sd leave an error far below one per mille; the cap bounds the memory.
  const int panels = static_cast<int>(std::clamp(std::ceil(length / sd), 32.0, 20000.0));
  const std::array<double, 3> offsets = {-std::sqrt(0.6), 0, std::sqrt(0.6)};
  constexpr std::array<double, 3> kWeights = {5.0 / 18, 8.0 / 18, 5.0 / 18};
  std::vector<std::array<double, 2>> nodes;
  std::vector<double> weights;
  for (int curve = 0; curve < curves; ++curve) {
    for (int panel = 0; panel < panels; ++panel) {
      for (std::size_t k = 0; k < 3; ++k) {
        nodes.push_back(place(curve, (panel + 0.5 + 0.5 * offsets[k]) / panels));
        weights.push_back(std::log(kWeights[k] / (panels * static_cast<double>(curves))));
      }
    }
  }
  return mixture_density(std::move(nodes), std::move(weights), sd);
}

/// log I0(z), z >= 0: the library's series, then the asymptotic one (Abramowitz and Stegun 9.7.1).
double log_bessel_i0(double z) {
  if (z < 50) return std::log(std::cyl_bessel_i(0.0, z));
  const double u = 1 / (8 * z);
  return z - 0.5 * std::log(2 * pi * z) + std::log1p(u * (1 + u * (4.5 + u * 37.5)));
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
  return cat("shells=", w.shells, " sd=", w.sd);
}

template <class World>
class WorldSource final : public Source {
 public:
  WorldSource(const World& world, Split split) : world_(world), split_(split) {
    fields_.push_back({"x", codec::ElementType::kF32, {2}});
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
      x[2 * i] = static_cast<float>(point.x);
      x[2 * i + 1] = static_cast<float>(point.y);
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

Point world_point(const RingWorld& world, Split split, std::uint64_t index) {
  const auto draw = point_draw<RingWorld>(split, index);
  const std::int64_t mode = draw.below(world.modes);
  return noisy(ring_centre(world, mode), world.sd, draw, mode);
}

Point world_point(const GridWorld& world, Split split, std::uint64_t index) {
  const auto draw = point_draw<GridWorld>(split, index);
  const std::int64_t mode = draw.below(world.side * world.side);
  return noisy(grid_centre(world, mode), world.sd, draw, mode);
}

Point world_point(const MoonsWorld& world, Split split, std::uint64_t index) {
  const auto draw = point_draw<MoonsWorld>(split, index);
  const std::int64_t moon = draw.below(2);
  return noisy(moon_place(moon, draw.along), world.sd, draw, moon);
}

Point world_point(const SwissRollWorld& world, Split split, std::uint64_t index) {
  const auto draw = point_draw<SwissRollWorld>(split, index);
  return noisy(roll_place(draw.along), world.sd, draw, -1);
}

Point world_point(const ShellsWorld& world, Split split, std::uint64_t index) {
  const auto draw = point_draw<ShellsWorld>(split, index);
  const std::int64_t shell = draw.below(world.shells);
  const double angle = 2 * pi * draw.along;
  const double radius = shell_radius(world, shell);
  return noisy({radius * std::cos(angle), radius * std::sin(angle)}, world.sd, draw, shell);
}

PointTruth point_truth(const RingWorld& world) {
  std::vector<std::array<double, 2>> centres;
  for (std::int64_t k = 0; k < world.modes; ++k) centres.push_back(ring_centre(world, k));
  return modes_truth(std::move(centres), world.sd, world.radius + 5 * world.sd);
}

PointTruth point_truth(const GridWorld& world) {
  std::vector<std::array<double, 2>> centres;
  for (std::int64_t k = 0; k < world.side * world.side; ++k) {
    centres.push_back(grid_centre(world, k));
  }
  const double edge = 0.5 * world.spacing * static_cast<double>(world.side - 1);
  return modes_truth(std::move(centres), world.sd, edge + 5 * world.sd);
}

PointTruth point_truth(const MoonsWorld& world) {
  return {{}, world.sd, 1.5 + 5 * world.sd, curve_density(2, pi, world.sd, [](int moon, double u) {
            return moon_place(moon, u);
          })};
}

PointTruth point_truth(const SwissRollWorld& world) {
  // Equal steps of t make the longest panels at the rim, where the speed is 3 pi per unit of u.
  return {{}, world.sd, 1 + 5 * world.sd, curve_density(1, 3 * pi, world.sd, [](int, double u) {
            return roll_place(u);
          })};
}

PointTruth point_truth(const ShellsWorld& world) {
  // A circle with round noise: exp(-(r^2 + R^2) / 2 s^2) I0(r R / s^2) / (2 pi s^2).
  const auto density = [world](double x, double y) {
    const double variance = world.sd * world.sd;
    const double r = std::hypot(x, y);
    const double sum = log_sum(static_cast<std::size_t>(world.shells), [&](std::size_t k) {
      const double radius = shell_radius(world, static_cast<std::int64_t>(k));
      return log_bessel_i0(r * radius / variance) - 0.5 * (r * r + radius * radius) / variance;
    });
    return sum - std::log(2 * pi * variance * static_cast<double>(world.shells));
  };
  return {{}, world.sd, 1 + 5 * world.sd, density};
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
