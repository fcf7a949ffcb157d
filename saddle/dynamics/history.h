#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/config/visitor.h"
#include "saddle/dynamics/method.h"
#include "saddle/dynamics/order.h"

namespace saddle {

/// Every player also pays weight |z - mean of its iterates|^2 (Salimans 2016, arXiv:1606.03498,
/// section 3.3).
struct HistoricalAveraging {
  static constexpr std::string_view kName = "historical_averaging";
  static constexpr std::string_view kDoc = "players are held to the mean of where they have been";
  static constexpr Needs kNeeds{};
  double weight = 1e-3;
  Order order = Order::kDiscriminatorFirst;

  std::int64_t discriminator_rounds() const { return 1; }
  void fields(config::Visitor& v) {
    v.field("weight", weight, "of the squared distance to the mean", config::kNotNegative);
    v.choice("order", order, kOrderWords, kOrderDoc);
  }
  bool operator==(const HistoricalAveraging&) const = default;
};

/// Which points of the past a player is remembered by.
enum class Keep {
  kRecent,  ///< the latest
  kSpread,  ///< spread evenly over the whole past: of too many, every other one is forgotten
};
inline constexpr std::array<std::string_view, 2> kKeepWords{"recent", "spread"};

/// The generator plays against a mixture of past discriminators and the discriminator against past
/// generators (Brown 1951; Ge 2018, arXiv:1803.08647; Oliehoek 2018, arXiv:1806.07268). What ships
/// is the mixture of the generators remembered; a remembered player is its parameters, under the
/// present one's buffers. Without bounded strategies history is delay: on the bilinear game this
/// spirals out faster.
struct FictitiousPlay {
  static constexpr std::string_view kName = "fictitious_play";
  static constexpr std::string_view kDoc = "each player against a mixture of the other's past";
  static constexpr Needs kNeeds{.two_players = true};
  std::int64_t discriminators = 5;
  std::int64_t generators = 5;
  std::int64_t draws = 1;
  std::int64_t every = 100;
  Keep keep = Keep::kSpread;
  Order order = Order::kDiscriminatorFirst;

  std::int64_t discriminator_rounds() const { return 1; }
  void fields(config::Visitor& v) {
    v.field("discriminators", discriminators,
            "discriminators that the generator plays against, the present one included",
            {.low = 1, .high = 1000});
    v.field("generators", generators,
            "generators that the discriminator plays against, the present one included",
            {.low = 1, .high = 1000});
    v.field("draws", draws, "how many of these one update looks at, in turn; 0: all",
            {.low = 0, .high = 1000});
    v.field("every", every, "steps from one point that is remembered to the next", {.low = 1});
    v.choice("keep", keep, kKeepWords, "recent: the latest; spread: evenly over the whole past");
    v.choice("order", order, kOrderWords, kOrderDoc);
  }
  bool operator==(const FictitiousPlay&) const = default;
};

template <Movable M>
class Method<HistoricalAveraging, M> {
  using S = typename M::SpaceType;

 public:
  Method(const HistoricalAveraging& row, M& game) : row_(row), mean_(zeros_of(game)) {}

  void step(M& game) {
    ++steps_;
    for (std::size_t p = 0; p < mean_.size(); ++p) {
      S::scale(mean_[p], 1 - 1.0 / static_cast<double>(steps_));
      S::axpy(mean_[p], 1.0 / static_cast<double>(steps_), game.point(p));
    }
    in_order(row_.order, game, [&](std::size_t p) {
      const double pull = -2 * M::kSign * row_.weight;
      S::axpy(game.direction(p), pull, game.point(p));
      S::axpy(game.direction(p), -pull, mean_[p]);
      apply(game, p);
    });
  }

  template <class Visit>
  void remember(Visit& visit) {
    visit.profile("mean", mean_);
    visit.number("steps", steps_);
  }

 private:
  HistoricalAveraging row_;
  Profile<S> mean_;
  std::int64_t steps_ = 0;
};

/// Points of one player's past, at most `capacity`.
template <Space S>
class History {
  using Vector = typename S::Vector;

 public:
  History(std::size_t capacity, Keep keep, std::int64_t every, const Vector& like)
      : keep_(keep), every_(every), points_(zeros_like<S>(like, capacity)) {}

