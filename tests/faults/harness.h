#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/base/philox.h"
#include "tests/program.h"

namespace saddle::test {

using Words = std::vector<std::string>;

Words with(Words words, const Words& more);

/// The random stream of this name; the same numbers in every run of the tests.
PhiloxSequence moments_of(std::string_view name, std::uint64_t index);

/// Folders in which a program makes `.tmp-<pid>...` before it renames, relative to where it runs.
using Watched = std::vector<std::string>;

/// A moment at which to end a program.
struct Moment {
  double seconds = 0;  ///< after its start, where `write` is 0
  int write = 0;       ///< the n-th temporary to appear in the watched folders, from 1
  double after = 0;    ///< seconds after that one appeared
};

/// What a program did until it ended or was ended.
struct Life {
  bool killed = false;  ///< false: it ended before the moment came
  int exit_code = 0;    ///< 128 + signal where a signal ended it
  double seconds = 0;
  int writes = 0;            ///< temporaries that appeared
  double write_seconds = 0;  ///< how long one lay there, on average
  double cpu_seconds = 0;    ///< of all its threads
};

/// Runs `saddle` in `directory` and ends it by SIGKILL at `moment`.
Life kill_at(const Words& words, const std::string& directory, const Watched& watched,
             const Moment& moment);
/// Runs it to its end and measures it.
Life live(const Words& words, const std::string& directory, const Watched& watched);

/// Moment `index` of a stream, anywhere in a life that was measured.
Moment draw_moment(std::string_view stream, std::uint64_t index, const Life& measured);
/// The same within one of the writes of that life.
Moment draw_write(std::string_view stream, std::uint64_t index, const Life& measured);

/// Names `.tmp-...` directly in a folder; a missing folder has none.
std::vector<std::string> temporaries_in(const std::filesystem::path& folder);

/// A run so small that a sitting takes about half a second; reading and writing are as of any run.
/// Its numbers do not depend on how long it trains.
Words small_points(const std::string& out, const std::string& steps);
Words small_images(const std::string& out, const std::string& steps);

/// An IDX set of 40 images of 8x8 pixels in 10 classes, as `data=idx` reads it.
void write_small_set(const std::filesystem::path& folder, std::uint8_t ink);

/// Samples of the finished checkpoints of a run, oldest first.
std::vector<std::int64_t> checkpoints_of(const std::filesystem::path& run);
std::filesystem::path checkpoint_at(const std::filesystem::path& run, std::int64_t samples);

/// Whether every numbered checkpoint is whole: sizes and hashes hold.
::testing::AssertionResult checkpoints_are_whole(const std::filesystem::path& run);

/// Whether two runs are the same: newest checkpoints byte for byte but for the seconds they took,
/// config, sheets, ticks but for seconds, rate and memory; and nothing temporary is left.
::testing::AssertionResult same_run(const std::filesystem::path& run,
                                    const std::filesystem::path& expected);

/// The program's error output and how it ended, for the message of a failed check.
std::string in_words(const Finished& finished);

/// Whether it failed as it should: exit code 1 or 2, and words that name `what`.
::testing::AssertionResult fails_naming(const Finished& finished, const std::string& what);

}  // namespace saddle::test
