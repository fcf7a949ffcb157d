#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "saddle/base/text.h"
#include "tests/architecture/rules.h"
#include "tests/paths.h"

namespace saddle::architecture {
namespace {

Order order() {
  return {.folders = split(SADDLE_FOLDERS, ','),
          .torch_free = split(SADDLE_TORCH_FREE_FOLDERS, ',')};
}

const std::vector<SourceFile>& files() {
  static const auto all = repository_files(saddle::test::kSourceDirectory);
  return all;
}

void expect_none(const std::function<Breaches(const SourceFile&)>& rule) {
  Breaches breaches;
  for (const auto& file : files()) {
    const auto some = rule(file);
    breaches.insert(breaches.end(), some.begin(), some.end());
  }
  EXPECT_TRUE(breaches.empty()) << join(breaches, "\n");
}

TEST(Architecture, EveryFolderIncludesOnlyFoldersBeforeIt) {
  expect_none([](const SourceFile& file) { return include_order(file, order()); });
}

TEST(Architecture, NoHeaderIncludesTheWholeOfTorchAndTorchFreeFoldersNothingOfIt) {
  expect_none([](const SourceFile& file) { return torch_includes(file, order()); });
}

TEST(Architecture, FilesThatSeeLibTorchDoNotIncludeFmt) {
  expect_none([](const SourceFile& file) { return fmt_includes(file, order()); });
}

TEST(Architecture, TheLibraryDoesNotPrintExitOrAbort) {
  expect_none(library_output);
}

TEST(Architecture, InstalledHeadersAndExamplesIncludeOnlyWhatIsInstalled) {
  expect_none([](const SourceFile& file) {
    return public_includes(file, split(SADDLE_INTERNAL_HEADERS, ','));
  });
}

TEST(Architecture, HeadersThatAreDetailsOfTheirFolderAreNotInstalled) {
  const auto breaches = details(files(), split(SADDLE_INTERNAL_HEADERS, ','));
  EXPECT_TRUE(breaches.empty()) << join(breaches, "\n");
}

TEST(Architecture, NoFileIsLongerThan450Lines) {
  expect_none([](const SourceFile& file) { return length(file, 450); });
}

TEST(Architecture, NoFileNamesAPathOfOneMachineOrSaysItIsUnfinished) {
  expect_none(foreign_text);
}

TEST(Architecture, TheOrderNamesTheFoldersThatExist) {
  std::set<std::string> existing;
  for (const auto& file : files()) {
    const auto parts = split(file.path, '/');
    if (parts.size() > 2 && parts[0] == "saddle") existing.insert(parts[1]);
  }
  const auto listed = order().folders;
  EXPECT_EQ(existing, std::set<std::string>(listed.begin(), listed.end()));
}

TEST(Architecture, ThePageListsTheFoldersInDependencyOrder) {
  const auto page = std::find_if(files().begin(), files().end(),
                                 [](const auto& file) { return file.path == "ARCHITECTURE.md"; });
  ASSERT_NE(page, files().end());
  const auto breaches = folder_list(page->text, order().folders);
  EXPECT_TRUE(breaches.empty()) << join(breaches, "\n");
}

// The rules can fail: each sees the fault it is there for, and only that.

const Order kSmall{.folders = {"base", "tensor", "nn"}, .torch_free = {"base"}};

TEST(ArchitectureRules, AnIncludeUpTheOrderIsSeen) {
  const SourceFile bad{"saddle/tensor/a.h", "#pragma once\n#include \"saddle/nn/mlp.h\"\n"};
  EXPECT_EQ(include_order(bad, kSmall),
            Breaches{"saddle/tensor/a.h:2: includes 'saddle/nn/mlp.h', but saddle/tensor stands "
                     "before saddle/nn"});
  const SourceFile angled{"saddle/base/a.cpp", "#include <saddle/nn/mlp.h>\n"};
  EXPECT_EQ(include_order(angled, kSmall).size(), 1U);
}

TEST(ArchitectureRules, IncludesDownTheOrderAndOfTheOwnFolderAreAllowed) {
  const SourceFile good{"saddle/nn/a.cpp",
                        "#include \"saddle/nn/a.h\"\n\n#include <vector>\n\n"
                        "#include \"saddle/base/text.h\"\n#include \"saddle/tensor/state.h\"\n"};
  EXPECT_EQ(include_order(good, kSmall), Breaches{});
}

TEST(ArchitectureRules, AnIncludeWithoutItsFolderOrOfAnUnknownFolderIsSeen) {
  EXPECT_EQ(include_order({"saddle/nn/a.cpp", "#include \"a.h\"\n"}, kSmall).size(), 1U);
  EXPECT_EQ(include_order({"saddle/nn/a.cpp", "#include \"cli/verbs.h\"\n"}, kSmall).size(), 1U);
  EXPECT_EQ(include_order({"saddle/nn/a.cpp", "#include \"saddle/util/a.h\"\n"}, kSmall).size(),
            1U);
  EXPECT_EQ(include_order({"saddle/util/a.cpp", ""}, kSmall),
            Breaches{"saddle/util/a.cpp:1: the folder saddle/util is not in the order"});
}

TEST(ArchitectureRules, TorchInATorchFreeFolderIsSeen) {
  const SourceFile bad{"saddle/base/a.cpp", "#include <ATen/core/Tensor.h>\n"};
  EXPECT_EQ(torch_includes(bad, kSmall),
            Breaches{"saddle/base/a.cpp:1: includes 'ATen/core/Tensor.h' in a torch-free folder"});
  EXPECT_EQ(torch_includes({"saddle/nn/a.cpp", "#include <ATen/core/Tensor.h>\n"}, kSmall),
            Breaches{});
}

TEST(ArchitectureRules, TheWholeOfTorchInAHeaderIsSeen) {
  const SourceFile bad{"saddle/nn/a.h", "#include <torch/torch.h>\n"};
  EXPECT_EQ(torch_includes(bad, kSmall),
            Breaches{"saddle/nn/a.h:1: a header includes 'torch/torch.h'"});
}

TEST(ArchitectureRules, FmtWhereTorchIsSeenIsSeen) {
  const std::string text = "#include <fmt/format.h>\n";
  EXPECT_EQ(fmt_includes({"saddle/nn/a.cpp", text}, kSmall).size(), 1U);
  EXPECT_EQ(fmt_includes({"saddle/base/a.h", text}, kSmall).size(), 1U);
  EXPECT_EQ(fmt_includes({"saddle/base/a.cpp", text}, kSmall), Breaches{});
}

TEST(ArchitectureRules, PrintingAndLeavingAreSeen) {
  for (const std::string line :
       {"std::cout << x;", "std::printf(\"%d\", x);", "fprintf(stderr, \"x\");", "std::exit(1);",
        "  abort();", "fmt::print(\"x\");", "#include <iostream>"}) {
    EXPECT_EQ(library_output({"saddle/nn/a.cpp", line + "\n"}).size(), 1U) << line;
    EXPECT_EQ(library_output({"cli/a.cpp", line + "\n"}), Breaches{}) << line;
  }
}

TEST(ArchitectureRules, WordsOfPrintingInCommentsStringsAndOtherNamesAreNoBreach) {
  for (const std::string line :
       {"// never call exit() here", "/* std::cout\n abort() */ int x;", "f(\"abort()\");",
        "char c = '\"'; // printf(\"", "at_exit(f);", "std::snprintf(b, 4, \"x\");",
        "const int exit_code = 1;", "int exit_code(int code);", "if (d == '\\'') return 1'000;"}) {
    EXPECT_EQ(library_output({"saddle/nn/a.cpp", line + "\n"}), Breaches{}) << line;
  }
}

TEST(ArchitectureRules, AnInstalledHeaderThatIncludesMoreThanIsInstalledIsSeen) {
  const std::vector<std::string> internal{"saddle/nn/parts.h"};
  const std::string good =
      "#include <vector>\n#include <ATen/core/Tensor.h>\n#include <nlohmann/json_fwd.hpp>\n"
      "#include \"saddle/base/text.h\"\n";
  EXPECT_EQ(public_includes({"saddle/nn/a.h", good}, internal), Breaches{});
  const std::string parts = "#include \"saddle/nn/parts.h\"\n";
  EXPECT_EQ(public_includes({"saddle/nn/a.h", parts}, internal),
            Breaches{"saddle/nn/a.h:1: is installed or an example, but includes the internal "
                     "'saddle/nn/parts.h'"});
  EXPECT_EQ(public_includes({"examples/a.cpp", parts}, internal).size(), 1U);
  EXPECT_EQ(public_includes({"saddle/nn/a.cpp", parts}, internal), Breaches{});
  EXPECT_EQ(public_includes({"saddle/nn/parts.h", "#include <png/png.h>\n"}, internal), Breaches{});
  for (const std::string other : {"#include <nlohmann/json.hpp>\n", "#include <toml++/toml.hpp>\n",
                                  "#include <torch/torch.h>\n", "#include \"cli/a.h\"\n"}) {
    EXPECT_EQ(public_includes({"saddle/nn/a.h", other}, internal).size(), 1U) << other;
  }
}

TEST(ArchitectureRules, AnInstalledHeaderThatOnlyItsFolderIncludesIsSeen) {
  const SourceFile header{"saddle/nn/a.h", ""};
  const std::string include = "#include \"saddle/nn/a.h\"\n";
  EXPECT_EQ(details({header, {"saddle/nn/a.cpp", include}}, {}),
            Breaches{"saddle/nn/a.h:1: is installed, but only its own folder includes it; name it "
                     "INTERNAL in saddle/nn/CMakeLists.txt, or show its use in a test"});
  EXPECT_EQ(details({header, {"saddle/nn/a.cpp", include}}, {"saddle/nn/a.h"}), Breaches{});
  EXPECT_EQ(details({header, {"saddle/nn/b.h", include}}, {"saddle/nn/b.h"}).size(), 1U);
  for (const std::string user :
       {"saddle/game/a.cpp", "cli/a.cpp", "tests/nn/a.cpp", "examples/a.cpp"}) {
    EXPECT_EQ(details({header, {user, include}}, {}), Breaches{}) << user;
  }
}

TEST(ArchitectureRules, ALongFileIsSeen) {
  std::string text;
  for (int i = 0; i < 11; ++i) text += "//\n";
  EXPECT_EQ(length({"cli/a.cpp", text}, 10), Breaches{"cli/a.cpp:11: has 11 lines; at most 10"});
  EXPECT_EQ(length({"cli/a.cpp", text}, 11), Breaches{});
}

TEST(ArchitectureRules, PathsOfOneMachineAndUnfinishedWorkAreSeen) {
  // Put together here, so that this file does not break the rule it tests.
  const std::string slash = "/";
  EXPECT_EQ(foreign_text({"demo", "cd " + slash + "home/ada\n"}).size(), 1U);
  EXPECT_EQ(foreign_text({"a.md", "see " + slash + "work/main\n"}).size(), 1U);
  EXPECT_EQ(foreign_text({"cli/a.cpp", std::string("// TO") + "DO: more\n"}).size(), 1U);
  EXPECT_EQ(foreign_text({"a.md", "put it in docs" + slash + "work/a and ~" + slash +
                                      "home/x, todo list\n"}),
            Breaches{});
}

TEST(ArchitectureRules, APageThatDiffersFromTheFoldersIsSeen) {
  const std::string base = "| `saddle/base/` | errors |\n";
  const std::string nn = "| `saddle/nn/` | networks |\n";
  EXPECT_EQ(folder_list(base + nn, {"base", "nn"}), Breaches{});
  EXPECT_EQ(folder_list(base, {"base", "nn"}), Breaches{"ARCHITECTURE.md: no line for saddle/nn/"});
  EXPECT_EQ(folder_list(base + nn, {"base"}),
            Breaches{"ARCHITECTURE.md: saddle/nn/ does not exist"});
  EXPECT_EQ(folder_list(nn + base, {"base", "nn"}).size(), 1U);
  EXPECT_EQ(folder_list(base + base + nn, {"base", "nn"}).size(), 1U);
}

}  // namespace
}  // namespace saddle::architecture
