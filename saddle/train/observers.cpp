#include "saddle/train/observers.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "saddle/base/clock.h"
#include "saddle/base/file.h"
#include "saddle/base/jsonl.h"
#include "saddle/base/text.h"
#include "saddle/codec/png.h"
#include "saddle/codec/tensorboard.h"

namespace saddle {
namespace {

class TickLog final : public Observer {
 public:
  explicit TickLog(const RunDirectory& run) : writer_(run.file("ticks.jsonl")) {}

  void on_tick(const Tick& tick) override {
    Json line{{"samples", tick.samples}, {"steps", tick.steps},        {"seconds", tick.seconds},
              {"rate", tick.rate},       {"memory", tick.peak_memory}, {"partial", tick.partial},
              {"words", tick.words}};
    for (const auto& signal : tick.reading.signals) line["signals"][signal.name] = signal.value;
    for (const auto& [path, value] : tick.knobs) line["knobs"][path] = value;
    if (tick.reading.bad.step >= 0) {
      line["first_bad"] = {{"tensor", tick.reading.bad.tensor}, {"step", tick.reading.bad.step}};
    }
    writer_.append(line);
  }

 private:
  JsonlWriter writer_;
};

class MetricLog final : public Observer {
 public:
  MetricLog(const RunDirectory& run, std::int64_t seed)
      : writer_(run.file("metrics.jsonl")), seed_(seed) {}

  void on_metrics(std::int64_t samples, std::span<const metric::MetricValue> values) override {
    Json line = metric::metrics_json(values);
    line["samples"] = samples;
    line["seed"] = seed_;
    line["time"] = utc_text(unix_seconds());
    line["while_training"] = true;
    writer_.append(line);
  }

 private:
  JsonlWriter writer_;
  std::int64_t seed_;
};

class SheetFiles final : public Observer {
 public:
  explicit SheetFiles(const RunDirectory& run) : run_(run) {
    make_directories(run.file("samples"));
  }

  void on_sheet(std::int64_t samples, const codec::Image8& sheet) override {
    write_file_atomic(run_.sheet(samples), codec::encode_png(sheet));
  }

 private:
  const RunDirectory& run_;
};

class TensorBoard final : public Observer {
 public:
  explicit TensorBoard(const RunDirectory& run) : writer_(run.path()) {}

  void on_tick(const Tick& tick) override {
    for (const auto& signal : tick.reading.signals) {
      writer_.scalar(tag(signal.name), tick.samples, signal.value);
    }
    for (const auto& [path, value] : tick.knobs) {
      writer_.scalar("knob/" + path, tick.samples, value);
    }
    writer_.scalar("speed/samples_per_second", tick.samples, tick.rate);
    writer_.scalar("memory/peak_bytes", tick.samples, static_cast<double>(tick.peak_memory));
    for (const auto& sample : tick.reading.samples) {
      const at::Tensor values = sample.tensor.contiguous();
      writer_.histogram(
          tag(sample.name), tick.samples,
          codec::make_histogram(std::span<const float>(values.const_data_ptr<float>(),
                                                       static_cast<std::size_t>(values.numel()))));
    }
  }

  void on_sheet(std::int64_t samples, const codec::Image8& sheet) override {
    writer_.image("samples", samples, sheet);
  }

  void on_metrics(std::int64_t samples, std::span<const metric::MetricValue> values) override {
    for (const metric::MetricValue& m : values) {
      if (std::isfinite(m.value))
        writer_.scalar("metric/" + metric::metric_label(m), samples, m.value);
    }
  }

 private:
  // "loss.generator.total" -> "loss/generator.total": the first part groups the charts.
  static std::string tag(std::string name) {
    const auto dot = name.find('.');
    if (dot != std::string::npos) name[dot] = '/';
    return name;
  }

  codec::EventWriter writer_;
};

}  // namespace

std::unique_ptr<Observer> tick_log(const RunDirectory& run) {
  return std::make_unique<TickLog>(run);
}
std::unique_ptr<Observer> metric_log(const RunDirectory& run, std::int64_t seed) {
  return std::make_unique<MetricLog>(run, seed);
}
std::unique_ptr<Observer> sheet_files(const RunDirectory& run) {
  return std::make_unique<SheetFiles>(run);
}
std::unique_ptr<Observer> tensorboard(const RunDirectory& run) {
  return std::make_unique<TensorBoard>(run);
}

}  // namespace saddle
