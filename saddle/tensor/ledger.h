#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace saddle {

/// Changes of state that an evaluation wants, in call order: batch-norm statistics, spectral-norm
/// vectors, replay pools, running means. Nothing changes until apply(); a probe drops its ledger.
class Ledger {
 public:
  void record(std::function<void()> change) { changes_.push_back(std::move(change)); }
  /// Applies every change once, in the order recorded, and forgets them.
  void apply();
  bool empty() const { return changes_.empty(); }

 private:
  std::vector<std::function<void()>> changes_;
};

}  // namespace saddle
