#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/options.h"
#include "saddle/lab/experiment.h"

namespace saddle::cli {

// The verbs under `saddle lab`; each returns the exit code. `table` holds the experiments with the
// runners that the program has.

/// Whether a command needs LibTorch: one of the experiments that it would run has no runner in
/// `table`.
bool needs_engine(const LabRunOptions& options, std::span<const lab::Experiment> table);
bool needs_engine(const LabAllOptions& options, std::span<const lab::Experiment> table);
bool needs_engine(const LabSweepOptions& options, std::span<const lab::Experiment> table);

/// Throws Error(kUsage) where the file that `flag` names does not end in .svg, as plots do; "" may.
void require_svg(std::string_view flag, const std::string& file);

/// Makes the folder that `file` will lie in, so that one that cannot be is known before the work.
/// Throws Error(kIo).
void make_room_for(const std::string& file);

/// `saddle lab list`.
int run_lab_list(const LabListOptions& options, std::span<const lab::Experiment> table);
/// `saddle lab run ID...`: 1 when a check fails.
int run_lab_run(const LabRunOptions& options, std::span<const lab::Experiment> table);
/// `saddle lab all`: 1 when a check fails.
int run_lab_all(const LabAllOptions& options, std::span<const lab::Experiment> table);
/// `saddle lab sweep ID`.
int run_lab_sweep(const LabSweepOptions& options, std::span<const lab::Experiment> table);
/// `saddle lab play`.
int run_lab_play(const LabPlayOptions& options);

}  // namespace saddle::cli
