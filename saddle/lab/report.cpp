#include "saddle/lab/report.h"

#include <algorithm>
#include <utility>

#include "saddle/base/text.h"
#include "saddle/codec/html.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/chapters.h"

namespace saddle::lab {
namespace {

using codec::escape_xml;

constexpr std::string_view kLabStyle = R"css(
nav ol{list-style:none;padding:0;margin:.4rem 0}nav>ol>li{margin:.5rem 0}
nav ol ol{padding-left:1.1rem}nav ol ol li{font-size:.92rem;line-height:1.7}
section.experiment{margin:2rem 0;padding:1.2rem 1.2rem .6rem;border:1px solid var(--line);border-radius:10px}
.id{color:var(--soft);font-variant-numeric:tabular-nums;margin-right:.5rem}
.formulas{margin:1rem 0;padding:.7rem 1rem;background:var(--panel);border-radius:8px;overflow-x:auto}
.formulas p{margin:.25rem 0;white-space:pre;font:italic 1rem/1.6 Cambria,"STIX Two Math","Latin Modern Math",Georgia,serif}
.next p{margin:.7rem 0 .1rem}
@media(max-width:34rem){section.experiment{padding:1rem .8rem .4rem;margin:1.4rem -.3rem}
.formulas p{white-space:pre-wrap;padding-left:1.2rem;text-indent:-1.2rem}}
)css";

std::string paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    out += cat("<p>", escape_xml(text.substr(0, end)), "</p>\n");
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return out;
}

template <class Lines>
std::string formula_box(const Lines& lines) {
  if (std::empty(lines)) return "";
  std::string out = "<div class=\"formulas\">\n";
  for (const auto& line : lines) out += cat("<p>", escape_xml(line), "</p>\n");
  return out + "</div>\n";
}

std::string checks_table(const Result& result) {
  const auto& checks = result.outcome.checks;
  const auto passed = std::ranges::count_if(checks, &Check::pass);
  const bool open = !result.pass();
  std::string out =
      cat("<details", open ? " open" : "", "><summary><span class=\"",
          open ? "fail\">✗ " : "ok\">✓ ", passed, " of ", checks.size(),
          " checks hold</span></summary>\n<div class=\"scroll\"><table>\n<tr><th>What</th>"
          "<th class=\"n\">found</th><th class=\"n\">theory</th><th class=\"n\">"
          "within</th><th></th></tr>\n");
  for (const Check& check : checks) {
    out += cat("<tr><td>", escape_xml(check.name), "</td><td class=\"n\">",
               short_number(check.value), "</td><td class=\"n\">", short_number(check.expected),
               "</td><td class=\"n\">", check.tolerance > 0 ? short_number(check.tolerance) : "",
               check.pass ? "</td><td class=\"ok\">ok</td></tr>\n"
                          : "</td><td class=\"fail\">FAIL</td></tr>\n");
  }
  return out + "</table></div></details>\n";
}

std::string parameter_list(const Experiment& experiment) {
  if (experiment.parameters.empty()) return "";
  std::string out = "<details><summary>What can be set</summary><div class=\"scroll\"><table>\n";
  for (const Parameter& parameter : experiment.parameters) {
    out += cat("<tr><td><code>", escape_xml(parameter.name), "=",
               escape_xml(value_text(parameter, parameter.initial)), "</code></td><td>",
               escape_xml(parameter.doc), "</td><td>", escape_xml(range_text(parameter)),
               "</td></tr>\n");
  }
  return out + "</table></div></details>\n";
}

std::string next_steps(const Experiment& experiment) {
  if (experiment.next.empty()) return "";
  std::string out = "<div class=\"next\"><h4>Try</h4>\n";
  for (const Try& one : experiment.next) {
    out += cat("<pre>saddle lab ", escape_xml(one.command), "</pre><p class=\"soft\">",
               escape_xml(one.what), "</p>\n");
  }
  return out + "</div>\n";
}

