#include "saddle/lab/trace.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"

namespace saddle::lab {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVerifier = "lab verify";

// What the objectives of a trace are made of.
struct TraceObjective {
  std::string_view name;
  objective::ObjectiveConfig config;
  bool unit_slope = false, at_reals = false, at_fakes = false;
};

std::array<TraceObjective, 6> trace_objectives() {
  using namespace objective;
  return {
      {{.name = "ns", .config = NonSaturating{}},
       {.name = "hinge", .config = Hinge{}},
       {.name = "lsgan", .config = LeastSquares{}},
       {.name = "wgan_gp", .config = Wasserstein{}, .unit_slope = true},
       {.name = "ns_r1", .config = NonSaturating{}, .at_reals = true},
       {.name = "rpgan_r1r2", .config = PairedRelativistic{}, .at_reals = true, .at_fakes = true}}};
}

TraceObjective objective_named(const std::string& name, const JsonReader& at) {
  std::vector<std::string> names;
  for (const TraceObjective& row : trace_objectives()) {
    if (row.name == name) return row;
    names.emplace_back(row.name);
  }
  at.fail(cat("unknown objective '", name, "'", suggestion(name, names)));
}

double not_negative(const JsonReader& object, std::string_view key) {
  const double value = object.number(key);
  if (!(value >= 0)) object.at(key).fail(cat("got ", value, ", expected 0 or more"));
  return value;
}

double decay(const JsonReader& object, std::string_view key) {
  const double value = object.number(key);
  if (!(value >= 0 && value < 1)) object.at(key).fail(cat("got ", value, ", expected [0, 1)"));
  return value;
}

// A count may be written as 5 or as 5.0.
std::int64_t step_count(const JsonReader& object) {
  constexpr double kMostSteps = 1e9;
  const double value = object.number("steps");
  if (!(value >= 1 && value <= kMostSteps) || value != std::floor(value)) {
    object.at("steps").fail(cat("got ", value, ", expected a whole number of at least 1"));
  }
  return static_cast<std::int64_t>(value);
}

TraceTolerance tolerance_of(const JsonReader& object, std::string_view kind) {
  const JsonReader at = object.at("tolerance").at(kind);
  return {.rtol = not_negative(at, "rtol"), .atol = not_negative(at, "atol")};
}

Adam adam_of(const JsonReader& config, std::string_view rate) {
  return {.lr = not_negative(config, rate),
          .beta1 = decay(config, "b1"),
          .beta2 = decay(config, "b2"),
          .eps = not_negative(config, "adam_eps")};
}

fs::path existing(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) return path;
  throw Error(ErrorCode::kInput, kVerifier,
              cat("'", path.string(), "' is not there: expected a file of the recorded trace"));
}

std::vector<double> numbers(const JsonReader& list) {
  std::vector<double> values;
  for (std::size_t i = 0; i < list.array_size(); ++i) values.push_back(list.at(i).number());
  return values;
}

TraceRun run_of(const fs::path& directory, const std::string& pair, const std::string& name,
                const JsonReader& config, const JsonReader& row) {
  const TraceObjective objective = objective_named(name, row);
  TraceRun run{.pair = pair, .name = name, .objective = objective.config};
  run.inputs = existing(directory / cat(pair, "_inputs.safetensors"));
  run.record = existing(directory / row.text("file"));
  run.initial_discriminator = row.text("initial_D");
  run.generator = adam_of(config, "lrG");
  run.discriminator = adam_of(config, "lrD");
  if (objective.unit_slope) {
    std::get<std::optional<objective::WganGp>>(run.penalty) =
        objective::WganGp{.lambda = not_negative(config, "lambda")};
  }
  if (objective.at_reals) {
    std::get<std::optional<objective::R1>>(run.penalty) =
        objective::R1{.gamma = not_negative(config, "gamma")};
  }
  if (objective.at_fakes) {
    std::get<std::optional<objective::R2>>(run.penalty) =
        objective::R2{.gamma = not_negative(config, "gamma")};
  }
  for (const char* loss : {"loss_d_adv", "loss_d_penalty", "loss_d", "loss_g"}) {
    if (row.has(loss)) run.losses[loss] = numbers(row.at(loss));
  }
  return run;
}

// The members of an object by name. Fails where there are none.
std::vector<std::string> member_names(const JsonReader& object, std::string_view what) {
  if (!object.value().is_object()) {
    object.fail(cat("got ", object.value().type_name(), ", expected object"));
  }
  std::vector<std::string> names;
  for (const auto& item : object.value().items()) names.push_back(item.key());
  if (names.empty()) object.fail(cat("got no ", what, ", expected at least one"));
  return names;
}

}  // namespace

Trace read_trace(const fs::path& directory) {
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored)) {
    throw Error(ErrorCode::kInput, kVerifier,
                cat("'", directory.string(),
                    fs::exists(directory, ignored) ? "' is no directory" : "' is not there",
                    ": expected a directory with expected.json and its safetensors files"));
  }
  const fs::path path = existing(directory / "expected.json");
  const Json json = parse_json(read_file(path), kVerifier, path.string());
  const JsonReader root(json, kVerifier, path.string());
  Trace trace{.steps = step_count(root),
              .step = tolerance_of(root, "gradients, losses"),
              .weight = tolerance_of(root, "final weights")};
  const JsonReader pairs = root.at("pairs");
  for (const std::string& pair : member_names(pairs, "pair of networks")) {
    const JsonReader entry = pairs.at(pair);
    const JsonReader objectives = entry.at("objectives");
    for (const std::string& name : member_names(objectives, "objective")) {
      trace.runs.push_back(run_of(directory, pair, name, entry.at("config"), objectives.at(name)));
    }
  }
  return trace;
}

}  // namespace saddle::lab
