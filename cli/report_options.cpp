#include "cli/report_options.h"

#include <CLI/CLI.hpp>

#include "cli/command_tree.h"
#include "cli/flags.h"

namespace saddle::cli {

void add_report(CLI::App& app, ReportOptions& o) {
  CLI::App* verb =
      app.add_subcommand("report", "Write a page about a run: sheets, metrics, curves");
  verb->add_option("run", o.run, "The run's directory")->required()->type_name(kRunValue);
  verb->add_option("--out", o.out, "The page, an HTML file (default: report.html in the run)")
      ->type_name(kFileValue);
  add_json(*verb, o.json);
  verb->footer(
      "The page is one file that needs no network. A run that still trains has one too.\n\n"
      "Examples:\n"
      "  saddle report runs/00003-mnist-idx\n"
      "  saddle report RUN --out mnist.html --json");
}

void add_compare(CLI::App& app, CompareOptions& o) {
  CLI::App* verb = app.add_subcommand("compare", "Hold runs against each other, metric by metric");
  verb->add_option("run", o.runs, "The directories of two runs or more")
      ->required()
      ->type_name(kRunValue)
      ->expected(1, -1);
  verb->add_option("--out", o.out, "Write a page too, an HTML file with curves and sheets")
      ->type_name(kFileValue);
  verb->add_flag("--force", o.force, "Show also numbers that are not comparable, marked so");
  add_json(*verb, o.json);
  verb->footer(
      "Numbers measured in different ways are not put in one row: what differs is named.\n"
      "A run is called better only where the gap exceeds the spread of both measurements.\n\n"
      "Examples:\n"
      "  saddle compare runs/00001-ring runs/00002-ring\n"
      "  saddle compare runs/*-mnist-idx --out mnist.html");
}

}  // namespace saddle::cli
