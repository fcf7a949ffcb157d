#include "tests/badinput/cases.h"
#include "tests/badinput/raw.h"

namespace saddle::test {
namespace {

namespace fs = std::filesystem;

/// The least that makes a folder a run.
void a_run(const fs::path& path) {
  put(path / "config.toml", "data.name = \"digits\"\n");
  put(path / "manifest.json", "{\"config\": {}, \"preset\": \"digits\"}");
}

std::function<void()> run_with(const std::string& file, const std::string& text) {
  return [file, text] {
    a_run("r");
    put(fs::path("r") / file, text);
  };
}

void two_runs() {
  a_run("r");
  a_run("s");
}

}  // namespace

std::vector<BadCase> bad_runs() {
  return {
      {"report of nothing",
       {},
       "report",
       2,
       "[command line] run is required; see `saddle report --help`"},
      {"report of what is not there",
       {},
       "report nowhere",
       1,
       "[run] no run at nowhere; give the directory that `saddle train` printed"},
      {"report of a folder that is no run", [] { fs::create_directories("r"); }, "report r", 1,
       "[run] r is not a run: it has no config.toml"},
      {"report of a run without a manifest", [] { put("r/config.toml", ""); }, "report r", 1,
       "[file] no such file: 'r/manifest.json'"},
      {"report with a manifest that is cut", run_with("manifest.json", "{\"config\": {"),
       "report r", 1, "[run] r/manifest.json is not valid JSON: error at line 1, column 13"},
      {"report with a config of numbers", run_with("manifest.json", "{\"config\": {\"a\": 3}}"),
       "report r", 1, "[report] r/manifest.json 'config.a': got number, expected string"},
      {"report with a broken line of ticks", run_with("ticks.jsonl", "{\"sam\n{\"samples\":1}\n"),
       "report r", 1,
       "[jsonl] 'r/ticks.jsonl' line 1 is not a JSON object; it was damaged: remove that line"},
      {"report with ticks without a clock", run_with("ticks.jsonl", "{}\n{\"samples\":1}\n"),
       "report r", 1, "[report] r/ticks.jsonl line 1: key 'samples' is missing"},
      {"report with a word for a number",
       run_with("ticks.jsonl", "{\"samples\":1,\"signals\":{\"a\":\"b\"}}\n"), "report r", 1,
       "[report] r/ticks.jsonl line 1 'signals.a': got string, expected number"},
      {"report with metrics that are no list",
       run_with("metrics.jsonl", "{\"samples\":1,\"metrics\":{}}\n"), "report r", 1,
       "[metrics] r/metrics.jsonl line 1 'metrics': got object, expected array"},
      {"report with a sheet that is no PNG", run_with("samples/000000000001.png", "hello"),
       "report r", 1, "r/samples/000000000001.png~remove it, or put the whole file back"},
      {"report with a sheet that is a folder",
       [] {
         a_run("r");
         fs::create_directories("r/samples/000000000001.png");
       },
       "report r", 1, "000000000001.png~remove it, or put the whole file back"},
      {"report into what is no page", [] { a_run("r"); }, "report r --out r/config.toml", 2,
       "[report] --out: got 'r/config.toml', expected a name that ends in .html, which the page "
       "is"},
      {"report into a folder that is a file",
       [] {
         a_run("r");
         put("x", "dear");
       },
       "report r --out x/y.html", 1, "[file] cannot make directory 'x': Not a directory"},
      {"report into a run that is read-only",
       [] {
         a_run("r");
         fs::permissions("r", fs::perms{0555});
       },
       "report r", 1, "Permission denied~try another place with --out FILE.html",
       /*as_user=*/true},
      {"compare of nothing",
       {},
       "compare",
       2,
       "[command line] run is required; see `saddle compare --help`"},
      {"compare of one run", [] { a_run("r"); }, "compare r", 2,
       "[compare] got 1 run, expected two or more; `saddle report RUN` tells of one"},
      {"compare of one run twice", [] { a_run("r"); }, "compare r ./r", 2,
       "[compare] got ./r twice, expected different runs; leave one out"},
      {"compare with what is not there", [] { a_run("r"); }, "compare r nowhere", 1,
       "[run] no run at nowhere"},
      {"compare into what is no page", two_runs, "compare r s --out both.pdf", 2,
       "[compare] --out: got 'both.pdf', expected a name that ends in .html, which the page is"},
      {"compare into a folder",
       [] {
         two_runs();
         fs::create_directories("c.html");
       },
       "compare r s --out c.html", 1, "c.html"},
      {"compare with a misspelt flag", two_runs, "compare r s --froce", 2,
       "[command line] unknown flag '--froce'; did you mean '--force'? See `saddle compare "
       "--help`"},
  };
}

}  // namespace saddle::test
