#include "tests/report/made_run.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "saddle/base/file.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"
#include "saddle/codec/png.h"
#include "saddle/config/writer.h"
#include "saddle/task/experiment.h"
#include "saddle/task/run_config.h"
#include "saddle/train/run_directory.h"
#include "tests/paths.h"

namespace saddle::test {
namespace {

namespace fs = std::filesystem;

std::string name_of(std::int64_t samples) {
  const std::string digits = cat(samples);
  return std::string(12 - digits.size(), '0') + digits;
}

Json tick_line(std::int64_t number) {
  const double t = static_cast<double>(number);
  return {{"samples", 1000 * number},
          {"steps", 10 * number},
          {"seconds", t},
          {"rate", 1000.0},
          {"memory", 1 << 27},
          {"partial", false},
          {"words", number % 2 == 0 ? "balanced" : "D is ahead"},
          {"signals",
           {{"loss.discriminator.adversarial", 1.4 - 0.01 * t},
            {"loss.discriminator.r1", std::exp(-t)},
            {"loss.discriminator.total", 1.4 - 0.01 * t + std::exp(-t)},
            {"loss.generator.adversarial", 0.7 + 0.01 * t},
            {"loss.generator.total", 0.7 + 0.01 * t},
            {"logits.real.mean", 0.1},
            {"logits.real.sd", 0.02},
            {"logits.fake.mean", -0.1},
            {"logits.fake.sd", 0.02},
            {"pairs_ordered", 0.75},
            {"gradient_norm.generator", 1 / t},
            {"weight_norm.generator", 10 + t}}},
          {"knobs", {{"optimizer.generator.lr", 0.001 / t}, {"penalty.r1.gamma", 0.1}}}};
}

}  // namespace

fs::path recipes() {
  return fs::path(kSourceDirectory) / "presets";
}

metric::MetricValue made_metric(const std::string& name, double value, double spread,
                                metric::Conditions conditions) {
  return {.name = name,
          .value = value,
          .spread = spread,
          .n_real = 1000,
          .n_fake = 1000,
          .floor = 1,
          .baseline = 100,
          .protocol = "as a test says; spread: standard error",
          .conditions = std::move(conditions),
          .floor_spread = 0.1};
}

MadeRun measured_run(std::vector<metric::MetricValue> metrics,
                     std::vector<std::string> assignments) {
  return {.assignments = std::move(assignments), .measurements = {{5000, std::move(metrics)}}};
}

void make_run(const fs::path& path, const MadeRun& run) {
  fs::create_directories(path / "samples");
  const Experiment experiment =
      resolve_experiment({.preset = run.preset, .assignments = run.assignments}, recipes())
          .experiment;
  std::ofstream(path / "config.toml") << config::to_toml(experiment);
  const Json sitting{{"started", "2024-05-01T12:00:00Z"},
                     {"command", cat("saddle train ", run.preset)},
                     {"device", "a CPU"},
                     {"precision", "float32"},
                     {"libtorch", "2.11.0"},
                     {"threads", 1},
                     {"samples", 0}};
  const Json manifest{{"saddle", "0.1.0"},
                      {"preset", run.preset},
                      {"seed", experiment.train.seed},
                      {"config", config_json(experiment)},
                      {"data", {{"fingerprint", run.fingerprint}}},
                      {"sittings", Json::array({sitting})}};
  std::ofstream(path / "manifest.json") << sealed_json_text(manifest);
  std::ofstream(path / "log.txt") << run.log;
  std::ofstream ticks(path / "ticks.jsonl");
  for (std::int64_t i = 1; i <= run.ticks; ++i) ticks << tick_line(i).dump() << "\n";
  for (std::size_t i = 0; i < run.sheets.size(); ++i) {
    const auto grey = static_cast<std::uint8_t>(40 * i);
    std::ofstream(path / "samples" / (name_of(run.sheets[i]) + ".png"), std::ios::binary)
        << codec::encode_png(codec::make_image(24, 16, 1, grey));
  }
  for (const std::int64_t samples : run.checkpoints) {
    write_checkpoint(path, samples, {{"generator.safetensors", "weights"}}, Json::object());
  }
  if (run.measurements.empty()) return;
  std::ofstream metrics(path / "metrics.jsonl");
  for (const MadeMeasurement& one : run.measurements) {
    Json line = metric::metrics_json(one.metrics);
    line["samples"] = one.samples;
    line["seed"] = 0;
    line["time"] = "2024-05-01T12:30:00Z";
    line["name"] = "a key that no reader knows";
    metrics << line.dump() << "\n";
  }
}

}  // namespace saddle::test
