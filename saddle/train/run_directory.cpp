#include "saddle/train/run_directory.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/jsonl.h"
#include "saddle/base/text.h"

#include <fcntl.h>
#include <unistd.h>

namespace saddle {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kLockName = ".lock";
constexpr std::string_view kStateName = "state.json";

// What lies in a directory. Throws Error(kIo) where it cannot be listed.
std::vector<fs::path> entries_of(const fs::path& directory) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    entries.push_back(it->path());
  }
  if (error) throw_io_error("run", "list", directory, error.value());
  return entries;
}

std::string numbered(const char* format, std::int64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, format, static_cast<long long>(number));
  return text;
}

// The number at the start of "00012-mnist-idx", or -1.
std::int64_t run_number(const std::string& name) {
  std::size_t end = 0;
  while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
  if (end == 0 || end > 9 || end == name.size() || name[end] != '-') return -1;
  return std::stoll(name.substr(0, end));
}

std::int64_t next_run_number(const fs::path& parent) {
  std::int64_t next = 0;
  for (const fs::path& entry : entries_of(parent)) {
    next = std::max(next, run_number(entry.filename().string()) + 1);
  }
  return next;
}

void refuse_a_run(const fs::path& path) {
  if (!fs::exists(path / "config.toml")) return;
  throw Error(ErrorCode::kUsage, "run",
              cat(path.string(), " already holds a run; continue it with --resume ", path.string(),
                  " or give another --out"));
}

// Puts `from` in the place of `to`; where the file system can, `to` is whole at every moment.
void replace_directory(const fs::path& from, const fs::path& to) {
  if (!fs::exists(to)) {
    fs::rename(from, to);
  } else if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) {
    std::error_code left;  // a stale temporary is removed when the run is opened again
    fs::remove_all(from, left);
  } else {
    const fs::path aside = from.parent_path() / (from.filename().string() + "-old");
    fs::rename(to, aside);
    fs::rename(from, to);
    std::error_code left;
    fs::remove_all(aside, left);
  }
}

}  // namespace

RunDirectory RunDirectory::create(const fs::path& parent, std::string_view name) {
  make_directories(parent);
  for (std::int64_t number = next_run_number(parent);; ++number) {
    const fs::path path = parent / cat(numbered("%05lld", number), "-", name);
    std::error_code error;
    // Only the process that makes the directory owns the number.
    if (fs::create_directory(path, error)) return RunDirectory(path, FileLock(path / kLockName));
    if (error && error != std::errc::file_exists) {
      throw_io_error("run", "make directory", path, error.value());
    }
  }
}

RunDirectory RunDirectory::create_at(const fs::path& path) {
  refuse_a_run(path);
  make_directories(path);
  FileLock lock(path / kLockName);
  // Another process may have begun and ended one since.
  refuse_a_run(path);
  // A process that was killed before the run was one may have left these; the rest of the folder is
  // not ours.
  for (const char* name : {"-manifest.json", "-config.toml"}) {
    remove_stale_temporaries(path, name);
  }
  return RunDirectory(path, std::move(lock));
}

RunDirectory RunDirectory::open(const fs::path& path) {
  require_run(path);
  FileLock lock(path / kLockName);
  for (const fs::path& folder : {path, path / "checkpoints", path / "samples"}) {
    remove_stale_temporaries(folder);
  }
  return RunDirectory(path, std::move(lock));
}

fs::path RunDirectory::sheet(std::int64_t samples) const {
  return path_ / "samples" / (numbered("%012lld", samples) + ".png");
}

void RunDirectory::require_in_place() const {
  if (lock_.in_place()) return;
  throw Error(ErrorCode::kIo, "run",
              cat(path_.string(),
                  " was removed or moved while it was trained, so nothing more can be saved in it; "
                  "if it was moved, go on with --resume at its new place"));
}

void RunDirectory::rewind_logs(std::int64_t samples) const {
  for (const fs::path& entry : entries_of(path_)) {
    if (entry.extension() != ".jsonl") continue;
    truncate_jsonl(entry, [&](const Json& line) {
      if (line.contains("partial") && line["partial"] == true) return false;
      if (!line.contains("samples")) return true;
      return JsonReader(line, "run", entry.string()).integer("samples") <= samples;
    });
  }
}

void RunDirectory::set_aside_checkpoints(std::int64_t samples, const Log& log) const {
  for (const CheckpointEntry& entry : list_checkpoints(path_)) {
    if (entry.samples <= samples) continue;
    const fs::path aside =
        entry.path.parent_path() / cat("damaged-", entry.path.filename().string());
    std::error_code error;
    fs::remove_all(aside, error);
    fs::rename(entry.path, aside, error);
    log.warning(error ? cat("cannot set aside ", entry.path.string(), ": ", error.message())
                      : cat("checkpoint ", entry.samples, " is now ", aside.string()));
  }
}

void require_run(const fs::path& path) {
  if (!fs::exists(path)) {
    throw Error(
        ErrorCode::kInput, "run",
        cat("no run at ", path.string(), "; give the directory that `saddle train` printed"));
  }
  if (!fs::exists(path / "config.toml")) {
    throw Error(ErrorCode::kInput, "run",
                cat(path.string(),
                    " is not a run: it has no config.toml; give the directory that "
                    "`saddle train` printed"));
  }
}

