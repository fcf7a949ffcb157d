#include "saddle/data/file_tree.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "saddle/codec/zip.h"
#include "sets.h"
#include "tests/base/temporary.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using test::expect_error;

std::vector<std::string> tree_names(const FileTree& tree) {
  std::vector<std::string> names;
  for (const TreeFile& file : tree.files()) names.push_back(file.name);
  return names;
}

std::string tree_hash(const std::string& path) {
  const auto tree = open_file_tree(path);
  std::vector<std::size_t> all(tree->files().size());
  std::iota(all.begin(), all.end(), 0);
  return tree->fingerprint(all);
}

class Tree : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return directory_ / name; }
  std::string text(const std::string& name) const { return at(name).string(); }

  test::TemporaryDirectory directory_;
};

TEST_F(Tree, ListsAFolderSortedWithoutHiddenFiles) {
  put_file(at("set/b/2.png"), "two");
  put_file(at("set/a.png"), "1");
  put_file(at("set/b/1.txt"), "");
  put_file(at("set/.hidden"), "x");
  put_file(at("set/.git/config"), "x");
  put_file(at("set/__MACOSX/a.png"), "x");
  const auto tree = open_file_tree(text("set"));
  EXPECT_EQ(tree_names(*tree), (std::vector<std::string>{"a.png", "b/1.txt", "b/2.png"}));
  EXPECT_EQ(tree->files()[2].size, 3u);
  EXPECT_EQ(tree->read(2, 3), "two");
  EXPECT_EQ(tree->read_prefix(2, 2), "tw");
  EXPECT_EQ(tree->read_prefix(2, 99), "two");
  EXPECT_EQ(tree->read(1, 99), "");
  EXPECT_EQ(tree->text(), "folder '" + text("set") + "'");
  EXPECT_EQ(tree->file_text(2), text("set/b/2.png"));
  expect_error([&] { tree->read(2, 2); }, ErrorCode::kInput,
               "[data] '" + text("set/b/2.png") + "': got 3 bytes, expected at most 2");
}

TEST_F(Tree, AnArchiveReadsAsItsFolderDoes) {
  const std::vector<codec::ZipInput> files = {{"b/2.png", "two"},
                                              {"a.png", "1"},
                                              {"__MACOSX/a.png", "x"},
                                              {"b/.DS_Store", "x"},
                                              {"b/1.txt", ""}};
  for (const auto method : {codec::ZipMethod::kStored, codec::ZipMethod::kDeflated}) {
    codec::write_zip(at("set.zip"), files, method);
    const auto tree = open_file_tree(text("set.zip"));
    EXPECT_EQ(tree_names(*tree), (std::vector<std::string>{"a.png", "b/1.txt", "b/2.png"}));
    EXPECT_EQ(tree->read(2, 3), "two");
    EXPECT_EQ(tree->read_prefix(2, 2), "tw");
    EXPECT_EQ(tree->text(), "archive '" + text("set.zip") + "'");
    EXPECT_EQ(tree->file_text(0), text("set.zip/a.png"));
  }
}

TEST_F(Tree, FollowsLinksToFoldersAndFiles) {
  put_file(at("elsewhere/1.png"), "one");
  put_file(at("set/0.png"), "zero");
  fs::create_directory_symlink(at("elsewhere"), at("set/linked"));
  fs::create_symlink(at("elsewhere/1.png"), at("set/2.png"));
  const auto tree = open_file_tree(text("set"));
  EXPECT_EQ(tree_names(*tree), (std::vector<std::string>{"0.png", "2.png", "linked/1.png"}));
  EXPECT_EQ(tree->read(1, 9), "one");
  EXPECT_EQ(tree->read(2, 9), "one");
}

TEST_F(Tree, ALinkToNothingIsAFileThatCannotBeRead) {
  put_file(at("set/0.png"), "zero");
  fs::create_symlink(at("gone.png"), at("set/1.png"));
  const auto tree = open_file_tree(text("set"));
  ASSERT_EQ(tree_names(*tree), (std::vector<std::string>{"0.png", "1.png"}));
  expect_error([&] { tree->read(1, 9); }, ErrorCode::kInput,
               "[data] cannot read '" + text("set/1.png") +
                   "': it is gone, was cut or may not be read; expected it as it was listed");
}

