// `saddle data pack` and `saddle data make` as a user runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/text_verbs.h"
#include "saddle/base/file.h"
#include "saddle/codec/npy.h"
#include "saddle/codec/packed.h"
#include "saddle/codec/png.h"
#include "saddle/codec/zip.h"
#include "tests/base/temporary.h"
#include "tests/program.h"

namespace saddle {
namespace {

namespace fs = std::filesystem;
using codec::ElementType;
using test::Finished;
using test::run_saddle;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Json = nlohmann::json;

class DataVerbs : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return directory_ / name; }
  Finished run(std::vector<std::string> words) const {
    words.insert(words.begin(), "data");
    return run_saddle(words, directory_.path().string());
  }
  void put(const std::string& name, std::string_view bytes) const {
    fs::create_directories(at(name).parent_path());
    write_file_atomic(at(name), bytes);
  }
  /// A picture of one value.
  void put_picture(const std::string& name, int width, int height, int channels, int value) const {
    put(name, codec::encode_png(
                  codec::make_image(width, height, channels, static_cast<std::uint8_t>(value))));
  }
  std::vector<std::string> names(const std::string& folder = "") const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(at(folder))) {
      out.push_back(entry.path().filename().string());
    }
    std::ranges::sort(out);
    return out;
  }
  void refused(const std::vector<std::string>& words, int exit_code,
               const std::string& message) const {
    const Finished finished = run(words);
    EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr(message));
    EXPECT_EQ(finished.out, "");
  }

  test::TemporaryDirectory directory_;
};

class Pack : public DataVerbs {};

TEST(FailureText, OfLackOfMemoryIsNoWordOfTheLanguage) {
  EXPECT_EQ(
      cli::failure_text(std::bad_alloc(), "launcher"),
      "[memory] out of memory; try smaller pictures, a part of the data, or a larger machine");
}

TEST_F(Pack, WritesBesideTheReaderUnderTheNameOfTheData) {
  put_picture("photos/cat/1.png", 4, 4, 3, 10);
  put_picture("photos/cat/2.png", 4, 4, 3, 20);
  put_picture("photos/dog/1.png", 4, 4, 3, 30);
  const Finished finished = run({"pack", "photos/"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.out, "wrote photos.saddle: 3 train samples, x u8 [3,4,4], label i64 []\n");
  const codec::PackedFile file(at("photos.saddle"));
  file.verify();
  EXPECT_THAT(file.info().class_names, ElementsAre("cat", "dog"));
  EXPECT_EQ(file.info().origin, "photos as images");
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto pixels = file.sample(0, i);
    EXPECT_TRUE(std::ranges::all_of(pixels, [&](std::byte pixel) {
      return std::to_integer<int>(pixel) == 10 * (i + 1);
    })) << i;
    EXPECT_EQ(std::to_integer<int>(file.sample(1, i)[0]), i / 2);
  }
}

