#include "saddle/tensor/ledger.h"

namespace saddle {

void Ledger::apply() {
  // Moved out first: a change that throws must not be applied twice.
  const auto changes = std::move(changes_);
  changes_.clear();
  for (const Change& change : changes) change.apply();
}

}  // namespace saddle
