#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/verb_lab.h"
#include "saddle/base/file.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"
#include "saddle/config/reader.h"
#include "saddle/dynamics/dynamics.h"
#include "saddle/lab/play.h"

namespace saddle::cli {
namespace {

lab::PlayConfig config_of(const LabPlayOptions& options) {
  std::vector<std::string> assignments;
  if (!options.game.empty()) assignments.push_back(cat("game=", options.game));
  assignments.insert(assignments.end(), options.assignments.begin(), options.assignments.end());
  lab::PlayConfig config;
  if (assignments.empty()) return config;
  const auto loaded = config::load(config, std::vector{config::set_source(assignments)});
  // Alternation, the default, takes two.
  if (std::holds_alternative<lab::HilltopToy>(config.game) &&
      loaded.origin("dynamics.name") == "default") {
    config.dynamics = Simultaneous{};
  }
  return config;
}

template <class Rows>
std::string row_name(const Rows& rows) {
  return std::visit([](const auto& row) { return std::string(row.kName); }, rows);
}

std::string complex_text(std::complex<double> value) {
  if (value.imag() == 0) return cat(value.real());
  return cat(value.real(), value.imag() < 0 ? " - " : " + ", std::abs(value.imag()), "i");
}

Json numbers_json(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(std::isfinite(value) ? Json(value) : Json());
  return list;
}

Json played_json(const lab::PlayConfig& config, const lab::Played& played) {
  Json json{{"game", row_name(config.game)},
            {"dynamics", row_name(config.dynamics)},
            {"eta", config.eta},
            {"steps", played.steps},
            {"ran_away", played.ran_away},
            {"names", played.names},
            {"start", numbers_json(played.path.front())},
            {"end", numbers_json(played.path.back())}};
  Json spectrum = Json::array();
  for (const auto& value : played.spectrum) spectrum.push_back({value.real(), value.imag()});
  json["spectrum"] = spectrum;
  json["speed"] = played.speed;
  if (!played.shipped.empty()) json["shipped"] = numbers_json(played.shipped);
  Json path = Json::array();
  for (std::size_t i = 0; i < played.path.size(); ++i) {
    path.push_back({{"step", played.at[i]}, {"z", numbers_json(played.path[i])}});
  }
  json["path"] = path;
  return json;
}

std::string played_text(const lab::PlayConfig& config, const lab::Played& played) {
  std::string text =
      cat(row_name(config.game), " under ", row_name(config.dynamics), ", eta ", config.eta, ", ",
          played.steps, played.steps == 1 ? " step" : " steps", "\n\n");
  std::size_t width = 0;
  for (const std::string& name : played.names) width = std::max(width, name.size() + 2);
  const auto column = [](std::string cell, std::size_t wide) {
    cell.resize(std::max(wide, cell.size() + 1), ' ');
    return cell;
  };
  text += cat(column("", width), column("start", 14), "end\n");
  for (std::size_t i = 0; i < played.names.size(); ++i) {
    char start[32], end[32];
    std::snprintf(start, sizeof start, "%.6g", played.path.front()[i]);
    std::snprintf(end, sizeof end, "%.6g", played.path.back()[i]);
    text += cat(column(played.names[i], width), column(start, 14), end, "\n");
  }
  text += cat("\n|z| went from ", played.start_norm, " to ", played.end_norm);
  if (played.ran_away) {
    text += cat(": it ran away and was stopped after ", played.steps,
                " steps; try a smaller --set eta\n");
    return text;
  }
  if (played.start_norm > 0) {
    const double per_step =
        std::pow(played.end_norm / played.start_norm, 1.0 / static_cast<double>(played.steps));
    text += cat(", a factor of ", per_step, " a step");
  }
  text += cat("; |v| is ", played.speed, "\n");
  std::vector<std::string> spectrum;
  for (const auto& value : played.spectrum) spectrum.push_back(complex_text(value));
  text += cat("Eigenvalues of the field's Jacobian at the end: ", join(spectrum, ", "), "\n");
  if (!played.shipped.empty()) {
    std::vector<std::string> shipped;
    for (const double value : played.shipped) shipped.push_back(cat(value));
    text += cat("What this dynamics ships: ", join(shipped, ", "), "\n");
  }
  return text;
}

}  // namespace

int run_lab_play(const LabPlayOptions& options) {
  require_svg("--plot", options.plot);
  make_room_for(options.plot);
  const lab::PlayConfig config = config_of(options);
  const lab::Played played = lab::play(config);
  if (!options.plot.empty()) write_file_atomic(options.plot, played.plot);
  std::string text =
      options.json ? json_text(played_json(config, played)) : played_text(config, played);
  if (!options.json && !options.plot.empty()) text += cat("plot: ", options.plot, "\n");
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

}  // namespace saddle::cli
