#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/base/file.h"
#include "saddle/base/json.h"
#include "saddle/base/log.h"

namespace saddle {

/// One checkpoint directory on disk, `checkpoints/<samples>/`.
struct CheckpointEntry {
  std::int64_t samples = 0;
  std::filesystem::path path;
};

/// Files of a run: config.toml, manifest.json, log.txt, ticks.jsonl, metrics.jsonl, samples/,
/// checkpoints/, event files. Holding one means holding the run's lock.
class RunDirectory {
 public:
  /// Makes `parent/00012-<name>/` with the next free number.
  /// Throws Error(kIo) when the place is not writable.
  static RunDirectory create(const std::filesystem::path& parent, std::string_view name);
  /// Makes exactly this directory. Throws Error(kUsage) when it already holds a run.
  static RunDirectory create_at(const std::filesystem::path& path);
  /// Opens an existing run to continue it. Throws Error(kInput) when it is no run, Error(kIo)
  /// when another process trains in it.
  static RunDirectory open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file(std::string_view name) const { return path_ / name; }
  /// samples/<samples>.png, the sheet drawn at that clock.
  std::filesystem::path sheet(std::int64_t samples) const;
  /// Throws Error(kIo) when the directory was removed or moved since this object was made: what is
  /// written from now on would be lost.
  void require_in_place() const;
  /// Cuts every *.jsonl back to lines with "samples" <= `samples` that are not partial.
  void rewind_logs(std::int64_t samples) const;
  /// Renames every checkpoint beyond `samples` to `damaged-<samples>`: the run goes on from before
  /// it, and must neither count nor offer it. One line to `log` for each.
  void set_aside_checkpoints(std::int64_t samples, const Log& log) const;

 private:
  RunDirectory(std::filesystem::path path, FileLock lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  FileLock lock_;
};

/// Throws Error(kInput), with what a run is and what was found, unless `path` holds a run.
void require_run(const std::filesystem::path& path);

// In place of the samples of a checkpoint.
inline constexpr std::int64_t kNewestCheckpoint = -1;
inline constexpr std::int64_t kBestCheckpoint = -2;  ///< by the run's eval.best

/// All finished checkpoints of a run, oldest first; unfinished ones are not listed.
std::vector<CheckpointEntry> list_checkpoints(const std::filesystem::path& run);

/// Writes files into `checkpoints/<samples>/` so that a crash leaves no half checkpoint: temporary
/// directory, files synced, state.json with sizes and SHA-256 last, renamed.
/// Each file is a name and its bytes. A checkpoint that is there already is replaced whole.
/// Throws Error(kIo).
CheckpointEntry write_checkpoint(const std::filesystem::path& run, std::int64_t samples,
                                 const std::vector<std::pair<std::string, std::string>>& files,
                                 const Json& facts);

/// The facts of a checkpoint's state.json. Throws Error(kInput) when it cannot be read.
Json checkpoint_facts(const CheckpointEntry& entry);

/// Checks sizes and hashes of a checkpoint and returns the facts of its state.json.
/// Throws Error(kInput) naming the file that is missing, short or changed.
Json verify_checkpoint(const CheckpointEntry& entry);

/// The newest checkpoint whose hashes hold; older ones are tried with a warning for each that does
/// not. Another process may be training in the run: a checkpoint that it removes meanwhile is not
/// missed. Throws Error(kInput) when there is none.
CheckpointEntry latest_checkpoint(const std::filesystem::path& run, const Log& log);

/// Removes all but the newest `keep` checkpoints and the one at `best` samples (negative: none); a
/// warning to `log` where one cannot be removed.
void prune_checkpoints(const std::filesystem::path& run, std::int64_t keep, const Log& log,
                       std::int64_t best = -1);

}  // namespace saddle
