#pragma once

#include "cli/options.h"

namespace CLI {
class App;
}  // namespace CLI

namespace saddle::cli {

/// What the verbs under `saddle lab` fill in.
struct LabOptions {
  LabListOptions list;
  LabRunOptions run;
  LabAllOptions all;
  LabSweepOptions sweep;
  LabPlayOptions play;
  LabVerifyOptions verify;
};

/// Adds `saddle lab` and its verbs; `options` must outlive the parsing.
CLI::App* add_lab(CLI::App& app, LabOptions& options);

/// The command of the verb that was parsed.
Command lab_command(const CLI::App& lab, const LabOptions& options);

}  // namespace saddle::cli
