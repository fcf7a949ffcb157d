#include "saddle/game/game.h"

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle {

std::size_t player_index(Game& game, std::string_view name) {
  std::vector<std::string> known;
  const auto players = game.players();
  for (std::size_t i = 0; i < players.size(); ++i) {
    if (players[i].name == name) return i;
    known.push_back(players[i].name);
  }
  throw Error(ErrorCode::kUsage, "game", cat("no player '", name, "'", suggestion(name, known)));
}

}  // namespace saddle