std::vector<CheckpointEntry> list_checkpoints(const fs::path& run) {
  std::vector<CheckpointEntry> entries;
  const fs::path directory = run / "checkpoints";
  if (!fs::exists(directory)) return entries;
  for (const fs::path& entry : entries_of(directory)) {
    const std::string name = entry.filename().string();
    const bool digits = !name.empty() && name.size() <= 18 &&
                        name.find_first_not_of("0123456789") == std::string::npos;
    if (digits) entries.push_back({std::stoll(name), entry});
  }
  std::ranges::sort(entries, {}, &CheckpointEntry::samples);
  return entries;
}

CheckpointEntry write_checkpoint(const fs::path& run, std::int64_t samples,
                                 const std::vector<std::pair<std::string, std::string>>& files,
                                 const Json& facts) {
  const fs::path directory = run / "checkpoints";
  make_directories(directory);
  const fs::path target = directory / numbered("%012lld", samples);
  const fs::path temporary = directory / cat(".tmp-", static_cast<std::int64_t>(::getpid()));
  std::error_code ignored;
  fs::remove_all(temporary, ignored);
  try {
    make_directories(temporary);
    Json state = facts;
    state["samples"] = samples;
    state["files"] = Json::object();
    for (const auto& [name, bytes] : files) {
      write_file_atomic(temporary / name, bytes);
      state["files"][name] = {{"bytes", bytes.size()}, {"sha256", sha256_hex(bytes)}};
    }
    write_file_atomic(temporary / kStateName, sealed_json_text(state));
    fsync_directory(temporary);
    replace_directory(temporary, target);
    fsync_directory(directory);
  } catch (const fs::filesystem_error& error) {
    fs::remove_all(temporary, ignored);
    throw Error(ErrorCode::kIo, "checkpoint",
                cat("cannot write ", target.string(), ": ", error.code().message(),
                    "; earlier checkpoints are untouched"));
  } catch (...) {
    fs::remove_all(temporary, ignored);
    throw;
  }
  return {samples, target};
}

Json checkpoint_facts(const CheckpointEntry& entry) {
  const fs::path path = entry.path / kStateName;
  return parse_sealed_json(read_file(path), "checkpoint", path.string());
}

Json verify_checkpoint(const CheckpointEntry& entry) {
  const Json state = checkpoint_facts(entry);
  const JsonReader reader(state, "checkpoint", (entry.path / kStateName).string());
  const JsonReader files = reader.at("files");
  if (!files.value().is_object()) files.fail("must be an object of file names");
  for (const auto& [name, facts] : files.value().items()) {
    const JsonReader file = files.at(name);
    const std::string bytes = read_file(entry.path / name);
    if (static_cast<std::int64_t>(bytes.size()) != file.integer("bytes")) {
      throw Error(ErrorCode::kInput, "checkpoint",
                  cat((entry.path / name).string(), " has ", bytes.size(), " bytes, expected ",
                      file.integer("bytes"), "; it is truncated or changed"));
    }
    if (sha256_hex(bytes) != file.text("sha256")) {
      throw Error(ErrorCode::kInput, "checkpoint",
                  cat((entry.path / name).string(),
                      " does not have the SHA-256 that state.json names; its bytes changed"));
    }
  }
  return state;
}

CheckpointEntry latest_checkpoint(const fs::path& run, const Log& log) {
  auto entries = list_checkpoints(run);
  for (auto it = entries.rbegin(); it != entries.rend();) {
    try {
      verify_checkpoint(*it);
      return *it;
    } catch (const Error& error) {
      std::error_code ignored;
      if (!fs::exists(it->path, ignored)) {
        // Removed by who trains here, and then there are newer ones.
        entries = list_checkpoints(run);
        it = entries.rbegin();
        continue;
      }
      log.warning(cat("checkpoint ", it->path.filename().string(),
                      " cannot be used: ", error.what(), "; trying the one before"));
      ++it;
    }
  }
  throw Error(ErrorCode::kInput, "checkpoint",
              cat("no usable checkpoint in ", (run / "checkpoints").string(),
                  entries.empty()
                      ? ": none was written yet; where the run still trains, wait for the first, "
                        "or end it with Ctrl-C, which writes one; else train again from the start "
                        "with the config.toml of the run"
                      : ": all are damaged; train again from the start with the config.toml of "
                        "the run"));
}

void prune_checkpoints(const fs::path& run, std::int64_t keep, const Log& log, std::int64_t best) {
  auto entries = list_checkpoints(run);
  std::erase_if(entries, [best](const CheckpointEntry& entry) { return entry.samples == best; });
  const std::int64_t extra = static_cast<std::int64_t>(entries.size()) - keep;
  for (std::int64_t i = 0; i < extra; ++i) {
    // Renamed first: a kill half-way must not leave half a checkpoint under its number.
    const fs::path away = entries[i].path.parent_path() /
                          cat(".tmp-", static_cast<std::int64_t>(::getpid()), "-pruned");
    std::error_code error;
    // What a killed process of our own number left would be in the way.
    fs::remove_all(away, error);
    fs::rename(entries[i].path, away, error);
    if (!error) fs::remove_all(away, error);
    if (error) log.warning(cat("cannot remove ", entries[i].path.string(), ": ", error.message()));
  }
}

}  // namespace saddle
