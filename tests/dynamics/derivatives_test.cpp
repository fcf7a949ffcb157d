// Products with the Jacobian of a game of networks, against differences of its gradients.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "saddle/dynamics/tensor_moves.h"
#include "saddle/tensor/random.h"
#include "tests/game/fixtures.h"

namespace saddle {
namespace {

using objective::PenaltyConfig;

// A game under its own plain optimizers, evaluated once.
struct Evaluated {
  explicit Evaluated(const fixture::Pieces& pieces) : game(fixture::make_game(pieces)) {
    for (const Player& player : game->players()) {
      optimizers.push_back(make_optimizer(Sgd{.lr = .1}, player));
    }
    moves = std::make_unique<TensorMoves>(*game, optimizers);
    moves->begin_step();
    evaluate_all(*moves);
  }

  Profile<TensorSpace> random_profile(std::uint64_t seed) {
    Profile<TensorSpace> r;
    for (std::size_t p = 0; p < 2; ++p) {
      r.push_back(TensorSpace::zeros_like(moves->point(p)));
      for (std::size_t i = 0; i < r[p].size(); ++i) {
        r[p][i].copy_(random_normal(Streams(seed).at("probe", 100 * p + i), r[p][i].sizes(),
                                    at::TensorOptions().dtype(at::kDouble)));
      }
    }
    return r;
  }

  // Directions of all players, e along r from here.
  Profile<TensorSpace> directions_along(const Profile<TensorSpace>& r, double e) {
    for (std::size_t p = 0; p < 2; ++p) TensorSpace::axpy(moves->point(p), e, r[p]);
    for (std::size_t p = 2; p-- > 0;) moves->imagine(p);
    Profile<TensorSpace> found = directions_of(*moves);
    for (std::size_t p = 0; p < 2; ++p) TensorSpace::axpy(moves->point(p), -e, r[p]);
    return found;
  }

  std::unique_ptr<AdversarialGame> game;
  std::vector<std::unique_ptr<Optimizer>> optimizers;
  std::unique_ptr<TensorMoves> moves;
};

PenaltyConfig all_penalties() {
  PenaltyConfig penalty;
  std::get<0>(penalty) = objective::R1{.gamma = .3};
  std::get<1>(penalty) = objective::R2{.gamma = .7};
  std::get<2>(penalty) = objective::WganGp{.lambda = .5};
  return penalty;
}

std::vector<std::pair<std::string, fixture::Pieces>> games() {
  fixture::Pieces images;
  images.data = {.channels = 1, .resolution = 16};
  images.generator = nn::DcganGenerator{.latent = 4, .width = 2};
  images.discriminator = nn::DcganDiscriminator{.width = 2, .norm = nn::Norm::kSpectral};
  return {{"points", {}},
          {"points with penalties", {.penalty = all_penalties()}},
          {"relativistic points",
           {.objective = objective::PairedRelativistic{}, .penalty = all_penalties()}},
          {"images with batch norm and labels", fixture::images_with_state()},
          {"images with spectral norm", images}};
}

// Leaky units have kinks that a longer step would cross.
constexpr double kStep = 1e-6;
constexpr double kOfDifferences = 1e-5;

TEST(JacobianOfNetworks, ProductsAreDifferencesOfTheGradients) {
  for (const auto& [name, pieces] : games()) {
    SCOPED_TRACE(name);
    // The vectors of power iteration follow the weights but count as constants in gradients.
    if (name == "images with spectral norm") continue;
    Evaluated e(pieces);
    const Profile<TensorSpace> r = e.random_profile(1);
    const auto up = e.directions_along(r, kStep), down = e.directions_along(r, -kStep);
    for (std::size_t p = 2; p-- > 0;) e.moves->imagine(p);
    for (std::size_t p = 0; p < 2; ++p) {
      TensorSpace::Vector expected = up[p];
      TensorSpace::axpy(expected, -1, down[p]);
      TensorSpace::scale(expected, 1 / (2 * kStep));
      EXPECT_LT(fixture::distance(e.moves->product(p, r), expected), kOfDifferences) << p;
    }
  }
}

TEST(JacobianOfNetworks, TransposedProductsAreTheAdjoint) {
  for (const auto& [name, pieces] : games()) {
    SCOPED_TRACE(name);
    Evaluated e(pieces);
    const Profile<TensorSpace> r = e.random_profile(1), s = e.random_profile(2);
    const Profile<TensorSpace> turned{e.moves->product(0, r), e.moves->product(1, r)};
    using Profiles = ProfileSpace<TensorSpace>;
    const double left = Profiles::dot(s, turned), right = Profiles::dot(e.moves->transposed(s), r);
    EXPECT_NEAR(left / right, 1, 1e-10);
    // An empty vector is zero.
    const Profile<TensorSpace> only_d{{}, s[1]};
    Profile<TensorSpace> full = s;
    TensorSpace::scale(full[0], 0);
    const auto a = e.moves->transposed(only_d), b = e.moves->transposed(full);
    for (std::size_t p = 0; p < 2; ++p) EXPECT_LT(fixture::distance(a[p], b[p]), 1e-12);
  }
}

TEST(JacobianOfNetworks, TheGeneratorsLossIsFollowedThroughTheDiscriminator) {
  // Cross gradients change where the generator's direction does: d(cross)/dx = (dv_x/dy)^T.
  Evaluated e({.penalty = all_penalties()});
  const Profile<TensorSpace> r = e.random_profile(3);
  const auto cross_at = [&](double step) {
    TensorSpace::axpy(e.moves->point(0), step, r[0]);
    e.moves->imagine(0);
    const auto found = e.moves->cross(0, 1);
    TensorSpace::axpy(e.moves->point(0), -step, r[0]);
    return found;
  };
  TensorSpace::Vector expected = cross_at(kStep);
  TensorSpace::axpy(expected, -1, cross_at(-kStep));
  TensorSpace::scale(expected, 1 / (2 * kStep));
  e.moves->imagine(0);
  EXPECT_LT(fixture::distance(e.moves->transposed({r[0], {}})[1], expected), kOfDifferences);
}

}  // namespace
}  // namespace saddle
