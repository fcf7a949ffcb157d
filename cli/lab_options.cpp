#include "cli/lab_options.h"

#include <CLI/CLI.hpp>

#include "cli/command_tree.h"
#include "cli/flags.h"

namespace saddle::cli {
namespace {

void add_plots(CLI::App& verb, std::string& plots) {
  verb.add_option("--plots", plots, "Write the plots as SVG files into this folder")
      ->type_name(kDirectoryValue);
}

void add_lab_run(CLI::App& lab, LabRunOptions& o) {
  CLI::App* verb = lab.add_subcommand("run", "Run experiments and check what they find");
  verb->add_option("id", o.ids, "An experiment, E05; `saddle lab list` shows them all")
      ->required()
      ->type_name(kExperimentValue)
      ->expected(1, -1);
  add_assignments(*verb, o.assignments, "One parameter of the experiment: --set eta=0.2",
                  kParameterValue);
  add_plots(*verb, o.plots);
  add_json(*verb, o.json);
  verb->footer(
      "The exit code is 1 when a check fails. Away from the default settings, checks whose "
      "numbers\n"
      "hold only there are left out. In JSON, numbers that are not finite are null.\n\n"
      "Examples:\n"
      "  saddle lab run E04\n"
      "  saddle lab run E24 --set n=7 --plots plots\n"
      "  saddle lab run E01 E02 E03 --json");
}

void add_lab_all(CLI::App& lab, LabAllOptions& o) {
  CLI::App* verb = lab.add_subcommand("all", "Run every experiment, and write the report");
  verb->add_option("--report", o.report, "Write one HTML page that tells the theory in order")
      ->type_name(kFileValue);
  verb->add_flag("--long", o.also_long, "Also what takes hours");
  add_plots(*verb, o.plots);
  add_json(*verb, o.json);
  verb->footer(
      "The exit code is 1 when a check fails.\n\n"
      "Examples:\n"
      "  saddle lab all --report lab.html\n"
      "  saddle lab all --json > lab.json");
}

void add_lab_sweep(CLI::App& lab, LabSweepOptions& o) {
  CLI::App* verb =
      lab.add_subcommand("sweep", "Draw what an experiment measures over a range of a parameter");
  verb->add_option("id", o.id, "An experiment")->required()->type_name(kExperimentValue);
  verb->add_option("--param", o.parameter, "The parameter, a number")
      ->required()
      ->type_name(kParameterNameValue);
  verb->add_option("--from", o.from, "Its first value")->required()->type_name(kNumberValue);
  verb->add_option("--to", o.to, "Its last value")->required()->type_name(kNumberValue);
  verb->add_option("--steps", o.steps, "How many values (default: 41)")
      ->check(CLI::Range(2, 100'000));
  verb->add_flag("--log", o.logarithmic, "Values in equal ratios, on a logarithmic axis");
  add_assignments(*verb, o.assignments, "One parameter of the experiment: --set eta=0.2",
                  kParameterValue);
  verb->add_option("--out", o.out, "The curve, an SVG (default: ID-NAME.svg here)")
      ->type_name(kFileValue);
  add_json(*verb, o.json);
  verb->footer(
      "`saddle lab list --json` names under \"measured\" what each experiment can draw.\n\n"
      "Examples:\n"
      "  saddle lab sweep E04 --param mean --from 0 --to 4\n"
      "  saddle lab sweep E29 --param noise --from 0.1 --to 5 --log --json");
}

void add_lab_play(CLI::App& lab, LabPlayOptions& o) {
  CLI::App* verb = lab.add_subcommand("play", "Play a toy game under any dynamics");
  verb->add_option("game", o.game,
                   "bilinear (the default), dirac, quadratic, quartic, hilltop, gaussian or "
                   "linear_vae")
      ->type_name(kGameValue);
  add_assignments(*verb, o.assignments,
                  "One setting, as of training: --set dynamics.name=optimistic", kSettingValue);
  verb->add_option("--plot", o.plot, "Write the path as an SVG file")->type_name(kFileValue);
  add_json(*verb, o.json);
  verb->footer(
      "Settings: game.*, dynamics.* (the same rows as in training), eta, ratio (the second "
      "player's\n"
      "step over the first one's), optimizer (plain, adam), beta1, beta2, steps, start.\n\n"
      "Examples:\n"
      "  saddle lab play bilinear --set dynamics.name=extragradient --set eta=0.2\n"
      "  saddle lab play dirac --set dynamics=simultaneous --set game.gamma=0.3 --set eta=1.3\n"
      "  saddle lab play bilinear --set game.size=10 --set game.kappa=30 --set "
      "dynamics.name=optimistic");
}

void add_lab_verify(CLI::App& lab, LabVerifyOptions& o) {
  CLI::App* verb = lab.add_subcommand(
      "verify", "Replay a recorded training trace and compare every tensor with it");
  verb->add_option("directory", o.directory,
                   "Where expected.json and the safetensors files of the trace lie")
      ->required()
      ->type_name(kDirectoryValue);
  add_json(*verb, o.json);
  verb->footer(
      "Training is repeated in float64 on the CPU from the recorded weights, samples and latents.\n"
      "Each tensor is a check: the largest |a - b| / (atol + rtol |b|) must be at most 1, and no\n"
      "tensor may be missing or left over. The exit code is 1 when a check fails.\n\n"
      "Examples:\n"
      "  saddle lab verify trace/\n"
      "  saddle lab verify trace/ --json");
}

}  // namespace

CLI::App* add_lab(CLI::App& app, LabOptions& options) {
  CLI::App* lab =
      app.add_subcommand("lab", "See the theory of GANs hold, experiment by experiment");
  lab->require_subcommand(1);
  CLI::App* list = lab->add_subcommand("list", "List the experiments and their parameters");
  add_json(*list, options.list.json);
  list->footer("Example:\n  saddle lab list");
  add_lab_run(*lab, options.run);
  add_lab_all(*lab, options.all);
  add_lab_sweep(*lab, options.sweep);
  add_lab_play(*lab, options.play);
  add_lab_verify(*lab, options.verify);
  return lab;
}

Command lab_command(const CLI::App& lab, const LabOptions& options) {
  if (lab.got_subcommand("run")) return options.run;
  if (lab.got_subcommand("all")) return options.all;
  if (lab.got_subcommand("sweep")) return options.sweep;
  if (lab.got_subcommand("play")) return options.play;
  if (lab.got_subcommand("verify")) return options.verify;
  return options.list;
}

}  // namespace saddle::cli
