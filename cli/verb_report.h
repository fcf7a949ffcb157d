#pragma once

#include <string>
#include <string_view>

#include "cli/options.h"

namespace saddle::cli {

/// `saddle report RUN`: writes the page about a run. Returns the exit code.
int run_report(const ReportOptions& options);
/// `saddle compare RUN RUN...`: the table, and with --out the page. Returns the exit code.
int run_compare(const CompareOptions& options);

/// Throws Error(kUsage) for a name of a page that does not end in .html.
void require_html(std::string_view verb, const std::string& file);
/// Writes a page, with the folder that holds it. Throws Error(kIo).
void write_page(const std::string& file, const std::string& html);

}  // namespace saddle::cli
