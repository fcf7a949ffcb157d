#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "saddle/config/visitor.h"
#include "saddle/dynamics/method.h"

namespace saddle {

/// Whether the players of one step see the same latents.
enum class Latents {
  kFresh,   ///< one draw an update
  kShared,  ///< the generator gets the latents of the last discriminator update, and its fakes too
};
inline constexpr std::array<std::string_view, 2> kLatentsWords{"fresh", "shared"};

/// All players move at once, from gradients at the same point.
struct Simultaneous {
  static constexpr std::string_view kName = "simultaneous";
  static constexpr std::string_view kDoc = "all players move at once";
  static constexpr Needs kNeeds{};
  std::int64_t discriminator_rounds() const { return 1; }
  void fields(config::Visitor&) {}
  bool operator==(const Simultaneous&) const = default;
};

/// Who begins a step of alternation.
enum class First { kDiscriminator, kGenerator };
inline constexpr std::array<std::string_view, 2> kFirstWords{"discriminator", "generator"};

/// The discriminator moves d_steps times, then the generator g_steps times; or the other way round.
struct Alternating {
  static constexpr std::string_view kName = "alternating";
  static constexpr std::string_view kDoc = "in turn: discriminator first, then generator";
  static constexpr Needs kNeeds{.two_players = true};
  std::int64_t d_steps = 1;
  std::int64_t g_steps = 1;
  Latents latents = Latents::kFresh;
  First first = First::kDiscriminator;

  std::int64_t discriminator_rounds() const { return d_steps; }
  void fields(config::Visitor& v) {
    v.field("d_steps", d_steps, "discriminator updates of one step", {.low = 1, .high = 1000});
    v.field("g_steps", g_steps, "generator updates of one step", {.low = 1, .high = 1000});
    v.choice("latents", latents, kLatentsWords,
             "fresh: a draw an update; shared: the generator, moving second, re-uses the "
             "discriminator's fakes");
    v.choice("first", first, kFirstWords, "who begins a step");
  }
  bool operator==(const Alternating&) const = default;
};

template <Movable M>
class Method<Simultaneous, M> : public Nothing {
 public:
  Method(const Simultaneous&, M&) {}
  void step(M& game) {
    evaluate_all(game);
    apply_all(game);
  }
};

template <Movable M>
class Method<Alternating, M> : public Nothing {
 public:
  Method(const Alternating& row, M&) : row_(row) {}

  void step(M& game) {
    if (row_.first == First::kGenerator) {
      for (std::int64_t i = 0; i < row_.g_steps; ++i) update(game, kGenerator);
    }
    for (std::int64_t i = 0; i < row_.d_steps; ++i) update(game, kDiscriminator);
    if (row_.first == First::kGenerator) return;
    for (std::int64_t i = 0; i < row_.g_steps; ++i) {
      if (row_.latents == Latents::kShared && i == 0) {
        game.evaluate_shared(kGenerator);
        apply(game, kGenerator);
      } else {
        update(game, kGenerator);
      }
    }
  }

 private:
  static void update(M& game, std::size_t player) {
    game.evaluate(player);
    apply(game, player);
  }
  Alternating row_;
};

}  // namespace saddle
