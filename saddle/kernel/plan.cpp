#include "saddle/kernel/plan.h"

#include <ATen/Parallel.h>
#include <ATen/cpu/Utils.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/ones.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>
#include <atomic>
#include <limits>

#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/kernel/convolution_passes.h"

namespace saddle::kernel {
namespace {

constexpr std::string_view kPassNames[] = {"forward", "input_gradient", "weight_gradient"};
constexpr std::string_view kMethodNames[] = {"library", "channels_last", "gemm", "float32"};
constexpr ConvMethod kMethods[] = {ConvMethod::kLibrary, ConvMethod::kChannelsLast,
                                   ConvMethod::kGemm, ConvMethod::kFloat32};
constexpr int kTimedRuns = 3;

std::atomic<PlanMode> active_mode{PlanMode::kOff};

double milliseconds_of(const std::function<void()>& run, bool on_cpu) {
  // One thread's own time is not disturbed by other processes; several threads wait for each
  // other, which only the wall clock sees.
  const auto now = on_cpu && at::get_num_threads() == 1 ? thread_cpu_seconds : wall_seconds;
  const double start = now();
  run();
  return 1e3 * (now() - start);
}

/// The smallest of several times after one run that is not counted; gives up early on a method
/// that cannot come near `best`.
double best_time(const std::function<void()>& run, double best, bool on_cpu = true) {
  run();
  double fastest = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kTimedRuns; ++i) {
    fastest = std::min(fastest, milliseconds_of(run, on_cpu));
    if (fastest > 2 * best) break;
  }
  return fastest;
}

bool is_16_bit(at::ScalarType type) {
  return type == at::kBFloat16 || type == at::kHalf;
}

/// Whether the method gives the right product.
bool is_sound(const ConvCase& conv, ConvMethod method) {
  switch (method) {
    case ConvMethod::kLibrary:
    case ConvMethod::kChannelsLast:
      return conv.pass != ConvPass::kWeightGradient || !is_guarded(conv);
    case ConvMethod::kGemm:
      return true;
    case ConvMethod::kFloat32:
      return is_16_bit(conv.dtype);
  }
  return false;
}

/// Whether the method is worth a measurement.
bool is_candidate(const ConvCase& conv, ConvMethod method) {
  const bool same_as_library = method == ConvMethod::kChannelsLast && conv.channels_last;
  return is_sound(conv, method) && !same_as_library;
}

ConvMethod measured(const ConvCase& conv, const std::function<void(ConvMethod)>& run) {
  ConvMethod choice = ConvMethod::kGemm;
  double best = std::numeric_limits<double>::infinity();
  for (const ConvMethod method : kMethods) {
    if (!is_candidate(conv, method)) continue;
    const double time = best_time([&] { run(method); }, best);
    // A later method must win clearly: near ties would change from run to run.
    if (time < 0.95 * best) {
      best = time;
      choice = method;
    }
  }
  return choice;
}

/// What the CPU offers, as far as rules ask.
struct CpuFeatures {
  bool avx512 = false, amx = false;
};
const CpuFeatures& cpu_features() {
  static const CpuFeatures features = [] {
    const auto known = at::cpu::get_cpu_capabilities();
    const auto has = [&](const char* name) {
      const auto found = known.find(name);
      return found != known.end() && found->second.isBool() && found->second.toBool();
    };
    return CpuFeatures{.avx512 = has("avx512_bw") && has("avx512_vl"), .amx = has("amx_bf16")};
  }();
  return features;
}

std::string_view method_name(ConvMethod method) {
  return kMethodNames[static_cast<std::size_t>(method)];
}

}  // namespace

std::string ConvCase::text() const {
  return cat(kPassNames[static_cast<std::size_t>(pass)], " ", c10::toString(dtype), " ",
             channels_last ? "nhwc" : "nchw", " ", input[0], "x", input[1], "x", input[2], "x",
             input[3], " ", weight[0], "x", weight[1], "x", weight[2], "x", weight[3], " s", stride,
             " p", padding);
}

bool is_guarded(const ConvCase& conv) {
  return is_16_bit(conv.dtype) && (conv.out_height() == 1 || conv.out_width() == 1);
}

ConvMethod method_by_rule(const ConvCase& conv) {
  const bool weights = conv.pass == ConvPass::kWeightGradient;
  if (is_16_bit(conv.dtype) && !cpu_features().avx512) {
    // Without 16-bit instructions the library falls back to slow reference code.
    return ConvMethod::kFloat32;
  }
  if (is_guarded(conv) && weights) return ConvMethod::kGemm;
  const std::int64_t side = std::max(conv.out_height(), conv.out_width());
  if (cpu_features().amx && conv.dtype == at::kBFloat16) {
    return side <= 4 ? ConvMethod::kGemm : ConvMethod::kLibrary;
  }
  const bool few_channels = conv.input[1] <= 4 && conv.stride > 1;
  if (conv.pass == ConvPass::kInputGradient && few_channels) return ConvMethod::kGemm;
  return weights && side > 1 && side <= 4 ? ConvMethod::kGemm : ConvMethod::kLibrary;
}

