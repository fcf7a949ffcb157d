#include "saddle/lab/report.h"

#include <algorithm>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/lab/chapters.h"

namespace saddle::lab {
namespace {

using codec::escape_xml;

constexpr std::string_view kPageStyle = R"css(
:root{color-scheme:light dark;--ink:#1d2026;--soft:#5b626e;--ground:#fff;--panel:#f5f6f8;--line:#dcdfe5;
--good:#1a7f43;--bad:#c02b2b;--link:#0058a3}
@media(prefers-color-scheme:dark){:root{--ink:#e3e5ea;--soft:#9ba3b0;--ground:#16181d;--panel:#1e2128;
--line:#343944;--good:#5cc489;--bad:#ff7b72;--link:#74b4ef}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:17px/1.6 system-ui,sans-serif}
main{max-width:52rem;margin:0 auto;padding:1.5rem 1.1rem 5rem}
h1{font-size:2rem;line-height:1.2;margin:1rem 0 .3rem}
h2{font-size:1.5rem;line-height:1.25;margin:4rem 0 .6rem;padding-top:1.2rem;border-top:2px solid var(--line)}
h3{font-size:1.15rem;line-height:1.3;margin:0 0 .4rem}
a{color:var(--link)}
.soft{color:var(--soft)}
nav ol{list-style:none;padding:0;margin:.4rem 0}nav>ol>li{margin:.5rem 0}
nav ol ol{padding-left:1.1rem}nav ol ol li{font-size:.92rem;line-height:1.7}
section.experiment{margin:2rem 0;padding:1.2rem 1.2rem .6rem;border:1px solid var(--line);border-radius:10px}
.id{color:var(--soft);font-variant-numeric:tabular-nums;margin-right:.5rem}
.formulas{margin:1rem 0;padding:.7rem 1rem;background:var(--panel);border-radius:8px;overflow-x:auto}
.formulas p{margin:.25rem 0;white-space:pre;font:italic 1rem/1.6 Cambria,"STIX Two Math","Latin Modern Math",Georgia,serif}
figure{margin:1.2rem 0}figure svg{display:block;width:100%;height:auto;border-radius:8px;border:1px solid var(--line)}
figcaption{color:var(--soft);font-size:.92rem;line-height:1.45;margin-top:.4rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem;line-height:1.35}
th{text-align:left;font-weight:600;color:var(--soft)}
th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.n+td,th.n+th{padding-left:.6rem}
.ok{color:var(--good)}.fail{color:var(--bad);font-weight:700}
details{margin:1rem 0}summary{cursor:pointer}
pre{background:var(--panel);border-radius:8px;padding:.5rem .8rem;overflow-x:auto;margin:.3rem 0;
font:.88rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.next p{margin:.7rem 0 .1rem}
@media(max-width:34rem){body{font-size:16px}section.experiment{padding:1rem .8rem .4rem;margin:1.4rem -.3rem}
h1{font-size:1.6rem}h2{font-size:1.3rem}
.formulas p,pre{white-space:pre-wrap}.formulas p{padding-left:1.2rem;text-indent:-1.2rem}
figure{margin:1.2rem -.5rem}figure svg.saddle-plot{font-size:14px}figcaption{margin:.4rem .5rem 0}}
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
      out += cat("<figure>", plot.svg, "<figcaption>", escape_xml(plot.caption),
                 "</figcaption></figure>\n");
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
  std::string out = cat(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n<title>The game lab</title>\n<style>",
      kPageStyle,
      "</style></head>\n<body><main>\n<h1>The game lab</h1>\n<p class=\"soft\">Why GAN "
      "training turns, explodes, stalls and collapses, and what damps it, in experiments that "
      "check themselves.</p>\n");
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
  return out + "</main></body></html>\n";
}

}  // namespace saddle::lab
