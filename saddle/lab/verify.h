#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saddle/base/json.h"

namespace saddle::lab {

/// One tensor of a recorded trace against the same tensor of its replay.
struct TraceCheck {
  std::string pair, objective;
  std::string key;    ///< of the recorded file: "grad.D.0.2.weight", "loss_g", "final.G.0.bias"
  double value = 0;   ///< max |a - b| / (atol + rtol |b|); infinite where a or b is not there
  std::string what;   ///< why the two cannot be compared, or ""
  bool pass = false;  ///< value <= 1

  /// "<pair>/<objective>/<key>".
  std::string name() const;
};

/// All checks of a trace: pairs and objectives by name, keys as training makes them, then the
/// recorded ones that training does not make.
struct TraceReport {
  std::vector<TraceCheck> checks;

  bool pass() const;
};

/// How a trace is replayed; every choice gives the recorded numbers, up to rounding.
struct VerifyOptions {
  /// Gradients by tangents where networks are piecewise linear, as runs find them. Off, all are
  /// found by autograd, whose sums round as those of the recorded program most likely did: a sum
  /// that cancels to 0 there is 0 here too, and Adam makes nothing of it.
  bool exact_first_order = false;
  bool channels_last = false;  ///< memory layout of images and weights
};

/// Trains every pair of networks in `directory` as its trace says, in float64 on the CPU, and
/// compares each recorded tensor. The directory holds `expected.json` (steps, tolerances, rates,
/// losses), `<pair>_inputs.safetensors` (initial weights, samples, latents) and a file for each
/// objective: ns, hinge, lsgan, wgan_gp, ns_r1 or rpgan_r1r2. The layers follow from names and
/// shapes of the weights; see docs/lab-verify.md. Throws Error(kInput) for what is missing,
/// damaged or does not fit together.
TraceReport verify_trace(const std::filesystem::path& directory, const VerifyOptions& options = {});

/// {"id":"verify","title","pass","checks":[{"name","value","expected":0,"tolerance":1,"pass"}]}; a
/// value that is not finite becomes null.
Json trace_json(const TraceReport& report);

/// A line for each pair and objective, each failing check, and a last line that sums up.
std::string trace_text(const TraceReport& report);

}  // namespace saddle::lab
