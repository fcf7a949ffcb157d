#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <variant>

#include "saddle/config/visitor.h"

namespace saddle {

/// Whether the players of one step see the same latents.
enum class Latents {
  kFresh,   ///< one draw an update
  kShared,  ///< the generator gets the latents of the last discriminator update, and its fakes too
};
inline constexpr std::array<std::string_view, 2> kLatentsWords{"fresh", "shared"};

/// What a dynamics asks of a game; a game that lacks it is refused by name.
struct Needs {
  bool losses = false;  ///< differentiable losses, not gradients only
  bool two_players = false;
};

/// All players move at once, from gradients at the same point.
struct Simultaneous {
  static constexpr std::string_view kName = "simultaneous";
  static constexpr std::string_view kDoc = "all players move at once";
  static constexpr Needs kNeeds{};
  void fields(config::Visitor&) {}
  bool operator==(const Simultaneous&) const = default;
};

/// The discriminator moves d_steps times, then the generator g_steps times.
struct Alternating {
  static constexpr std::string_view kName = "alternating";
  static constexpr std::string_view kDoc = "discriminator first, then generator";
  static constexpr Needs kNeeds{.two_players = true};
  std::int64_t d_steps = 1;
  std::int64_t g_steps = 1;
  Latents latents = Latents::kFresh;

  void fields(config::Visitor& v) {
    v.field("d_steps", d_steps, "discriminator updates of one step", {.low = 1, .high = 1000});
    v.field("g_steps", g_steps, "generator updates of one step", {.low = 1, .high = 1000});
    v.choice("latents", latents, kLatentsWords,
             "fresh: a draw an update; shared: the generator re-uses the discriminator's fakes");
  }
  bool operator==(const Alternating&) const = default;
};

/// The table of dynamics: one struct here, one function in steppers.h.
using DynamicsConfig = std::variant<Alternating, Simultaneous>;

/// Updates of the data-consuming player in one step.
inline std::int64_t discriminator_updates(const DynamicsConfig& config) {
  const auto* alternating = std::get_if<Alternating>(&config);
  return alternating != nullptr ? alternating->d_steps : 1;
}

}  // namespace saddle