ConvMethod ConvPlan::choose(const ConvCase& conv, bool by_rule,
                            const std::function<void(ConvMethod)>& run) {
  const std::string key = conv.text();
  {
    const std::lock_guard lock(mutex_);
    const auto found = table_.find(key);
    if (found != table_.end() && is_sound(conv, found->second)) return found->second;
  }
  const ConvMethod choice = by_rule ? method_by_rule(conv) : measured(conv, run);
  const std::lock_guard lock(mutex_);
  // Another thread may have been first; all must use one choice.
  ConvMethod& kept = table_.emplace(key, choice).first->second;
  if (!is_sound(conv, kept)) kept = choice;
  return kept;
}

std::string ConvPlan::text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [key, method] : table_) text += cat(key, " = ", method_name(method), "\n");
  return text;
}

void ConvPlan::add(std::string_view text) {
  const std::lock_guard lock(mutex_);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    const std::size_t equals = line.find(" = ");
    const auto name = equals == std::string_view::npos ? "" : line.substr(equals + 3);
    const auto row = std::find(std::begin(kMethodNames), std::end(kMethodNames), name);
    if (row == std::end(kMethodNames)) {
      throw Error(ErrorCode::kInput, "plan",
                  cat("bad line '", line,
                      "': expected 'case = method' with method one of library, "
                      "channels_last, gemm, float32"));
    }
    table_.insert_or_assign(std::string(line.substr(0, equals)),
                            kMethods[row - std::begin(kMethodNames)]);
  }
}

void ConvPlan::clear() {
  const std::lock_guard lock(mutex_);
  table_.clear();
}

std::size_t ConvPlan::size() const {
  const std::lock_guard lock(mutex_);
  return table_.size();
}

void set_plan_mode(PlanMode mode) {
  active_mode = mode;
}

PlanMode plan_mode() {
  return active_mode;
}

void use_rules_only(bool on) {
  set_plan_mode(on ? PlanMode::kRule : PlanMode::kMeasure);
}

ConvPlan& process_plan() {
  static ConvPlan plan;
  return plan;
}

std::string exported_plans() {
  return process_plan().text();
}

void import_plans(std::string_view text) {
  process_plan().add(text);
}

PlanScope::PlanScope(PlanMode mode) : mode_before_(plan_mode()), plan_before_(exported_plans()) {
  process_plan().clear();
  set_plan_mode(mode);
}

PlanScope::~PlanScope() {
  set_plan_mode(mode_before_);
  process_plan().clear();
  import_plans(plan_before_);
}

bool needs_own_function(const ConvCase& conv, at::Device device) {
  return device.is_cpu() && (plan_mode() != PlanMode::kOff || is_guarded(conv));
}

at::Tensor planned_pass(const ConvCase& conv, const ConvOperands& operands) {
  ConvMethod method = ConvMethod::kLibrary;
  if (operands.first.device().is_cpu()) {
    const PlanMode mode = plan_mode();
    if (mode != PlanMode::kOff) {
      method = process_plan().choose(conv, mode == PlanMode::kRule, [&](ConvMethod candidate) {
        compute_pass(conv, candidate, operands);
      });
    } else if (conv.pass == ConvPass::kWeightGradient && is_guarded(conv)) {
      method = method_by_rule(conv);
    }
  }
  return compute_pass(conv, method, operands);
}

PrecisionTimes measure_precisions(at::Device device) {
  const NoGrad no_grad;
  const auto time_in = [&](at::ScalarType type, double other) {
    const auto options = at::TensorOptions().dtype(type).device(device);
    const ConvCase conv{.dtype = type,
                        .channels_last = true,
                        .input = {8, 64, 16, 16},
                        .weight = {128, 64, 4, 4},
                        .stride = 2,
                        .padding = 1};
    const at::Tensor x = channels_last(at::ones({8, 64, 16, 16}, options));
    const at::Tensor w = channels_last(at::ones({128, 64, 4, 4}, options));
    const at::Tensor g = channels_last(at::ones({8, 128, 8, 8}, options));
    const at::Tensor none;
    const auto step = [&] {
      ConvCase pass = conv;
      at::Tensor last = compute_pass(pass, ConvMethod::kLibrary, {x, w, none});
      pass.pass = ConvPass::kInputGradient;
      last = compute_pass(pass, ConvMethod::kLibrary, {g, w, none});
      pass.pass = ConvPass::kWeightGradient;
      last = compute_pass(pass, ConvMethod::kLibrary, {g, x, none});
      // Waits for a device that works on its own.
      if (!device.is_cpu()) last.sum().item<float>();
    };
    return best_time(step, other, device.is_cpu());
  };
  const double float32_ms = time_in(at::kFloat, std::numeric_limits<double>::infinity());
  return {.float32_ms = float32_ms, .bfloat16_ms = time_in(at::kBFloat16, float32_ms)};
}

Precision precision_by_rule(at::Device device) {
  bool has_units = false;
  if (device.is_cpu()) has_units = cpu_features().amx;
  // What the hooks call support of cuDNN is compute capability 8.0 or above.
  if (device.is_cuda()) {
    const c10::DeviceGuard on_device(device);
    has_units = at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
  }
  return has_units ? Precision::kBFloat16 : Precision::kFloat32;
}

Precision fastest_precision(at::Device device,
                            const std::function<PrecisionTimes(at::Device)>& measure) {
  if (plan_mode() == PlanMode::kRule) return precision_by_rule(device);
  const PrecisionTimes times = measure(device);
  return times.bfloat16_ms < 0.9 * times.float32_ms ? Precision::kBFloat16 : Precision::kFloat32;
}

}  // namespace saddle::kernel
