#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "saddle/dynamics/stepper.h"
#include "saddle/game/game.h"
#include "saddle/tensor/named.h"

namespace saddle::monitor {

/// One number of a tick. Names are paths: "loss.generator.total", "gradient_norm.discriminator".
struct Signal {
  std::string name;
  double value = 0;
};

/// Where numbers first went wrong.
struct BadNumber {
  /// "generator.0.weight gradient", "discriminator loss"; where these stay finite to the end of a
  /// tick, "generator.0.weight" or "logits.fake" with the tick's last step
  std::string tensor;
  std::int64_t step = -1;
};

/// What a tick saw.
struct Reading {
  /// "loss.*": means over the steps of the tick; "gradient_norm.*": root mean square over them;
  /// "weight_norm.*": now; "logits.*", "accuracy.discriminator", "pairs_ordered": of the last step.
  std::vector<Signal> signals;
  NamedTensors samples;  ///< float32 on the CPU for histograms: logits.real, logits.fake
  BadNumber bad;         ///< step -1: all numbers were finite

  /// The value of a signal, or NaN.
  double value(std::string_view name) const;
};

/// Collects numbers on the device while training; nothing is read before `read`.
class SignalBook {
 public:
  /// Notes the losses, gradients and observations of one step. No device sync.
  void observe(const StepReport& report, Game& game, std::int64_t step);
  /// Everything since the last call, read from the device. `anchored`: the sign of a logit means
  /// something, so that accuracy is a signal.
  Reading read(Game& game, bool anchored);
  /// The sums so far, so that a resumed run logs what an unbroken one would.
  void state(StateVisitor& visitor);

 private:
  struct Mean {
    std::string name;
    at::Tensor sum;
    std::int64_t count = 0;
  };
  struct Watched {
    std::vector<std::string> names;  ///< one per watched tensor of a player
    at::Tensor norm_sums;            ///< [T]
    at::Tensor first_bad;            ///< [T] int64, -1: fine so far
    std::int64_t count = 0;
    std::int64_t place = 0;  ///< among the moves of a step, 0 first
  };

  void add(std::string name, const at::Tensor& value);
  void watch(const Move& moved, const Player& player, std::int64_t place, std::int64_t step);
  void read_watched(Game& game, Reading& reading) const;
  /// The first loss or gradient since the last `read` that was not finite.
  BadNumber first_bad() const;
  void read_logits(Reading& reading, bool anchored) const;
  void find_bad_at_end(Game& game, Reading& reading) const;

  std::vector<Mean> means_;
  std::vector<Watched> watched_;
  NamedTensors last_observed_;
  std::int64_t last_step_ = -1;
};

/// The first parameter or buffer of the state that holds NaN or Inf, or "".
std::string first_not_finite(const StateDict& state);

/// What the numbers say, in a few words for the status line: "balanced", "D is ahead", "D sees
/// through every fake", "G is ahead", "D is fooled", "G gets no gradient", "not a number". Only
/// signals that are valid for the objective speak.
std::string in_words(const Reading& reading, bool anchored);

}  // namespace saddle::monitor
