#pragma once

#include <span>
#include <string>

#include "saddle/lab/result.h"

namespace saddle::lab {

/// One self-contained HTML page that tells the theory in chapters: of each experiment in `table`
/// its text and formulas, and of those in `results` plots and checks too. Needs no network; light
/// and dark follow prefers-color-scheme.
std::string report_html(std::span<const Experiment> table, std::span<const Result> results);

}  // namespace saddle::lab
