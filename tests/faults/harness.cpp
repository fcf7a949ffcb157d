#include "tests/faults/harness.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/jsonl.h"
#include "saddle/codec/idx.h"
#include "saddle/train/run_directory.h"

namespace saddle::test {
namespace {
namespace fs = std::filesystem;

constexpr std::uint64_t kSeed = 4;
constexpr int kPollMicroseconds = 300;

// Counts temporaries as they come and go in some folders.
class TemporaryWatch {
 public:
  TemporaryWatch(const std::string& directory, const Watched& watched) {
    for (const auto& folder : watched) folders_.push_back(fs::path(directory) / folder);
  }

  void look(double now) {
    std::set<std::string> present;
    for (const auto& folder : folders_) {
      for (const auto& name : temporaries_in(folder)) {
        // A trial whether a folder can be written, not a write.
        if (name.ends_with("-probe")) continue;
        present.insert((folder / name).string());
      }
    }
    for (const auto& name : present) {
      if (since_.emplace(name, now).second) {
        ++writes_;
        newest_ = now;
      }
    }
    for (auto it = since_.begin(); it != since_.end();) {
      if (present.contains(it->first)) {
        ++it;
        continue;
      }
      gone_seconds_ += now - it->second;
      ++gone_;
      it = since_.erase(it);
    }
  }

  int writes() const { return writes_; }
  double newest() const { return newest_; }
  double mean_seconds() const { return gone_ > 0 ? gone_seconds_ / gone_ : 0; }

 private:
  std::vector<fs::path> folders_;
  std::map<std::string, double> since_;
  int writes_ = 0, gone_ = 0;
  double newest_ = 0, gone_seconds_ = 0;
};

Life watch(const Words& words, const std::string& directory, const Watched& watched,
           const Moment* moment) {
  TemporaryWatch temporaries(directory, watched);
  const double started = wall_seconds();
  const int process = start_saddle(words, directory);
  Life life;
  while (still_runs(process)) {
    const double now = wall_seconds();
    temporaries.look(now);
    if (moment != nullptr) {
      const bool due = moment->write > 0 ? temporaries.writes() >= moment->write &&
                                               now - temporaries.newest() >= moment->after
                                         : now - started >= moment->seconds;
      if (due) {
        ::kill(process, SIGKILL);
        break;
      }
    }
    ::usleep(kPollMicroseconds);
  }
  life.exit_code = wait_for(process, &life.cpu_seconds);
  life.killed = life.exit_code == 128 + SIGKILL;
  life.seconds = wall_seconds() - started;
  life.writes = temporaries.writes();
  life.write_seconds = temporaries.mean_seconds();
  return life;
}

// The bytes of a safetensors file, with the entry "seconds" made zero.
std::string without_seconds(std::string bytes) {
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) return bytes;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > bytes.size() - sizeof length) return bytes;
  const auto header = nlohmann::json::parse(bytes.substr(sizeof length, length), nullptr,
                                            /*allow_exceptions=*/false);
  if (!header.contains("seconds")) return bytes;
  const auto& offsets = header["seconds"]["data_offsets"];
  const std::size_t data = sizeof length + length;
  for (std::size_t i = offsets[0]; i < offsets[1]; ++i) bytes.at(data + i) = 0;
  return bytes;
}

std::vector<std::string> ticks_of(const fs::path& run) {
  std::vector<std::string> lines;
  for (Json line : read_jsonl(run / "ticks.jsonl")) {
    for (const char* key : {"seconds", "rate", "memory"}) line.erase(key);
    lines.push_back(line.dump());
  }
  return lines;
}

std::map<std::string, std::string> sheets_of(const fs::path& run) {
  std::map<std::string, std::string> sheets;
  for (const auto& entry : fs::directory_iterator(run / "samples")) {
    sheets[entry.path().filename().string()] = file_text(entry.path().string());
  }
  return sheets;
}

}  // namespace

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

PhiloxSequence moments_of(std::string_view name, std::uint64_t index) {
  return PhiloxSequence::of(stream_key(kSeed, name), index);
}

Life kill_at(const Words& words, const std::string& directory, const Watched& watched,
             const Moment& moment) {
  return watch(words, directory, watched, &moment);
}

Life live(const Words& words, const std::string& directory, const Watched& watched) {
  return watch(words, directory, watched, nullptr);
}

Moment draw_moment(std::string_view stream, std::uint64_t index, const Life& measured) {
  return {.seconds = moments_of(stream, index).uniform(0, measured.seconds)};
}

Moment draw_write(std::string_view stream, std::uint64_t index, const Life& measured) {
  PhiloxSequence random = moments_of(stream, index);
  Moment moment;
  moment.write = 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(measured.writes)));
  moment.after = random.uniform(0, measured.write_seconds);
  return moment;
}

std::vector<std::string> temporaries_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (name.starts_with(".tmp-")) names.push_back(std::move(name));
  }
  return names;
}

