#include "saddle/lab/verify.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "saddle/base/text.h"
#include "saddle/kernel/plan.h"
#include "saddle/lab/replay.h"
#include "saddle/lab/trace.h"
#include "saddle/tensor/safetensors.h"

namespace saddle::lab {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kBound = 1;
constexpr std::string_view kCounter = "num_batches_tracked";

// max |a - b| / (atol + rtol |b|) of two lists of equal length; 0 where both are equal even if
// nothing is allowed, NaN where one of the two is not finite.
double scaled_error(std::span<const double> a, std::span<const double> b,
                    const TraceTolerance& tolerance) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(a[i] - b[i]);
    if (difference == 0) continue;
    const double value = difference / (tolerance.atol + tolerance.rtol * std::abs(b[i]));
    if (std::isnan(value)) return value;
    worst = std::max(worst, value);
  }
  return worst;
}

std::span<const double> numbers_of(const at::Tensor& t) {
  return {t.const_data_ptr<double>(), static_cast<std::size_t>(t.numel())};
}

// The checks of one run.
class RunCheck {
 public:
  RunCheck(const Trace& trace, const TraceRun& run) : trace_(trace), run_(run) {
    const Safetensors file = load_safetensors(run.record);
    for (const auto& entry : file.tensors) {
      recorded_[entry.name] = entry.tensor;
      order_.push_back(entry.name);
    }
  }

  std::vector<TraceCheck> compare(const NamedTensors& replayed) {
    std::vector<TraceCheck> checks;
    for (const auto& [key, tensor] : replayed) {
      // Counters are optional in a trace.
      if (key.ends_with(kCounter) && !recorded_.contains(key)) continue;
      checks.push_back(compare(key, tensor));
      recorded_.erase(key);
    }
    for (const std::string& key : order_) {
      if (!recorded_.contains(key)) continue;
      checks.push_back(differs(key, "recorded, but training makes no such tensor"));
    }
    return checks;
  }

 private:
  TraceCheck differs(const std::string& key, const std::string& what) const {
    return {.pair = run_.pair, .objective = run_.name, .key = key, .value = kNever, .what = what};
  }

  TraceCheck compare(const std::string& key, const at::Tensor& replayed) const {
    const auto found = recorded_.find(key);
    if (found == recorded_.end()) {
      return differs(key, cat("missing from ", run_.record.filename().string()));
    }
    at::Tensor expected = found->second;
    const at::ScalarType type = expected.scalar_type();
    if (type != at::kDouble && type != at::kFloat && !key.ends_with(kCounter)) {
      return differs(key,
                     cat("recorded as ", c10::toString(type), ", expected float64 or float32"));
    }
    // Logits may be recorded as the network gives them, [B,1].
    if (key.starts_with("logit.")) expected = expected.flatten();
    if (expected.sizes() != replayed.sizes()) {
      return differs(key, cat("recorded with shape ", shape_text(expected.sizes()), ", expected ",
                              shape_text(replayed.sizes())));
    }
    expected = expected.to(at::kDouble).contiguous();
    const TraceTolerance& tolerance = key.starts_with("final.") ? trace_.weight : trace_.step;
    TraceCheck check{.pair = run_.pair, .objective = run_.name, .key = key};
    check.value = scaled_error(numbers_of(replayed), numbers_of(expected), tolerance);
    if (const auto list = run_.losses.find(key); list != run_.losses.end()) {
      if (static_cast<std::int64_t>(list->second.size()) != replayed.numel()) {
        return differs(key, cat("expected.json repeats ", list->second.size(), " numbers of ",
                                replayed.numel()));
      }
      const double repeated = scaled_error(numbers_of(replayed), list->second, tolerance);
      if (!std::isnan(check.value) && !(repeated <= check.value)) {
        check.value = repeated;
        if (!(repeated <= kBound)) check.what = "as repeated in expected.json";
      }
    }
    if (std::isnan(check.value)) check.what = "recorded or replayed numbers are not finite";
    check.pass = check.value <= kBound;
    return check;
  }

  const Trace& trace_;
  const TraceRun& run_;
  std::map<std::string, at::Tensor> recorded_;
  std::vector<std::string> order_;
};

// The failing checks of one pair and objective that are named one by one.
constexpr int kNamedFailures = 20;

std::string run_text(std::span<const TraceCheck> checks) {
  std::string failures;
  int failed = 0;
  const TraceCheck* worst = &checks.front();
  for (const TraceCheck& check : checks) {
    if (!(check.value <= worst->value) && !std::isnan(worst->value)) worst = &check;
    if (check.pass || ++failed > kNamedFailures) continue;
    const bool compared = check.what.empty() || std::isfinite(check.value);
    failures += cat("  FAIL ", check.name(), ": ", compared ? number(check.value) : "",
                    compared && !check.what.empty() ? ", " : "", check.what, "\n");
  }
  if (failed > kNamedFailures) {
    failures += cat("  and ", failed - kNamedFailures, " more; --json names them all\n");
  }
  const auto count = static_cast<std::int64_t>(checks.size());
  const std::string verdict =
      failed == 0 ? cat(count, " checks pass") : cat(failed, " of ", count, " checks fail");
  return cat(checks.front().pair, "/", checks.front().objective, ": ", verdict, ", the worst ",
             number(worst->value), " at ", worst->key, "\n", failures);
}

}  // namespace

std::string TraceCheck::name() const {
  return cat(pair, "/", objective, "/", key);
}

bool TraceReport::pass() const {
  return !checks.empty() && std::ranges::all_of(checks, &TraceCheck::pass);
}

TraceReport verify_trace(const std::filesystem::path& directory, const VerifyOptions& options) {
  // The library's own convolutions: a plan may choose by time.
  const kernel::PlanScope no_plans(kernel::PlanMode::kOff);
  const Trace trace = read_trace(directory);
  TraceReport report;
  std::filesystem::path loaded;
  Safetensors inputs;
  for (const TraceRun& run : trace.runs) {
    if (run.inputs != loaded) {
      inputs = load_safetensors(run.inputs);
      loaded = run.inputs;
    }
    RunCheck check(trace, run);
    for (TraceCheck& one : check.compare(replay_run(run, inputs, trace.steps, options))) {
      report.checks.push_back(std::move(one));
    }
  }
  return report;
}

Json trace_json(const TraceReport& report) {
  Json checks = Json::array();
  for (const TraceCheck& check : report.checks) {
    checks.push_back({{"name", check.name()},
                      {"value", std::isfinite(check.value) ? Json(check.value) : Json()},
                      {"expected", 0},
                      {"tolerance", kBound},
                      {"pass", check.pass}});
  }
  return {{"id", "verify"},
          {"title", "A recorded training trace against its replay"},
          {"pass", report.pass()},
          {"checks", std::move(checks)}};
}

std::string trace_text(const TraceReport& report) {
  std::string text;
  const std::span<const TraceCheck> all(report.checks);
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    while (end < all.size() && all[end].pair == all[begin].pair &&
           all[end].objective == all[begin].objective) {
      ++end;
    }
    text += run_text(all.subspan(begin, end - begin));
    begin = end;
  }
  const auto failed = std::ranges::count_if(all, [](const auto& check) { return !check.pass; });
  const auto count = static_cast<std::int64_t>(all.size());
  return text + (failed == 0 ? cat("all ", count, " checks pass; a value of 1 is the tolerance\n")
                             : cat(failed, " of ", count, " checks fail\n"));
}

}  // namespace saddle::lab