TEST_F(Pack, TakesThePolicyFromTheCommandLineAndSaysSo) {
  put_picture("photos/1.png", 6, 4, 3, 10);
  put_picture("photos/2.png", 4, 9, 1, 20);
  const Finished refused = run({"pack", "photos"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("photos/"), HasSubstr("data.")));
  EXPECT_THAT(names(), ElementsAre("photos"));
  const Finished finished =
      run({"pack", "photos", "--set", "data.resolution=4", "--set", "data.fit=crop", "--set",
           "data.channels=grey", "--set", "data.test_every=2", "--out", "small.saddle", "--json"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const Json json = Json::parse(finished.out);
  EXPECT_EQ(json["path"], "small.saddle");
  EXPECT_EQ(json["splits"], (Json{{"train", 1}, {"test", 1}}));
  EXPECT_EQ(json["bytes"], fs::file_size(at("small.saddle")));
  EXPECT_GE(json["seconds"], 0.0);
  const codec::PackedFile file(at("small.saddle"));
  EXPECT_THAT(file.info().fields[0].shape, ElementsAre(1, 4, 4));
  EXPECT_THAT(file.info().origin, AllOf(HasSubstr("resolution=4"), HasSubstr("fit=\"crop\""),
                                        HasSubstr("test_every=2")));
  EXPECT_EQ(std::to_integer<int>(file.sample(0, 0)[5]), 10);
  EXPECT_EQ(std::to_integer<int>(file.sample(0, 1)[5]), 20);
}

TEST_F(Pack, APresetSaysHowToRead) {
  put_picture("photos/1.png", 100, 80, 3, 10);
  const Finished finished = run({"pack", "photos", "--preset", "folder-64"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("x u8 [3,64,64]"));
}

TEST_F(Pack, AnArchiveGivesTheBytesOfItsFolder) {
  put_picture("a/cat/1.png", 4, 4, 3, 10);
  put_picture("a/dog/1.png", 4, 4, 3, 30);
  const std::string cat = read_file(at("a/cat/1.png"));
  const std::string dog = read_file(at("a/dog/1.png"));
  codec::write_zip(at("a.zip"),
                   std::vector<codec::ZipInput>{{"dog/1.png", dog}, {"cat/1.png", cat}},
                   codec::ZipMethod::kDeflated);
  ASSERT_EQ(run({"pack", "a", "--out", "folder.saddle"}).exit_code, 0);
  ASSERT_EQ(run({"pack", "a.zip"}).exit_code, 0);
  const codec::PackedFile folder(at("folder.saddle"));
  const codec::PackedFile archive(at("a.saddle"));
  EXPECT_EQ(archive.info().class_names, folder.info().class_names);
  for (std::int64_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(std::ranges::equal(archive.sample(0, i), folder.sample(0, i)));
    EXPECT_TRUE(std::ranges::equal(archive.sample(1, i), folder.sample(1, i)));
  }
}

TEST_F(Pack, ABrokenPictureInTheMiddleIsNamedAndNothingIsWritten) {
  for (const char* name : {"1", "2", "3"}) {
    put_picture(std::string("set/") + name + ".png", 16, 16, 3, 5);
  }
  const std::string whole = read_file(at("set/2.png"));
  put("set/2.png", whole.substr(0, whole.size() / 2));
  refused({"pack", "set"}, 1, "set/2.png");
  EXPECT_THAT(names(), ElementsAre("set"));
}

TEST_F(Pack, ReplacesOnlyAPackedSet) {
  put_picture("set/1.png", 2, 2, 1, 5);
  ASSERT_EQ(run({"pack", "set"}).exit_code, 0);
  put_picture("set/2.png", 2, 2, 1, 6);
  ASSERT_EQ(run({"pack", "set"}).exit_code, 0);
  EXPECT_EQ(codec::PackedFile(at("set.saddle")).info().samples, 2);
  put("notes.txt", "mine");
  refused({"pack", "set", "--out", "notes.txt"}, 2,
          "'notes.txt' is there and is no packed set: expected a new name; try another with --out");
  EXPECT_EQ(read_file(at("notes.txt")), "mine");
  refused({"pack", "set.saddle", "--out", "./set.saddle"}, 2,
          "is what is read: expected another name; try --out");
  refused({"pack", "set", "--out", "set"}, 2, "is what is read");
}

TEST_F(Pack, APackedSetIsPackedAgainByteForByteButForItsOrigin) {
  put_picture("set/1.png", 2, 2, 1, 5);
  ASSERT_EQ(run({"pack", "set"}).exit_code, 0);
  ASSERT_EQ(run({"pack", "set.saddle", "--out", "again.saddle"}).exit_code, 0);
  const codec::PackedFile again(at("again.saddle"));
  EXPECT_EQ(again.info().samples, 1);
  EXPECT_TRUE(
      std::ranges::equal(again.sample(0, 0), codec::PackedFile(at("set.saddle")).sample(0, 0)));
}

TEST_F(Pack, WhatCannotBeReadIsRefused) {
  refused({"pack", "gone"}, 1, "'gone' is not there");
  put("words.txt", "words");
  refused({"pack", "words.txt"}, 1,
          "'words.txt' is no data that is read here: expected pictures in a folder or ZIP archive, "
          "IDX, CIFAR, .npy, .npz or a packed set; `saddle data inspect` says more");
  put_picture("set/1.png", 2, 2, 1, 5);
  refused({"pack", "set", "--set", "data.fitt=crop"}, 2, "did you mean 'fit'?");
  refused({"pack", "set", "--set", "train.batch=3"}, 2,
          "--set train.batch=3: expected a key of the data, as data.fit=crop");
  refused({"pack", "set", "--set", "data.name=ring"}, 2,
          "worlds have no files; see `saddle data make`");
  refused({"pack", "set", "--preset", "folder-46"}, 2, "folder-64");
  refused({"pack", "set", "--out", "set/1.png/x.saddle"}, 1, "set/1.png");
  refused({"pack"}, 2, "path is required");
  EXPECT_THAT(names(), ElementsAre("set", "words.txt"));
}

struct World {
  const char* name;
  ElementType type;
  std::vector<std::int64_t> sample;
};

class MadeWorld : public DataVerbs, public testing::WithParamInterface<World> {};

TEST_P(MadeWorld, IsTheSameAsPackedSetArrayAndFolder) {
  const World& world = GetParam();
  const std::string packed = std::string(world.name) + ".saddle";
  const Finished finished = run({"make", world.name, "-n", "12", "--out", packed});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, StartsWith("wrote " + packed + ": 12 train samples, x "));
  const codec::PackedFile file(at(packed));
  file.verify();
  EXPECT_EQ(file.info().samples, 12);
  EXPECT_EQ(file.info().fields[0].dtype, world.type);
  EXPECT_EQ(file.info().fields[0].shape, world.sample);
  EXPECT_THAT(file.info().origin, StartsWith(std::string("world ") + world.name));

  ASSERT_EQ(run({"make", world.name, "-n", "12", "--out", "a.npy"}).exit_code, 0);
  const codec::NpyArray array = codec::read_npy(at("a.npy"));
  std::vector<std::int64_t> shape = world.sample;
  shape.insert(shape.begin(), 12);
  EXPECT_EQ(array.shape, shape);
  std::vector<std::uint8_t> samples;
  for (std::int64_t i = 0; i < 12; ++i) {
    for (const std::byte byte : file.sample(0, i)) {
      samples.push_back(std::to_integer<std::uint8_t>(byte));
    }
  }
  EXPECT_EQ(array.bytes, samples);
  const bool labelled = file.info().classes > 0;
  EXPECT_EQ(fs::exists(at("a-labels.npy")), labelled);
  if (labelled) {
    const auto labels = codec::read_npy(at("a-labels.npy")).values<std::int64_t>();
    ASSERT_EQ(labels.size(), 12u);
    for (std::int64_t i = 0; i < 12; ++i) {
      std::int64_t label = 0;
      std::memcpy(&label, file.sample(1, i).data(), sizeof label);
      EXPECT_EQ(labels[static_cast<std::size_t>(i)], label);
    }
  }

  ASSERT_EQ(run({"make", world.name, "-n", "12", "--out", "folder"}).exit_code, 0);
  if (world.type == ElementType::kF32) {
    const std::string table = read_file(at("folder/points.csv"));
    EXPECT_EQ(std::ranges::count(table, '\n'), 13);
    EXPECT_THAT(table, StartsWith(world.sample[0] == 1 ? "x,label\n" : "x,y"));
    return;
  }
  // Packed from its folder, the same pictures come in the order of their classes.
  ASSERT_EQ(run({"pack", "folder"}).exit_code, 0);
  const codec::PackedFile pictures(at("folder.saddle"));
  EXPECT_EQ(pictures.info().samples, 12);
  std::vector<std::string> from_folder, from_world;
  const auto text = [](std::span<const std::byte> bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  for (std::int64_t i = 0; i < 12; ++i) {
    from_folder.push_back(text(pictures.sample(0, i)));
    from_world.push_back(text(file.sample(0, i)));
  }
  std::ranges::sort(from_folder);
  std::ranges::sort(from_world);
  EXPECT_EQ(from_folder, from_world);
}

const World kWorlds[] = {
    {"line", ElementType::kF32, {1}},          {"ring", ElementType::kF32, {2}},
    {"grid", ElementType::kF32, {2}},          {"moons", ElementType::kF32, {2}},
    {"swiss_roll", ElementType::kF32, {2}},    {"shells", ElementType::kF32, {2}},
    {"digits", ElementType::kU8, {1, 28, 28}}, {"shapes", ElementType::kU8, {3, 64, 64}},
};
INSTANTIATE_TEST_SUITE_P(Table, MadeWorld, testing::ValuesIn(kWorlds),
                         [](const auto& one) { return std::string(one.param.name); });

class Make : public DataVerbs {};

TEST_F(Make, ATestSetIsDrawnApart) {
  const Finished finished =
      run({"make", "digits", "-n", "20", "--test", "5", "--out", "d.saddle", "--json"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(Json::parse(finished.out)["splits"], (Json{{"train", 20}, {"test", 5}}));
  const codec::PackedFile file(at("d.saddle"));
  for (std::int64_t i = 0; i < 20; ++i) {
    for (std::int64_t j = 20; j < 25; ++j) {
      EXPECT_FALSE(std::ranges::equal(file.sample(0, i), file.sample(0, j))) << i << " " << j;
    }
  }
  ASSERT_EQ(run({"make", "digits", "-n", "20", "--test", "5", "--out", "d"}).exit_code, 0);
  EXPECT_THAT(names("d"), ElementsAre("test", "train"));
  const Finished packed = run({"pack", "d", "--out", "e.saddle"});
  EXPECT_THAT(packed.out, HasSubstr("20 train and 5 test"));
}

TEST_F(Make, AFolderSaysWhatItLeavesOut) {
  const Finished folder = run({"make", "shapes", "-n", "2", "--out", "s"});
  ASSERT_EQ(folder.exit_code, 0) << folder.err;
  EXPECT_EQ(folder.out, "wrote s: 2 train samples, x u8 [3,64,64], label i64 []\n");
  EXPECT_EQ(folder.err, "left out: factors; a packed set (.saddle) or .npy holds it too\n");
  const Finished array = run({"make", "shapes", "-n", "2", "--out", "s.npy"});
  EXPECT_THAT(array.out, HasSubstr("factors f32 [12]"));
  EXPECT_EQ(array.err, "");
  EXPECT_EQ(codec::read_npy(at("s-factors.npy")).shape, (std::vector<std::int64_t>{2, 12}));
}

TEST_F(Make, KeysOfTheWorldAreTaken) {
  const Finished finished =
      run({"make", "shapes", "-n", "2", "--set", "data.resolution=32", "--out", "s.saddle"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("[3,32,32]"));
  EXPECT_EQ(codec::PackedFile(at("s.saddle")).info().origin, "world shapes resolution=32");
  refused({"make", "ring", "--set", "data.mode=3", "--out", "r.npy"}, 2, "did you mean 'modes'?");
  refused({"make", "ring", "--set", "data.name=idx", "--out", "r.npy"}, 2, "name the world first");
}

TEST_F(Make, TheSameCommandGivesTheSameBytes) {
  ASSERT_EQ(run({"make", "ring", "-n", "1000", "--out", "a.saddle"}).exit_code, 0);
  ASSERT_EQ(run({"make", "ring", "-n", "1000", "--out", "b.saddle"}).exit_code, 0);
  EXPECT_EQ(read_file(at("a.saddle")), read_file(at("b.saddle")));
}

TEST_F(Make, WhatIsThereIsNotReplaced) {
  put("a.npy", "mine");
  refused({"make", "ring", "-n", "3", "--out", "a.npy"}, 2,
          "'a.npy' is there already: expected the name of a new file; try another");
  put("a.saddle", "mine");
  refused({"make", "ring", "-n", "3", "--out", "a.saddle"}, 2,
          "'a.saddle' is there and is no packed set: expected a new name; try another with --out");
  put("folder/mine", "mine");
  refused({"make", "ring", "-n", "3", "--out", "folder"}, 2,
          "'folder' is there already: expected the name of a new folder; try another");
  for (const char* name : {"a.npy", "a.saddle", "folder/mine"}) {
    EXPECT_EQ(read_file(at(name)), "mine");
  }
  EXPECT_THAT(names(), ElementsAre("a.npy", "a.saddle", "folder"));
}

TEST_F(Make, WrongUseIsAnsweredWithWhatToTry) {
  refused({"make", "rng", "--out", "a.npy"}, 2, "unknown world 'rng'; did you mean 'ring'?");
  refused({"make", "own", "--out", "a.npy"}, 2, "unknown world 'own'");
  refused({"make", "images", "--out", "a.npy"}, 2, "unknown world 'images'");
  refused({"make", "ring", "--out", "a.csv"}, 2,
          "--out 'a.csv': got the ending .csv, expected .saddle, .npy, or none for a folder");
  refused({"make", "ring", "--test", "5", "--out", "a.npy"}, 2,
          "a .npy file holds one split: leave --test out, or write a folder or .saddle");
  refused({"make", "ring", "-n", "0", "--out", "a.npy"}, 2, "-n");
  refused({"make", "ring"}, 2, "--out is required");
  refused({"make", "--out", "a.npy"}, 2, "world is required");
  EXPECT_THAT(names(), IsEmpty());
}

/// A signal in the middle: nothing is left, and the exit code is the shell's.
class Interrupted : public DataVerbs, public testing::WithParamInterface<const char*> {};

TEST_P(Interrupted, LeavesNothing) {
  const std::string out = GetParam();
  const test::TemporaryDirectory logs;
  const int process =
      test::start_saddle({"data", "make", "digits", "-n", "100000000", "--out", at(out).string()},
                         logs.path().string());
  for (int i = 0; i < 1000 && names().empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_FALSE(names().empty()) << "it has not begun within 10 s";
  ASSERT_EQ(::kill(process, SIGTERM), 0);
  EXPECT_EQ(test::wait_for(process), 128 + SIGTERM);
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_THAT(test::file_text((logs / "err.txt").string()),
              EndsWith("saddle: interrupted; nothing was written\n"));
  EXPECT_EQ(test::file_text((logs / "out.txt").string()), "");
}
INSTANTIATE_TEST_SUITE_P(Table, Interrupted, testing::Values("a.npy", "folder"),
                         [](const auto& one) {
                           return std::string(one.param).substr(0, 1) + "_output";
                         });

}  // namespace
}  // namespace saddle