TEST_F(Tree, RunsOfSaddleAreNoData) {
  for (const char* name : {"set/0.png", "set/runs/00000-a/samples/000.png", "set/others/1.png",
                           "set/runs/00000-a/manifest.json", "set/runs/00000-a/config.toml",
                           "set/others/manifest.json"}) {
    fs::create_directories(at(name).parent_path());
    put_file(at(name), "bytes");
  }
  const auto tree = open_file_tree(text("set"));
  EXPECT_EQ(tree_names(*tree),
            (std::vector<std::string>{"0.png", "others/1.png", "others/manifest.json"}));
  EXPECT_EQ(tree->runs_left_out(), 1);
}

TEST_F(Tree, ALinkThatLeadsBackUpIsRefused) {
  put_file(at("set/in/0.png"), "zero");
  fs::create_directory_symlink(at("set"), at("set/in/again"));
  expect_error([&] { open_file_tree(text("set")); }, ErrorCode::kInput,
               "[data] '" + text("set/in/again") + "' is a link back up to '" + text("set") +
                   "': expected folders that do not hold themselves; remove the link");
}

TEST_F(Tree, LinksThatLeadToEachOtherAreRefused) {
  put_file(at("set/a/0.png"), "zero");
  put_file(at("elsewhere/1.png"), "one");
  fs::create_directory_symlink(at("elsewhere"), at("set/a/there"));
  fs::create_directory_symlink(at("set/a"), at("elsewhere/back"));
  expect_error([&] { open_file_tree(text("set")); }, ErrorCode::kInput,
               "[data] '" + text("set/a/there/back") + "' is a link back up to '" + text("set/a") +
                   "': expected folders that do not hold themselves; remove the link");
}

TEST_F(Tree, TwoLinksToOneFolderAreNoCircle) {
  put_file(at("elsewhere/1.png"), "one");
  fs::create_directories(at("set"));
  fs::create_directory_symlink(at("elsewhere"), at("set/a"));
  fs::create_directory_symlink(at("elsewhere"), at("set/b"));
  EXPECT_EQ(tree_names(*open_file_tree(text("set"))),
            (std::vector<std::string>{"a/1.png", "b/1.png"}));
}

TEST_F(Tree, SixtyFourFoldersDeepAreReadAndNoMore) {
  std::string deep = "set";
  for (int i = 0; i < 64; ++i) deep += "/d";
  put_file(at(deep + "/1.png"), "one");
  EXPECT_EQ(open_file_tree(text("set"))->files().size(), 1u);
  put_file(at(deep + "/d/2.png"), "two");
  expect_error([&] { open_file_tree(text("set")); }, ErrorCode::kInput,
               "[data] '" + text(deep + "/d") +
                   "' lies more than 64 folders deep: expected a folder of images and class "
                   "folders");
}

TEST_F(Tree, NamesThatAreNotUtf8AreReadAndPrinted) {
  put_file(at("set/caf\xe9.png"), "latin");
  put_file(at("set/new\nline.png"), "x");
  const auto tree = open_file_tree(text("set"));
  ASSERT_EQ(tree->files().size(), 2u);
  EXPECT_EQ(tree->read(0, 9), "latin");
  EXPECT_EQ(tree->file_text(0), text("set/caf\\xe9.png"));
  EXPECT_EQ(tree->file_text(1), text("set/new\\x0aline.png"));
}