std::string experiment_part(const Experiment& experiment, const Result* result) {
  std::string out =
      cat("<section class=\"experiment\" id=\"", experiment.id, "\"><h3><span class=\"id\">",
          experiment.id, "</span>", escape_xml(experiment.title), "</h3>\n",
          paragraphs(experiment.teaches), formula_box(experiment.formulas));
  if (result == nullptr) {
    out += cat("<p class=\"soft\">Not run for this page: <code>saddle lab run ", experiment.id,
               "</code> does it.</p>\n");
  } else {
    for (const Plot& plot : result->outcome.plots) {
      out += codec::html_figure(plot.svg, escape_xml(plot.caption));
    }
    out += checks_table(*result);
  }
  return out + parameter_list(experiment) + next_steps(experiment) + "</section>\n";
}

std::vector<const Experiment*> of_chapter(std::span<const Experiment> table, int chapter) {
  std::vector<const Experiment*> out;
  for (const Experiment& experiment : table) {
    if (experiment.chapter == chapter) out.push_back(&experiment);
  }
  return out;
}

std::string contents(std::span<const Experiment> table, std::span<const Result> results) {
  std::string out = "<nav><ol>\n";
  for (const Chapter& chapter : chapters()) {
    const auto experiments = of_chapter(table, chapter.number);
    if (experiments.empty()) continue;
    out += cat("<li><a href=\"#chapter-", chapter.number, "\">", chapter.number, ". ",
               escape_xml(chapter.title), "</a>\n<ol>\n");
    for (const Experiment* experiment : experiments) {
      const auto result = std::ranges::find(results, experiment->id,
                                            [](const Result& one) { return one.experiment->id; });
      const std::string mark = result == results.end() ? "<span class=\"soft\">–</span> "
                               : result->pass()        ? "<span class=\"ok\">✓</span> "
                                                       : "<span class=\"fail\">✗</span> ";
      out += cat("<li>", mark, "<a href=\"#", experiment->id, "\">", experiment->id, "</a> ",
                 escape_xml(experiment->title), "</li>\n");
    }
    out += "</ol></li>\n";
  }
  return out + "</ol></nav>\n";
}

std::string summary_line(std::span<const Result> results) {
  std::int64_t checks = 0;
  std::int64_t failed = 0;
  for (const Result& result : results) {
    checks += static_cast<std::int64_t>(result.outcome.checks.size());
    failed += std::ranges::count(result.outcome.checks, false, &Check::pass);
  }
  return cat("<p class=\"soft\">", results.size(), " experiments, ", checks, " checks, ",
             failed == 0 ? "all hold" : cat(failed, " fail"), ".</p>\n");
}

}  // namespace

std::string report_html(std::span<const Experiment> table, std::span<const Result> results) {
  std::string out =
      "<h1>The game lab</h1>\n<p class=\"soft\">Why GAN training turns, explodes, stalls and "
      "collapses, and what damps it, in experiments that check themselves.</p>\n";
  out += summary_line(results) + contents(table, results);
  out += cat("<h2 id=\"introduction\">The game</h2>\n", paragraphs(introduction()),
             formula_box(introduction_formulas()));
  for (const Chapter& chapter : chapters()) {
    const auto experiments = of_chapter(table, chapter.number);
    if (experiments.empty()) continue;
    out += cat("<h2 id=\"chapter-", chapter.number, "\">", chapter.number, ". ",
               escape_xml(chapter.title), "</h2>\n", paragraphs(chapter.text));
    for (const Experiment* experiment : experiments) {
      const auto result = std::ranges::find(results, experiment->id,
                                            [](const Result& one) { return one.experiment->id; });
      out += experiment_part(*experiment, result == results.end() ? nullptr : &*result);
    }
  }
  return codec::html_page(
      {.title = "The game lab", .style = std::string(kLabStyle), .body = std::move(out)});
}

}  // namespace saddle::lab
