// A verb that writes a file and is killed anywhere leaves the whole file or none.
#include <gtest/gtest.h>

#include <map>

#include "tests/base/temporary.h"
#include "tests/faults/harness.h"
#include "tests/testing.h"

namespace saddle::test {
namespace {
namespace fs = std::filesystem;

/// A verb that writes; another one is another row.
struct WriterJob {
  std::string name;
  std::vector<Words> before;  ///< commands that make what it reads
  Words words;
  std::string result;  ///< the file or folder that is whole when it is there
  int moments;         ///< in ./check
  int all_moments;
};

void PrintTo(const WriterJob& job, std::ostream* out) {
  *out << job.name;
}

Words sample_words(const Words& more) {
  return with({"sample", "run", "--seed", "3"}, more);
}

std::vector<WriterJob> writer_jobs() {
  const std::vector<Words> points{small_points("run", "20")}, images{small_images("run", "4")};
  return {{.name = "sample_npy",
           .before = points,
           .words = sample_words({"-n", "400000", "--format", "npy", "--out", "out/a.npy"}),
           .result = "out/a.npy",
           .moments = 2,
           .all_moments = 20},
          {.name = "sample_sheet",
           .before = images,
           .words = sample_words({"-n", "400", "--out", "out/a.png"}),
           .result = "out/a.png",
           .moments = 2,
           .all_moments = 20},
          {.name = "sample_pictures",
           .before = images,
           .words = sample_words({"-n", "60", "--format", "png", "--out", "out/all"}),
           .result = "out/all",
           .moments = 2,
           .all_moments = 20},
          {.name = "pack",
           .before = {{"data", "make", "digits", "-n", "2000", "--out", "digits"}},
           .words = {"data", "pack", "digits", "--out", "out/a.saddle"},
           .result = "out/a.saddle",
           .moments = 2,
           .all_moments = 20},
          {.name = "make_packed",
           .before = {},
           .words = {"data", "make", "digits", "-n", "20000", "--out", "out/a.saddle"},
           .result = "out/a.saddle",
           .moments = 2,
           .all_moments = 20},
          {.name = "make_npy",
           .before = {},
           .words = {"data", "make", "digits", "-n", "20000", "--out", "out/a.npy"},
           .result = "out/a.npy",
           .moments = 1,
           .all_moments = 10},
          {.name = "make_folder",
           .before = {},
           .words = {"data", "make", "digits", "-n", "500", "--out", "out/all"},
           .result = "out/all",
           .moments = 2,
           .all_moments = 20}};
}

/// Every file below a folder with its bytes, without what lies under temporary names.
std::map<std::string, std::string> content(const fs::path& folder) {
  std::map<std::string, std::string> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path(), folder).string();
    if (entry.is_regular_file() && !name.starts_with(".tmp-")) {
      files[name] = file_text(entry.path().string());
    }
  }
  return files;
}

/// Empties a folder but for temporaries: some verbs refuse to write over what is there.
void remove_results(const fs::path& folder) {
  if (!fs::exists(folder)) return;
  std::vector<fs::path> results;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.path().filename().string().starts_with(".tmp-")) results.push_back(entry.path());
  }
  for (const fs::path& path : results) fs::remove_all(path);
}

class KilledWriter : public ::testing::TestWithParam<WriterJob> {};

TEST_P(KilledWriter, LeavesTheWholeOrNothing) {
  const WriterJob& job = GetParam();
  const TemporaryDirectory place;
  const std::string here = place.path().string();
  for (const Words& words : job.before) {
    const Finished made = run_saddle(words, here);
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  const fs::path result = place / job.result, folder = result.parent_path();
  const Watched watched{fs::relative(folder, place.path()).string(), job.result};
  const Life measured = live(job.words, here, watched);
  ASSERT_EQ(measured.exit_code, 0) << file_text(here + "/err.txt");
  const auto whole = content(folder);
  ASSERT_TRUE(fs::exists(result));
  ASSERT_FALSE(whole.empty());
  int kills = 0, within = 0;
  const int moments = saddle_test_all() ? job.all_moments : job.moments;
  for (int i = 0; i < moments; ++i) {
    SCOPED_TRACE("moment " + std::to_string(i));
    fs::remove_all(folder);
    const auto draw = i % 2 == 0 && measured.writes > 0 ? draw_write : draw_moment;
    const Moment moment = draw("faults." + job.name, static_cast<std::uint64_t>(i), measured);
    const Life life = kill_at(job.words, here, watched, moment);
    kills += life.killed;
    within += !temporaries_in(folder).empty();
    if (fs::exists(result)) {
      EXPECT_TRUE(content(folder) == whole) << "half of it was taken for the whole";
    }
    remove_results(folder);
    ASSERT_EQ(live(job.words, here, {}).exit_code, 0) << file_text(here + "/err.txt");
    EXPECT_TRUE(content(folder) == whole);
    EXPECT_TRUE(temporaries_in(folder).empty()) << temporaries_in(folder)[0];
  }
  // A moment or two may all come after the end; of many, most must hit.
  if (saddle_test_all()) {
    EXPECT_GE(2 * kills, moments);
  }
  report_figure(job.name + ": kills", kills);
  report_figure(job.name + ": kills within a write", within);
}

INSTANTIATE_TEST_SUITE_P(Table, KilledWriter, ::testing::ValuesIn(writer_jobs()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace saddle::test
