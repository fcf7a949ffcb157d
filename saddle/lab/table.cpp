#include "saddle/lab/table.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/lab/rows.h"

namespace saddle::lab {
namespace {

std::vector<Experiment> all_rows() {
  return {
      trained_discriminator(),  // E01
      logit_is_log_ratio(),     // E02
      gradient_ratio(),         // E03
      distances_of_pairs(),     // E04
      dirac_spectra(),          // E13
      critical_damping(),       // E14
      step_edges(),             // E15
      clamped_generator(),      // E23
      circles_and_critics(),    // E24
      packed_critics(),         // E25
      metric_floors(),          // E28
      biased_remedies(),        // E29
      microscope(),             // E30
  };
}

/// "E05", "e5" and "05" are the number 5; "E16B" is 16 with the letter b.
struct IdParts {
  int number = -1;  // -1: no id
  std::string letters{};
  bool operator==(const IdParts&) const = default;
};

IdParts id_parts(std::string_view id) {
  if (id.starts_with('E') || id.starts_with('e')) id.remove_prefix(1);
  IdParts parts;
  const char* const end = id.data() + id.size();
  const auto [rest, error] = std::from_chars(id.data(), end, parts.number);
  if (error != std::errc{} || parts.number < 0) return {};
  for (const char* c = rest; c != end; ++c) {
    parts.letters += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
  }
  return parts;
}

/// The id with the nearest number, for a suggestion; "" when `wanted` is none or far from all.
std::string nearest_id(std::span<const Experiment> table, const IdParts& wanted) {
  constexpr int kFar = 10;
  std::string best;
  int best_distance = kFar;
  for (const Experiment& experiment : table) {
    const int distance = std::abs(id_parts(experiment.id).number - wanted.number);
    if (wanted.number >= 0 && distance < best_distance) {
      best = experiment.id;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace

const std::vector<Experiment>& experiments() {
  static const std::vector<Experiment> rows = all_rows();
  return rows;
}

std::vector<Experiment> experiments_with(std::span<const Runner> runners) {
  std::vector<Experiment> rows = experiments();
  for (const Runner& runner : runners) {
    const auto row = std::ranges::find(rows, runner.id, &Experiment::id);
    if (row == rows.end()) {
      throw Error(ErrorCode::kInternal, "lab", cat("a runner for the unknown id ", runner.id));
    }
    row->run = runner.run;
    row->measure = runner.measure;
  }
  return rows;
}

const Experiment& find_experiment(std::span<const Experiment> table, std::string_view id) {
  const IdParts wanted = id_parts(id);
  for (const Experiment& experiment : table) {
    if (wanted.number >= 0 && id_parts(experiment.id) == wanted) return experiment;
  }
  const std::string near = nearest_id(table, wanted);
  throw Error(
      ErrorCode::kUsage, "lab",
      cat("no experiment '", id, "'", near.empty() ? ";" : cat("; did you mean '", near, "'?"),
          " `saddle lab list` shows them all"));
}

std::string kind_name(Kind kind) {
  if (kind == Kind::kTrained) return "trained";
  return kind == Kind::kLong ? "long" : "closed form";
}

}  // namespace saddle::lab