Words small_points(const std::string& out, const std::string& steps) {
  return {"train",
          "ring",
          "--out",
          out,
          "--deterministic",
          "--set",
          "train.length=\"" + steps + " steps\"",
          "--set",
          "train.tick=\"50 steps\"",
          "--set",
          "train.batch=16",
          "--set",
          "train.threads=1",
          "--set",
          "train.precision=float32",
          "--set",
          "generator.width=8",
          "--set",
          "discriminator.width=8",
          "--set",
          "optimizer.generator.lr=1e-3",
          "--set",
          "optimizer.discriminator.lr=1e-3",
          "--set",
          "samples.every=\"100 steps\"",
          "--set",
          "samples.count=36",
          "--set",
          "checkpoint.every=\"20 steps\""};
}

Words small_images(const std::string& out, const std::string& steps) {
  return {"train",
          "digits",
          "--out",
          out,
          "--deterministic",
          "--set",
          "train.length=\"" + steps + " steps\"",
          "--set",
          "train.tick=\"5 steps\"",
          "--set",
          "train.batch=8",
          "--set",
          "train.threads=1",
          "--set",
          "train.precision=float32",
          "--set",
          "generator.width=4",
          "--set",
          "discriminator.width=4",
          "--set",
          "optimizer.generator.lr=1e-3",
          "--set",
          "optimizer.discriminator.lr=1e-3",
          "--set",
          "samples.every=\"10 steps\"",
          "--set",
          "samples.count=10",
          "--set",
          "checkpoint.every=\"4 steps\""};
}

void write_small_set(const fs::path& folder, std::uint8_t ink) {
  constexpr std::size_t kCount = 40, kPixels = 8 * 8;
  fs::create_directories(folder);
  std::vector<std::uint8_t> pixels(kCount * kPixels), labels(kCount);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * ink);
  for (std::size_t i = 0; i < kCount; ++i) labels[i] = static_cast<std::uint8_t>(i % 10);
  for (const std::string part : {"train", "t10k"}) {
    codec::write_idx(folder / (part + "-images-idx3-ubyte"),
                     codec::make_array<std::uint8_t>(pixels, {kCount, 8, 8}));
    codec::write_idx(folder / (part + "-labels-idx1-ubyte"),
                     codec::make_array<std::uint8_t>(labels, {kCount}));
  }
}

std::vector<std::int64_t> checkpoints_of(const fs::path& run) {
  std::vector<std::int64_t> samples;
  for (const auto& entry : list_checkpoints(run)) samples.push_back(entry.samples);
  return samples;
}

fs::path checkpoint_at(const fs::path& run, std::int64_t samples) {
  for (const auto& entry : list_checkpoints(run)) {
    if (entry.samples == samples) return entry.path;
  }
  return {};
}

::testing::AssertionResult checkpoints_are_whole(const fs::path& run) {
  for (const auto& entry : list_checkpoints(run)) {
    try {
      verify_checkpoint(entry);
    } catch (const Error& error) {
      return ::testing::AssertionFailure() << error.what();
    }
  }
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult same_run(const fs::path& run, const fs::path& expected) {
  const auto failure = [&] { return ::testing::AssertionFailure() << run << ": "; };
  for (const auto& folder : {run, run / "checkpoints", run / "samples"}) {
    for (const auto& name : temporaries_in(folder)) return failure() << "left " << folder / name;
  }
  if (checkpoints_of(run) != checkpoints_of(expected)) return failure() << "other checkpoints";
  const std::int64_t last = checkpoints_of(expected).back();
  for (const char* name : {"generator", "discriminator", "state"}) {
    const std::string file = std::string(name) + ".safetensors";
    const auto bytes = [&](const fs::path& which) {
      return without_seconds(file_text((checkpoint_at(which, last) / file).string()));
    };
    if (bytes(run).empty() || bytes(run) != bytes(expected)) return failure() << file << " differs";
  }
  if (file_text((run / "config.toml").string()) != file_text((expected / "config.toml").string())) {
    return failure() << "config.toml differs";
  }
  const auto ticks = ticks_of(run), wanted = ticks_of(expected);
  if (ticks.size() != wanted.size()) {
    return failure() << ticks.size() << " ticks, expected " << wanted.size();
  }
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    if (ticks[i] != wanted[i]) return failure() << "tick " << ticks[i] << "\nnot  " << wanted[i];
  }
  if (sheets_of(run) != sheets_of(expected)) return failure() << "sheets differ";
  return ::testing::AssertionSuccess();
}

std::string in_words(const Finished& finished) {
  return "exit code " + std::to_string(finished.exit_code) + ": " + finished.err;
}

::testing::AssertionResult fails_naming(const Finished& finished, const std::string& what) {
  const bool failed = finished.exit_code == 1 || finished.exit_code == 2;
  // The library's own errors name a component; what only a library of its knows comes as [engine].
  const bool ours = finished.err.find("saddle: [") != std::string::npos &&
                    finished.err.find("saddle: [engine]") == std::string::npos &&
                    finished.err.find("saddle: [launcher]") == std::string::npos;
  if (failed && ours && finished.err.find(what) != std::string::npos) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure()
         << "expected a failure that names " << what << ", got " << in_words(finished);
}

}  // namespace saddle::test
