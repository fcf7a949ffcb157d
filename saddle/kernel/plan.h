#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "saddle/tensor/precision.h"

namespace saddle::kernel {

/// The three products of a convolution. A transposed convolution is an input gradient.
enum class ConvPass { kForward, kInputGradient, kWeightGradient };

/// Ways to compute one of them.
enum class ConvMethod {
  kLibrary,       ///< LibTorch in the layout that the tensors have
  kChannelsLast,  ///< LibTorch on channels-last copies
  kGemm,          ///< patches and one matrix product
  kFloat32,       ///< LibTorch on float32 copies of 16-bit tensors
};

/// One product that a plan decides about.
struct ConvCase {
  ConvPass pass = ConvPass::kForward;
  at::ScalarType dtype = at::kFloat;
  bool channels_last = false;            ///< layout of the tensors that come in
  std::array<std::int64_t, 4> input{};   ///< N, C, H, W of the larger map
  std::array<std::int64_t, 4> weight{};  ///< O, C, kh, kw
  std::int64_t stride = 1, padding = 0;

  std::int64_t out_height() const { return (input[2] + 2 * padding - weight[2]) / stride + 1; }
  std::int64_t out_width() const { return (input[3] + 2 * padding - weight[3]) / stride + 1; }
  /// "weight_gradient BFloat16 nhwc 32x64x32x32 128x64x4x4 s2 p1".
  std::string text() const;
};

/// Whether the CPU library's 16-bit weight gradient of this shape may be wrong.
bool is_guarded(const ConvCase& conv);

/// A table of choices. Thread-safe.
class ConvPlan {
 public:
  /// The choice for `conv`: from the table, else made now. `run` computes the product by a method
  /// and is timed unless `by_rule`. An entry of the table that would give a guarded product to the
  /// library is replaced.
  ConvMethod choose(const ConvCase& conv, bool by_rule, const std::function<void(ConvMethod)>& run);
  /// The table, one "case = method" a line, sorted.
  std::string text() const;
  /// Adds lines of text(). Throws Error(kInput) naming the first bad line.
  void add(std::string_view text);
  void clear();
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, ConvMethod> table_;
};

/// The choice by shape, dtype and CPU features alone.
ConvMethod method_by_rule(const ConvCase& conv);

// The one plan of the process. Convolutions on the CPU use it once a mode is set; until then the
// library chooses. Plans decide bits, so a run keeps them with its checkpoints.
enum class PlanMode { kOff, kRule, kMeasure };
void set_plan_mode(PlanMode mode);
PlanMode plan_mode();
/// kRule where `on`, else kMeasure.
void use_rules_only(bool on);
ConvPlan& process_plan();
/// process_plan().text() and .add().
std::string exported_plans();
void import_plans(std::string_view text);

/// This mode with an empty process plan; puts the mode and the plan of before back at its end.
class PlanScope {
 public:
  explicit PlanScope(PlanMode mode);
  ~PlanScope();
  PlanScope(const PlanScope&) = delete;
  PlanScope& operator=(const PlanScope&) = delete;

 private:
  PlanMode mode_before_;
  std::string plan_before_;
};

/// Milliseconds of a typical convolution (forward and both gradients) in each precision.
struct PrecisionTimes {
  double float32_ms = 0;
  double bfloat16_ms = 0;
};
PrecisionTimes measure_precisions(at::Device device);
/// The precision by the device's features alone: bfloat16 on a CPU with AMX tiles for it and on a
/// GPU of compute capability 8.0 or above, else float32.
Precision precision_by_rule(at::Device device);
/// In PlanMode::kRule precision_by_rule, else bfloat16 where `measure` finds it at least 10 %
/// faster on this device and float32 where not.
Precision fastest_precision(
    at::Device device,
    const std::function<PrecisionTimes(at::Device)>& measure = measure_precisions);

}  // namespace saddle::kernel
