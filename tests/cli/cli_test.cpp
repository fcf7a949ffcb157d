// What a user sees who types something wrong, or asks for help.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/base/temporary.h"
#include "tests/program.h"

namespace saddle {
namespace {

using test::Finished;
using test::run_saddle;
using test::TemporaryDirectory;
using ::testing::HasSubstr;
using Json = nlohmann::json;

struct Wrong {
  const char* name;
  std::vector<std::string> words;
  int exit_code;
  const char* message;
};

class WrongUse : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongUse, IsAnsweredWithWhatToTry) {
  const TemporaryDirectory place;
  const Finished finished = run_saddle(GetParam().words, place.path().string());
  EXPECT_EQ(finished.exit_code, GetParam().exit_code) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr(GetParam().message));
  EXPECT_EQ(finished.out, "");
}

const Wrong kWrong[] = {
    {"verb", {"trian"}, 2, "unknown verb 'trian'; did you mean 'train'?"},
    {"flag", {"train", "--deterministc"}, 2, "did you mean '--deterministic'?"},
    {"preset", {"train", "rng"}, 2, "did you mean 'ring'?"},
    {"key", {"train", "ring", "--set", "train.bach=3"}, 2, "did you mean 'batch'?"},
    {"nested_key",
     {"train", "ring", "--set", "optimizer.generator.lrr=3", "--dry-run"},
     2,
     "did you mean 'lr'?"},
    {"type", {"train", "ring", "--set", "train.batch=\"many\"", "--dry-run"}, 2, "train.batch"},
    {"range", {"train", "ring", "--set", "train.batch=0", "--dry-run"}, 2, "train.batch"},
    {"row", {"train", "ring", "--set", "objective=\"hing\"", "--dry-run"}, 2, "hinge"},
    {"no_data", {"train", "mnist"}, 2, "--data"},
    {"missing_data", {"train", "mnist", "--data", "nowhere"}, 1, "nowhere"},
    {"missing_config", {"train", "--config", "none.toml"}, 2, "none.toml"},
    {"points_need_mlp",
     {"train", "ring", "--set", "generator.name=\"dcgan\"", "--dry-run"},
     2,
     "generator"},
    {"one_sided_condition",
     {"train", "digits", "--set", "generator.condition=\"none\"", "--dry-run"},
     2,
     "must both be set or both be none"},
    {"max_time", {"train", "ring", "--set", "train.max_time=\"soon\"", "--dry-run"}, 2, "max_time"},
    {"device", {"train", "ring", "--device", "tpu"}, 2, "--device"},
    {"resume_nothing", {"train", "--resume", "nowhere"}, 1, "no run at nowhere"},
    {"resume_elsewhere",
     {"train", "--resume", "run", "--out", "there"},
     2,
     "--resume goes on in the run's own directory"},
    {"sample_nothing", {"sample", "nowhere"}, 1, "no run at nowhere"},
    {"sample_no_run", {"sample"}, 2, "run is required"},
    {"sample_seed", {"sample", "run", "--seed", "-3"}, 2, "got -3, expected 0 or more"},
    {"eval_nothing", {"eval", "nowhere"}, 1, "no run at nowhere"},
};
INSTANTIATE_TEST_SUITE_P(Table, WrongUse, ::testing::ValuesIn(kWrong),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Help, IsThereForEveryVerbWithAnExample) {
  EXPECT_THAT(run_saddle({"--help"}).out, HasSubstr("train"));
  for (const char* verb : {"train", "sample", "eval", "presets"}) {
    const Finished finished = run_saddle({verb, "--help"});
    EXPECT_EQ(finished.exit_code, 0) << verb;
    EXPECT_THAT(finished.out, HasSubstr("Example")) << verb;
    EXPECT_THAT(finished.out, HasSubstr("--json")) << verb;
  }
}

TEST(Presets, AreListedAndEachOneResolves) {
  const Json list = Json::parse(run_saddle({"presets", "list", "--json"}).out);
  ASSERT_GE(list["presets"].size(), 9u);
  for (const auto& preset : list["presets"]) {
    const std::string name = preset["name"];
    EXPECT_NE(preset["description"], "") << name;
    const Finished shown = run_saddle({"presets", "show", name});
    EXPECT_EQ(shown.exit_code, 0) << name << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("preset " + name));
  }
}

TEST(DryRun, NamesTheOriginOfEveryKeyAndWhatWasDropped) {
  const TemporaryDirectory place;
  std::ofstream(place.path() / "my.toml") << "[generator]\nname = \"dcgan\"\nwidth = 16\n"
                                             "condition = \"concat\"\n";
  const Finished finished =
      run_saddle({"train", "mnist", "--config", "my.toml", "--set", "penalty.r2=off", "--dry-run"},
                 place.path().string());
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("my.toml:3"));
  EXPECT_THAT(finished.out, HasSubstr("preset mnist"));
  EXPECT_THAT(finished.out, HasSubstr("# dropped: penalty.r2"));
  EXPECT_TRUE(!std::filesystem::exists(place.path() / "runs"));
}

TEST(DryRun, GivesJson) {
  const Json json = Json::parse(run_saddle({"train", "ring", "--dry-run", "--json"}).out);
  EXPECT_EQ(json["preset"], "ring");
  EXPECT_GT(json["config"].size(), 30u);
}

TEST(Version, TellsTheMachine) {
  EXPECT_THAT(run_saddle({"--version"}).out, HasSubstr("saddle 0."));
  const Json json = Json::parse(run_saddle({"--version", "--json"}).out);
  const Json& plans = json.at("plans");
  // bfloat16 is chosen where it is at least 10 % faster.
  const bool faster = plans.at("bfloat16_ms") < 0.9 * plans.at("float32_ms").get<double>();
  EXPECT_EQ(plans.at("precision"), faster ? "bfloat16" : "float32");
  EXPECT_EQ(json["libtorch"].get<std::string>().substr(0, 4), "2.11");
}

}  // namespace
}  // namespace saddle
