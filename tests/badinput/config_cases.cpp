#include "tests/badinput/cases.h"
#include "tests/badinput/raw.h"

namespace saddle::test {
namespace {

/// A config file with this text.
BadCase file_case(const std::string& name, const std::string& text, const std::string& says) {
  return {name, [=] { put("c.toml", text); }, "train ring --dry-run --config c.toml", 2, says};
}
BadCase set_case(const std::string& name, const std::string& assignment, const std::string& says) {
  return {name, {}, "train ring --dry-run --set " + assignment, 2, says};
}

std::vector<BadCase> bad_config_files() {
  return {
      file_case("toml cut in a table", "[train",
                "[config] c.toml:1:7: not TOML: parsing table header: encountered end-of-file"),
      file_case("toml cut in a text", "train.max_time = \"10",
                "[config] c.toml:1:21: not TOML: parsing string: encountered end-of-file"),
      file_case("toml without a value", "train.batch =",
                "[config] c.toml:1:14: not TOML: parsing key-value pair: encountered end-of-file"),
      file_case("toml key twice", "train.batch = 8\ntrain.batch = 9\n",
                "[config] c.toml:2:15: not TOML: parsing key-value pair: cannot redefine existing "
                "integer 'train.batch'"),
      file_case("toml table twice", "[train]\nbatch = 8\n[train]\nbatch = 9\n",
                "[config] c.toml:3:1: not TOML: parsing table header: cannot redefine existing "
                "table 'train'"),
      file_case("toml value as table", "train = 3\n[train.x]\n",
                "[config] c.toml:2:11: not TOML: parsing table header: cannot redefine existing "
                "integer 'train.x' as table"),
      file_case(
          "toml table as value", "[train]\nbatch = {a = 1}\n",
          "[config] c.toml:2:1: train.batch: got a table, expected a whole number in [1, 1048576]"),
      file_case(
          "toml list as value", "train.batch = [8]\n",
          "[config] c.toml:1:15: train.batch: got [8], expected a whole number in [1, 1048576]"),
      file_case("toml text as number", "train.batch = \"eight\"\n",
                "[config] c.toml:1:15: train.batch: got \"eight\", expected a whole number in [1, "
                "1048576]"),
      file_case(
          "toml fraction as whole number", "train.batch = 8.5\n",
          "[config] c.toml:1:15: train.batch: got 8.5, expected a whole number in [1, 1048576]"),
      file_case("toml misspelt key", "train.bach = 8\n",
                "[config] c.toml:1:7: unknown key 'train.bach'; did you mean 'batch'?"),
      file_case("toml misspelt table", "[trian]\nbatch = 8\n",
                "[config] c.toml:1:2: unknown key 'trian'; did you mean 'train'?"),
      file_case(
          "toml misspelt word", "data.name = \"gird\"\n",
          "[config] c.toml:1:13: data.name: got \"gird\", expected one of ring, grid, line, moons, "
          "swiss_roll, shells, digits, shapes, idx, images, arrays, cifar, packed, own; did "
          "you mean 'grid'?"),
      file_case(
          "toml number out of range", "train.batch = 0\n",
          "[config] c.toml:1:15: train.batch: got 0, expected a whole number in [1, 1048576]"),
      file_case("toml number of 40 digits",
                "train.batch = 1234567890123456789012345678901234567890\n",
                "[config] c.toml:1:55: not TOML: parsing decimal integer: "
                "'1234567890123456789012345678901234567890' is not representable in 64 bits"),
      file_case("toml NaN", "optimizer.generator.lr = nan\n",
                "[config] c.toml:1:26: optimizer.generator.lr: got nan, expected a number >= 0, or "
                "{from = , to = , shape = , over = }; it must be finite"),
      file_case("toml Inf", "optimizer.generator.lr = -inf\n",
                "[config] c.toml:1:26: optimizer.generator.lr: got -inf, expected a number >= 0, "
                "or {from = , to = , shape = , over = }; it must be finite"),
      file_case("toml date", "train.batch = 2024-01-01\n",
                "[config] c.toml:1:15: train.batch: got a date or time, expected a whole number in "
                "[1, 1048576]"),
      file_case("toml not UTF-8", "train.max_time = \"\xff\xfe\"\n",
                "[config] c.toml:1:18: not TOML: Encountered invalid utf-8 sequence; save the text "
                "as UTF-8"),
      file_case("toml of zeros", std::string(64, '\0'),
                "[config] c.toml:1:1: not TOML: parsing root table: expected keys, tables, "
                "whitespace or comments, saw '\\u0000'"),
      file_case("toml a picture", "\x89PNG\r\n\x1a\n",
                "[config] c.toml:1:1: not TOML: Encountered invalid utf-8 sequence; save the text "
                "as UTF-8"),
      file_case("toml 10,000 brackets deep",
                "train.batch = " + std::string(10'000, '[') + std::string(10'000, ']'),
                "[config] c.toml:1:271: not TOML: parsing value: exceeded maximum nested value "
                "depth of 256 (TOML_MAX_NESTED_VALUES)"),
      file_case(
          "toml 10,000 tables deep",
          "x = " +
              [] {
                std::string s;
                for (int i = 0; i < 10'000; ++i) s += "{a=";
                return s;
              }(),
          "[config] c.toml:1:773: not TOML: parsing value: exceeded maximum nested value depth of "
          "256 (TOML_MAX_NESTED_VALUES)"),
      file_case(
          "toml key of 10,000 parts",
          [] {
            std::string s = "a";
            for (int i = 0; i < 10'000; ++i) s += ".a";
            return s;
          }() +
              " = 1\n",
          "[config] c.toml:1:129: tables are nested deeper than 64; nothing in a config is that "
          "deep"),
      file_case("toml schedule of an unknown shape",
                "optimizer.generator.lr = {from = 1, to = 0.1, shape = \"sine\"}\n",
                "[config] c.toml:1:55: optimizer.generator.lr.shape: got \"sine\", expected one of "
                "constant, linear, cosine, exponential, step"),
      file_case("toml schedule through zero",
                "optimizer.generator.lr = {from = 1, to = 0, shape = \"exponential\"}\n",
                "[config] c.toml:1:21: optimizer.generator.lr: got shape \"exponential\" from 1 to "
                "0, expected two numbers of one sign, not 0"),
      file_case("toml length without a unit", "train.length = \"12 parsecs\"\n",
                "[config] c.toml:1:16: train.length: got \"12 parsecs\", expected a span such as "
                "\"200k\", \"20k steps\" or a whole number of samples"),
      file_case("toml length below zero", "train.length = -5\n",
                "[config] c.toml:1:16: train.length: got -5, expected a span such as \"200k\", "
                "\"20k steps\" or a whole number of samples"),
      file_case("toml length of zero", "train.length = 0\n",
                "[config] train.length must be above 0"),
      file_case("toml time that is none", "train.max_time = \"soon\"\n",
                "[config] train.max_time: cannot read a duration: got 'soon', expected a number "
                "and a unit s, m, h or d; try 90s, 10m or 2.5h"),
      file_case("toml everything wrong at once",
                "train.bach = 8\ntrain.batch = \"x\"\n[penalty.r3]\n",
                "[config] 3 problems:\n  c.toml:1:7: unknown key 'train.bach'; did you mean "
                "'batch'?\n  c.toml:2:15: train.batch: got \"x\", expected a whole number in [1, "
                "1048576]\n  c.toml:3:10: unknown key 'penalty.r3'; did you mean 'r1'?"),
      {"config a folder", [] { std::filesystem::create_directories("c.toml"); },
       "train ring --dry-run --config c.toml", 2,
       "[command line] --config: File is actually a directory: c.toml; see `saddle train --help`"},
      {"config a dangling link", [] { std::filesystem::create_symlink("gone", "c.toml"); },
       "train ring --dry-run --config c.toml", 2,
       "[command line] --config: File does not exist: c.toml; see `saddle train --help`"},
      {"config not there",
       {},
       "train ring --dry-run --config c.toml",
       2,
       "[command line] --config: File does not exist: c.toml; see `saddle train --help`"},
  };
}

std::vector<BadCase> bad_assignments() {
  return {
      set_case(
          "set without a value", "train.batch",
          "[config] --set train.batch: expected KEY=VALUE; try --set optimizer.generator.lr=0.001"),
      set_case(
          "set without a key", "=8",
          "[config] --set =8: expected a key before '='; try --set optimizer.generator.lr=0.001"),
      set_case("set of nothing", "train.batch=",
               "[config] --set train.batch=: expected a value after '='; try --set "
               "optimizer.generator.lr=0.001"),
      set_case("set of an unknown key", "train.bacth=8",
               "[config] --set train.bacth=8: unknown key 'train.bacth'; did you mean 'batch'?"),
      set_case("set of a table", "train=8",
               "[config] --set train=8: train: got 8, expected a table"),
      set_case(
          "set of an unknown row", "data.name=circle",
          "[config] --set data.name=circle: data.name: got \"circle\", expected one of ring, grid, "
          "line, moons, swiss_roll, shells, digits, shapes, idx, images, arrays, cifar, packed, "
          "own"),
      set_case("set of a key of another row", "data.resolution=32",
               "[config] --set data.resolution=32: unknown key 'data.resolution'; it goes with "
               "data.name = \"digits\""),
      set_case("set of an unknown component", "penalty.r3=on",
               "[config] --set penalty.r3=on: unknown key 'penalty.r3'; did you mean 'r1'?"),
      set_case("set of a number out of range", "train.batch=99999999999999999999",
               "[config] --set train.batch=99999999999999999999: train.batch: got "
               "\"99999999999999999999\", expected a whole number in [1, 1048576]"),
      set_case(
          "set with an open bracket", "train.batch=[1",
          "[config] --set train.batch=[1: not TOML: brackets or quotes of the list do not close"),
      set_case("set with a second line", "train.batch=8\ntrain.bach=9",
               "[config] --set train.batch=8\ntrain.bach=9: expected one line; try --set "
               "optimizer.generator.lr=0.001"),
      set_case("set not UTF-8", "train.max_time=\xff",
               "[config] --set train.max_time=\\xff: a text is not UTF-8: got byte 0xff at 0, "
               "expected UTF-8, which is all that TOML can hold; try another name"),
      set_case(
          "set of parts that do not fit", "task=image",
          "[config] task = \"image\" cannot read data.name = \"ring\"; choose task = \"points\""),
      set_case("set of labels for one player", "generator.condition=concat",
               "[config] generator.condition and discriminator.condition must both be set or both "
               "be none: a label that only one player sees teaches nothing"),
  };
}

}  // namespace

std::vector<BadCase> bad_configs() {
  std::vector<BadCase> rows = bad_config_files();
  for (const BadCase& row : bad_assignments()) rows.push_back(row);
  return rows;
}

}  // namespace saddle::test