  /// Called once a step with where the player stands.
  void record(const Vector& point) {
    // A span is remembered by its last point, so that the start weighs no more than any other.
    ++steps_;
    if (points_.empty() || steps_ % (every_ * stride_) != 0) return;
    if (keep_ == Keep::kSpread && size() == points_.size()) {
      thin();
      if (steps_ % (every_ * stride_) != 0) return;
    }
    S::copy(points_[static_cast<std::size_t>(count_) % points_.size()], point);
    ++count_;
  }

  std::size_t size() const { return std::min(static_cast<std::size_t>(count_), points_.size()); }
  const Vector& operator[](std::size_t i) const { return points_[i]; }

  template <class Visit>
  void remember(Visit& visit, std::string_view name, std::size_t player) {
    visit.points(name, player, points_);
    visit.number(std::string(name) + "_steps", steps_);
    visit.number(std::string(name) + "_count", count_);
    visit.number(std::string(name) + "_stride", stride_);
  }

 private:
  // Of each two the later one stays.
  void thin() {
    std::size_t kept = 0;
    for (std::size_t i = 1; i < points_.size(); i += 2) std::swap(points_[kept++], points_[i]);
    count_ = static_cast<std::int64_t>(kept);
    stride_ *= 2;
  }

  Keep keep_;
  std::int64_t every_;
  std::vector<Vector> points_;
  std::int64_t steps_ = 0, count_ = 0, stride_ = 1;
};

template <Movable M>
class Method<FictitiousPlay, M> {
  using S = typename M::SpaceType;
  using Vector = typename S::Vector;

 public:
  Method(const FictitiousPlay& row, M& game) : row_(row), sums_(zeros_of(game)) {
    for (std::size_t p = 0; p < 2; ++p) {
      const std::int64_t seen = p == kGenerator ? row.generators : row.discriminators;
      past_.emplace_back(static_cast<std::size_t>(seen - 1), row.keep, row.every, game.point(p));
      present_.push_back(S::zeros_like(game.point(p)));
    }
  }

  void step(M& game) {
    const auto update = [&](std::size_t p) {
      past_[p].record(game.point(p));
      apply(game, p);
    };
    if (row_.order == Order::kSimultaneous) {
      for (const std::size_t p : {kDiscriminator, kGenerator}) evaluate(game, p);
      for (const std::size_t p : {kDiscriminator, kGenerator}) update(p);
    } else {
      const bool generator_first = row_.order == Order::kGeneratorFirst;
      for (const std::size_t i : {kGenerator, kDiscriminator}) {
        const std::size_t p = generator_first ? i : 1 - i;
        evaluate(game, p);
        update(p);
      }
    }
    ++steps_;
  }

  /// The generators remembered; the present one while there are none.
  std::vector<const Vector*> shipped(std::size_t player) const {
    std::vector<const Vector*> members;
    for (std::size_t i = 0; i < past_[player].size(); ++i) members.push_back(&past_[player][i]);
    return members;
  }

  template <class Visit>
  void remember(Visit& visit) {
    past_[kGenerator].remember(visit, "past_generators", kGenerator);
    past_[kDiscriminator].remember(visit, "past_discriminators", kDiscriminator);
    visit.number("steps", steps_);
  }

 private:
  // The mean direction against the opponent as it is and as it was.
  void evaluate(M& game, std::size_t player) {
    const std::size_t other = 1 - player;
    const History<S>& past = past_[other];
    const std::size_t opponents = past.size() + 1;
    const std::size_t looks =
        row_.draws == 0 ? opponents : std::min<std::size_t>(row_.draws, opponents);
    if (opponents == 1) return game.evaluate(player);
    S::copy(present_[other], game.point(other));
    S::scale(sums_[player], 0);
    for (std::size_t i = 0; i < looks; ++i) {
      const std::size_t who = (static_cast<std::size_t>(steps_) * looks + i) % opponents;
      S::copy(game.point(other), who == 0 ? present_[other] : past[who - 1]);
      if (i == 0) {
        game.evaluate(player);
        // An opponent of the past leaves no trace in the state of the present one.
        if (who != 0) game.keep_own(player);
      } else {
        game.imagine(player);
      }
      S::axpy(sums_[player], 1.0 / static_cast<double>(looks), game.direction(player));
    }
    S::copy(game.point(other), present_[other]);
    S::copy(game.direction(player), sums_[player]);
  }

  FictitiousPlay row_;
  std::vector<History<S>> past_;
  Profile<S> present_, sums_;
  std::int64_t steps_ = 0;
};

}  // namespace saddle
