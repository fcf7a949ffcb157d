#include "saddle/loader/loader.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "saddle/base/clock.h"
#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/philox.h"
#include "saddle/base/text.h"

namespace saddle::data {

namespace {

void require_options(const Source* source, const LoaderOptions& options) {
  const auto fail = [](const std::string& text) { throw Error(ErrorCode::kUsage, "loader", text); };
  if (source == nullptr) throw Error(ErrorCode::kInternal, "loader", "no source given");
  if (source->size() < 1) {
    throw Error(ErrorCode::kInput, "loader",
                "the source is empty: got 0 samples, expected 1 or more");
  }
  if (options.batch_size < 1) {
    fail(cat("batch size: got ", options.batch_size, ", expected 1 or more"));
  }
  if (options.workers < 0) fail(cat("workers: got ", options.workers, ", expected 0 or more"));
  if (options.prefetch < 1) fail(cat("prefetch: got ", options.prefetch, ", expected 1 or more"));
  if (options.rank >= options.world) {
    fail(cat("rank: got ", options.rank, ", expected less than world = ", options.world));
  }
}

}  // namespace

struct Loader::State {
  /// Finished work of a reader: a batch or what went wrong.
  struct ReadyBatch {
    Batch batch;
    std::exception_ptr error;
  };

  State(std::shared_ptr<const Source> set, const LoaderOptions& how)
      : source(std::move(set)),
        options(how),
        shuffle(stream_key(how.seed, "shuffle")),
        start(stream_key(how.seed, "data") >> 2) {}

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    room.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  /// The sample at a position of the endless concatenation of shuffled epochs. A world without end
  /// needs no shuffle: each seed starts at a place of its own.
  std::int64_t sample_at(std::uint64_t position) const {
    if (source->size() == Source::kEndless) {
      return static_cast<std::int64_t>((start + position) & (~std::uint64_t{0} >> 2));
    }
    const auto n = static_cast<std::uint64_t>(source->size());
    return static_cast<std::int64_t>(permuted(position % n, n, mix64(shuffle + position / n)));
  }

  Batch make(std::int64_t k) const;
  void work();
  void start_threads();

  const std::shared_ptr<const Source> source;
  const LoaderOptions options;
  const std::uint64_t shuffle;
  const std::uint64_t start;

  std::mutex mutex;
  std::condition_variable room;   // the cursor moved, a seek, or the end
  std::condition_variable ready;  // a batch was finished
  std::map<std::int64_t, ReadyBatch> finished;
  std::int64_t cursor = 0;
  std::int64_t claimed = 0;      // next batch that a reader will take
  std::uint64_t generation = 0;  // a seek makes work under way worthless
  bool stop = false;
  double cpu_seconds = 0;
  std::vector<std::thread> threads;
};

Batch Loader::State::make(std::int64_t k) const {
  const auto n = static_cast<std::size_t>(options.batch_size);
  const std::int64_t first = (k * options.world + options.rank) * options.batch_size;
  std::vector<std::int64_t> positions(n);
  std::vector<std::int64_t> indices(n);
  for (std::size_t i = 0; i < n; ++i) {
    positions[i] = first + static_cast<std::int64_t>(i);
    indices[i] = sample_at(static_cast<std::uint64_t>(positions[i]));
  }
  Batch batch = read_batch(*source, indices);
  for (Field& field : batch.fields) {
    if (field.values.scalar_type() == at::kByte && field.values.dim() == 4) {
      field.values = transform_images(options.transform, field.values, options.seed, positions);
    }
  }
  return batch;
}

void Loader::State::work() {
  std::unique_lock lock(mutex);
  while (true) {
    room.wait(lock, [this] { return stop || claimed < cursor + options.prefetch; });
    if (stop) return;
    const std::int64_t k = claimed++;
    const std::uint64_t mine = generation;
    lock.unlock();
    const double before = thread_cpu_seconds();
    ReadyBatch result;
    try {
      result.batch = make(k);
    } catch (...) {
      result.error = std::current_exception();
    }
    const double spent = thread_cpu_seconds() - before;
    lock.lock();
    cpu_seconds += spent;
    if (mine == generation) {
      finished[k] = std::move(result);
      ready.notify_all();
    }
  }
}

void Loader::State::start_threads() {
  while (static_cast<std::int64_t>(threads.size()) < options.workers) {
    threads.emplace_back([this] { work(); });
  }
}

Loader::Loader(std::shared_ptr<const Source> source, const LoaderOptions& options) {
  require_options(source.get(), options);
  state_ = std::make_unique<State>(std::move(source), options);
}

Loader::~Loader() = default;

Batch Loader::next() {
  State& s = *state_;
  const double before = thread_cpu_seconds();
  Batch batch;
  if (s.options.workers == 0) {
    batch = s.make(cursor());
    const std::lock_guard lock(s.mutex);
    ++s.cursor;
    s.cpu_seconds += thread_cpu_seconds() - before;
    return batch;
  }
  s.start_threads();
  {
    std::unique_lock lock(s.mutex);
    s.ready.wait(lock, [&s] { return s.finished.contains(s.cursor); });
    const auto found = s.finished.find(s.cursor);
    // A failed batch stays: asking again fails again, until a seek.
    if (found->second.error) std::rethrow_exception(found->second.error);
    batch = std::move(found->second.batch);
    s.finished.erase(found);
    ++s.cursor;
    s.cpu_seconds += thread_cpu_seconds() - before;
  }
  s.room.notify_one();
  return batch;
}

Batch Loader::at(std::int64_t k) const {
  return state_->make(k);
}

std::int64_t Loader::cursor() const {
  const std::lock_guard lock(state_->mutex);
  return state_->cursor;
}

void Loader::seek(std::int64_t cursor) {
  if (cursor < 0) {
    throw Error(ErrorCode::kInput, "loader", cat("cursor: got ", cursor, ", expected 0 or more"));
  }
  {
    const std::lock_guard lock(state_->mutex);
    if (cursor == state_->cursor && state_->finished.empty()) return;
    ++state_->generation;
    state_->finished.clear();
    state_->cursor = cursor;
    state_->claimed = cursor;
  }
  state_->room.notify_all();
}

const Source& Loader::source() const {
  return *state_->source;
}

const LoaderOptions& Loader::options() const {
  return state_->options;
}

double Loader::cpu_seconds() const {
  const std::lock_guard lock(state_->mutex);
  return state_->cpu_seconds;
}

}  // namespace saddle::data
