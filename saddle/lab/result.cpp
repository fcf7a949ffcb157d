#include "saddle/lab/result.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::lab {
namespace {

Json number_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

std::string padded(std::string text, std::size_t width, bool right = false) {
  // Names hold letters of several bytes; a column is a letter.
  const auto letters = static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
  if (letters >= width) return text;
  return right ? text.insert(0, width - letters, ' ') : text.append(width - letters, ' ');
}

}  // namespace

bool Result::pass() const {
  return !outcome.checks.empty() && std::ranges::all_of(outcome.checks, &Check::pass);
}

Result run_experiment(const Experiment& experiment, Settings settings) {
  if (!experiment.run) {
    throw Error(ErrorCode::kUnsupported, "lab",
                cat(experiment.id, " trains networks, which this program cannot"));
  }
  const auto start = std::chrono::steady_clock::now();
  Result result{.experiment = &experiment, .settings = std::move(settings)};
  result.outcome = experiment.run(result.settings);
  if (result.outcome.checks.empty()) {
    throw Error(ErrorCode::kInternal, "lab", cat(experiment.id, " checked nothing"));
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

Json result_json(const Result& result) {
  Json checks = Json::array();
  for (const Check& check : result.outcome.checks) {
    checks.push_back({{"name", check.name},
                      {"value", number_or_null(check.value)},
                      {"expected", number_or_null(check.expected)},
                      {"tolerance", number_or_null(check.tolerance)},
                      {"pass", check.pass}});
  }
  return {{"id", result.experiment->id},
          {"title", result.experiment->title},
          {"pass", result.pass()},
          {"checks", checks}};
}

Json experiment_json(const Experiment& experiment) {
  Json parameters = Json::array();
  for (const Parameter& parameter : experiment.parameters) {
    Json one{{"name", parameter.name}, {"doc", parameter.doc}};
    if (parameter.words.empty()) {
      one["default"] = parameter.initial;
      one["low"] = parameter.low;
      one["high"] = parameter.high;
    } else {
      one["default"] = value_text(parameter, parameter.initial);
      one["words"] = parameter.words;
    }
    parameters.push_back(std::move(one));
  }
  return {{"id", experiment.id},           {"title", experiment.title},
          {"chapter", experiment.chapter}, {"kind", kind_name(experiment.kind)},
          {"parameters", parameters},      {"measured", experiment.measured}};
}

std::string short_number(double value) {
  char text[40];
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e7);
  // -0 reads as 0.
  std::snprintf(text, sizeof text, plain ? "%.7g" : "%.3e", size == 0 ? 0 : value);
  return text;
}

std::string result_text(const Result& result) {
  std::size_t widest = 0;
  for (const Check& check : result.outcome.checks) {
    widest = std::max(widest, padded(check.name, 0).size());
  }
  widest = std::min<std::size_t>(widest, 58);
  const auto passed = std::ranges::count_if(result.outcome.checks, &Check::pass);
  std::string out = cat(result.experiment->id, "  ", result.experiment->title, "\n");
  for (const Parameter& parameter : result.settings.parameters()) {
    if (result.settings.is_initial(parameter.name)) continue;
    out += cat("      with ", parameter.name, " = ",
               value_text(parameter, result.settings[parameter.name]), "\n");
  }
  for (const Check& check : result.outcome.checks) {
    out += cat(check.pass ? "  ok    " : "  FAIL  ", padded(check.name, widest), "  ",
               padded(short_number(check.value), 12, true), "  expected ",
               short_number(check.expected));
    if (check.tolerance > 0) out += cat(" +- ", short_number(check.tolerance));
    out += '\n';
  }
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.2f", result.seconds);
  const bool away = !result.settings.all_initial();
  return out + cat("  ", passed, " of ", result.outcome.checks.size(), " checks hold, ", seconds,
                   " s", away ? "; what holds only at the default settings is not checked" : "",
                   "\n");
}

}  // namespace saddle::lab
