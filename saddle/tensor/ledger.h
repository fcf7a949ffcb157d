#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace saddle {

/// Changes of state that an evaluation wants, in call order: batch-norm statistics, spectral-norm
/// vectors, replay pools, running means. Nothing changes until apply(); a probe drops its ledger.
class Ledger {
 public:
  void record(std::function<void()> change) { changes_.push_back({owner_, std::move(change)}); }
  /// What is recorded from here on is state of this player.
  void owned_by(std::size_t player) { owner_ = player; }
  /// Forgets what is state of other players: they did not stand where they stand now.
  void keep_only(std::size_t player) {
    std::erase_if(changes_, [&](const Change& change) { return change.owner != player; });
  }
  /// Applies every change once, in the order recorded, and forgets them.
  void apply();
  bool empty() const { return changes_.empty(); }

 private:
  struct Change {
    std::size_t owner;
    std::function<void()> apply;
  };
  std::size_t owner_ = 0;
  std::vector<Change> changes_;
};

}  // namespace saddle
