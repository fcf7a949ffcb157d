#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "saddle/config/visitor.h"
#include "saddle/dynamics/method.h"

namespace saddle {

/// What the second evaluation of an extragradient step looks at.
enum class Rounds {
  kSame,   ///< the random inputs of the first: noise does not spoil the correction
  kFresh,  ///< inputs of its own
};
inline constexpr std::array<std::string_view, 2> kRoundsWords{"same", "fresh"};

/// A look ahead, then the step from where one stood along the directions found there (Korpelevich
/// 1976; Gidel 2019, arXiv:1802.10551). With Adam this is ExtraAdam: moments see both evaluations.
/// The same inputs twice after Mishchenko 2020, arXiv:1905.11373.
struct Extragradient {
  static constexpr std::string_view kName = "extragradient";
  static constexpr std::string_view kDoc = "look one step ahead, move by what is found there";
  static constexpr Needs kNeeds{};
  Rounds rounds = Rounds::kSame;

  std::int64_t discriminator_rounds() const { return rounds == Rounds::kFresh ? 2 : 1; }
  void fields(config::Visitor& v) {
    v.choice("rounds", rounds, kRoundsWords,
             "random inputs of the second evaluation: those of the first, or fresh ones");
  }
  bool operator==(const Extragradient&) const = default;
};

template <Movable M>
class Method<Extragradient, M> : public Nothing {
  using S = typename M::SpaceType;

 public:
  Method(const Extragradient& row, M& game) : row_(row), start_(zeros_of(game)) {}

  void step(M& game) {
    evaluate_all(game);
    save_points(game, start_);
    for (std::size_t p = game.player_count(); p-- > 0;) {
      game.move(p);
      game.project(p);
    }
    for (std::size_t p = game.player_count(); p-- > 0;) {
      row_.rounds == Rounds::kSame ? game.evaluate_again(p) : game.evaluate(p);
    }
    restore_points(game, start_);
    apply_all(game);
  }

 private:
  Extragradient row_;
  Profile<S> start_;
};

}  // namespace saddle
