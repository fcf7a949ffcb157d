#include "saddle/config/presets.h"

#include <cstdlib>
#include <fstream>

#include "tests/base/temporary.h"
#include "tests/config/sample.h"
#include "tests/paths.h"

namespace saddle::config::test {

namespace fs = std::filesystem;

// Outside the anonymous namespace: the tests' classes derive from it in a unity file.
class ConfigPresets : public ::testing::Test {
 protected:
  void SetUp() override {
    unsetenv("SADDLE_PRESETS");
    root_ = directory_.path();
    fs::create_directories(root_ / "bin");
    fs::create_directories(folder());
    write("ring.toml", "# A ring of eight Gaussians.\nbatch = 256\n");
    write("mnist.toml",
          "# Digits by class.\n#\n# Labels are concatenated.\n# paper: Radford et al. 2016,\n"
          "#   arXiv 1511.06434\n# expect: class KL < 0.002\n\n# no more\nbatch = 32\n");
    write("notes.txt", "not a preset");
  }
  void TearDown() override { unsetenv("SADDLE_PRESETS"); }

  fs::path folder() const { return root_ / "share" / "saddle" / "presets"; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder() / name) << text;
  }

  saddle::test::TemporaryDirectory directory_;
  fs::path root_;
};

namespace {

template <class Call>
std::string error_of(Call call, ErrorCode code) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.message();
  }
  return "";
}

}  // namespace

TEST_F(ConfigPresets, ListIsSortedWithDescriptionPaperAndNumber) {
  const auto presets = list_presets(folder());
  ASSERT_EQ(presets.size(), 2u);
  EXPECT_EQ(presets[0].name, "mnist");
  EXPECT_EQ(presets[0].path, folder() / "mnist.toml");
  EXPECT_EQ(presets[0].description, "Digits by class. Labels are concatenated.");
  EXPECT_EQ(presets[0].paper, "Radford et al. 2016, arXiv 1511.06434");
  EXPECT_EQ(presets[0].expect, "class KL < 0.002");
  EXPECT_EQ(presets[1].name, "ring");
  EXPECT_EQ(presets[1].description, "A ring of eight Gaussians.");
  EXPECT_EQ(presets[1].paper, "");
}

TEST_F(ConfigPresets, ShorterNameStandsFirst) {
  write("ring-wide.toml", "batch = 512\n");
  const auto presets = list_presets(folder());
  ASSERT_EQ(presets.size(), 3u);
  EXPECT_EQ(presets[1].name, "ring");
  EXPECT_EQ(presets[2].name, "ring-wide");
}

TEST_F(ConfigPresets, HeadEndsWithTheComments) {
  EXPECT_EQ(parse_preset_head("x", "batch = 1\n# late").description, "");
  EXPECT_EQ(parse_preset_head("x", "").description, "");
  EXPECT_EQ(parse_preset_head("x", "#only").description, "only");
  EXPECT_EQ(parse_preset_head("x", "\xEF\xBB\xBF# bom\r\n").description, "bom");
}

TEST_F(ConfigPresets, SourceLoadsAtTheLowestRank) {
  RootConfig root;
  const std::vector<Source> sources{preset_source(folder(), "mnist")};
  const Loaded got = load(root, sources);
  EXPECT_EQ(root.batch, 32);
  EXPECT_EQ(got.origin("batch"), "preset mnist");
  EXPECT_EQ(sources[0].rank, kPresetRank);
}

TEST_F(ConfigPresets, UnknownNameSuggestsTheNearest) {
  const auto text = [&](std::string_view name) {
    return error_of([&] { preset_source(folder(), name); }, ErrorCode::kUsage);
  };
  EXPECT_EQ(text("mnst"), "unknown preset 'mnst'; did you mean 'mnist'?");
  EXPECT_EQ(text("../../x"), "unknown preset '../../x'; known: mnist, ring");
}

TEST_F(ConfigPresets, EmptyFolderSaysSo) {
  EXPECT_EQ(error_of([&] { preset_source(root_ / "bin", "mnist"); }, ErrorCode::kUsage),
            "unknown preset 'mnist'; " + (root_ / "bin").string() + " has none");
}

TEST_F(ConfigPresets, MissingFolderIsAnInputError) {
  const std::string text = error_of([&] { list_presets(root_ / "nowhere"); }, ErrorCode::kInput);
  EXPECT_EQ(text, "cannot read the folder of presets " + (root_ / "nowhere").string() +
                      ": No such file or directory; try SADDLE_PRESETS=DIR");
}

TEST_F(ConfigPresets, FolderBesideTheBinaryIsFound) {
  EXPECT_EQ(preset_directory(root_ / "bin"), folder());
}

TEST_F(ConfigPresets, EnvironmentWinsAndMustBeAFolder) {
  setenv("SADDLE_PRESETS", (root_ / "bin").c_str(), 1);
  EXPECT_EQ(preset_directory(root_ / "bin"), root_ / "bin");
  setenv("SADDLE_PRESETS", "/nonexistent/presets", 1);
  EXPECT_EQ(error_of([&] { preset_directory(root_ / "bin"); }, ErrorCode::kInput),
            "SADDLE_PRESETS: got /nonexistent/presets, expected a folder; try to unset it");
}

TEST_F(ConfigPresets, SourceTreeIsTheLastPlace) {
  const fs::path source_tree = fs::path(saddle::test::kSourceDirectory) / "presets";
  if (fs::is_directory(source_tree)) {
    EXPECT_EQ(preset_directory("/nonexistent/bin"), source_tree);
  } else {
    EXPECT_EQ(error_of([&] { preset_directory("/nonexistent/bin"); }, ErrorCode::kInput),
              "no folder of presets: looked at /nonexistent/share/saddle/presets and " +
                  source_tree.string() + "; try SADDLE_PRESETS=DIR");
  }
}

}  // namespace saddle::config::test