TEST(Printable, EscapesWhatIsNoUtf8AndControlCharacters) {
  EXPECT_EQ(printable("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(printable("a\tb\x7f\x1b[0m"), "a\\x09b\\x7f\\x1b[0m");
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");                    // overlong '/'
  EXPECT_EQ(printable("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");           // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82");                    // cut off
  EXPECT_EQ(printable(""), "");
}

TEST_F(Tree, AFileThatIsGoneOrCutSinceIsNamed) {
  put_file(at("set/1.png"), "one");
  put_file(at("set/2.png"), "two");
  const auto tree = open_file_tree(text("set"));
  fs::remove(at("set/1.png"));
  put_file(at("set/2.png"), "t");
  expect_error([&] { tree->read(0, 9); }, ErrorCode::kInput,
               "[data] cannot read '" + text("set/1.png") +
                   "': it is gone, was cut or may not be read; expected it as it was listed");
  expect_error([&] { tree->read_prefix(1, 2); }, ErrorCode::kInput,
               "[data] cannot read '" + text("set/2.png") +
                   "': it is gone, was cut or may not be read; expected it as it was listed");
}

TEST_F(Tree, AFolderThatMayNotBeReadIsRefused) {
  put_file(at("set/in/1.png"), "one");
  fs::permissions(at("set/in"), fs::perms::none);
  {
    const test::Unprivileged unprivileged;
    expect_error([&] { open_file_tree(text("set")); }, ErrorCode::kInput,
                 "[data] cannot read '" + text("set/in") + "': Permission denied");
  }
  fs::permissions(at("set/in"), fs::perms::all);
}

TEST_F(Tree, WhatIsNeitherFolderNorArchiveIsRefused) {
  expect_error([&] { open_file_tree(text("gone")); }, ErrorCode::kInput,
               "[data] '" + text("gone") + "' is not there: expected a folder or a ZIP archive");
  expect_error([] { open_file_tree("/dev/null"); }, ErrorCode::kInput,
               "[data] '/dev/null' is neither folder nor file; expected a folder or a ZIP archive");
  put_file(at("text"), "not an archive, but long enough to be one");
  EXPECT_THROW(open_file_tree(text("text")), Error);
}

TEST_F(Tree, TheFingerprintIsThatOfTheFilesWhereverTheyLie) {
  put_file(at("set/a/1.png"), "one");
  put_file(at("set/2.png"), "two");
  fs::create_directories(at("other/place"));
  fs::copy(at("set"), at("other/place/copy"), fs::copy_options::recursive);
  const std::string hash = tree_hash(text("set"));
  EXPECT_EQ(hash.substr(0, 7), "sha256:");
  EXPECT_EQ(tree_hash(text("other/place/copy")), hash);
  put_file(at("other/place/copy/2.png"), "twO");
  EXPECT_NE(tree_hash(text("other/place/copy")), hash);
  put_file(at("other/place/copy/2.png"), "two");
  EXPECT_EQ(tree_hash(text("other/place/copy")), hash);
  fs::rename(at("other/place/copy/2.png"), at("other/place/copy/3.png"));
  EXPECT_NE(tree_hash(text("other/place/copy")), hash);
}

TEST_F(Tree, TheFingerprintOfAnArchiveIsThatOfItsContentNotOfItsPacking) {
  const auto hash = [&](std::string_view bytes, codec::ZipMethod method) {
    const std::vector<codec::ZipInput> files = {{"a/1.png", bytes}, {"2.png", "two"}};
    codec::write_zip(at("set.zip"), files, method);
    return tree_hash(text("set.zip"));
  };
  const std::string stored = hash("one", codec::ZipMethod::kStored);
  EXPECT_EQ(hash("one", codec::ZipMethod::kDeflated), stored);
  EXPECT_NE(hash("onE", codec::ZipMethod::kStored), stored);
}

TEST_F(Tree, ManyThreadsReadTheSame) {
  std::vector<codec::ZipInput> files;
  std::vector<std::string> names, contents;
  for (int i = 0; i < 40; ++i) {
    names.push_back("f" + std::to_string(100 + i) + ".png");
    contents.push_back(
        std::string(1000 + static_cast<std::size_t>(i), static_cast<char>('a' + i % 26)));
  }
  for (std::size_t i = 0; i < 40; ++i) {
    files.push_back({names[i], contents[i]});
    put_file(at("set/" + names[i]), contents[i]);
  }
  codec::write_zip(at("set.zip"), files, codec::ZipMethod::kDeflated);
  for (const std::string path : {"set", "set.zip"}) {
    const auto tree = open_file_tree(text(path));
    std::vector<int> wrong(4, 0);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = 0; i < 40; ++i) {
          const std::size_t at = (7 * i + 11 * t) % 40;
          wrong[t] += tree->read(at, 9999) == contents[at] ? 0 : 1;
          wrong[t] += tree->read_prefix(at, 10) == contents[at].substr(0, 10) ? 0 : 1;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, std::vector<int>(4, 0)) << path;
  }
}

}  // namespace

}  // namespace saddle::data
