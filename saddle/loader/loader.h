#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "saddle/data/source.h"
#include "saddle/loader/batch.h"
#include "saddle/loader/transform.h"

namespace saddle::data {

struct LoaderOptions {
  std::int64_t batch_size = 64;
  std::uint64_t seed = 0;
  std::int64_t workers = 1;   ///< background threads; 0 reads in the caller. Any number: same bytes
  std::int64_t prefetch = 2;  ///< batches kept ready
  std::uint32_t rank = 0;     ///< this process of `world`; shards are disjoint
  std::uint32_t world = 1;
  Transform transform{};  ///< u8 to float, pad, flip; see transform.h
};

/// Endless batches of a source, shuffled without replacement by epoch. Batch k is a pure function
/// of (source, options, k), so the cursor is one integer.
class Loader {
 public:
  Loader(std::shared_ptr<const Source> source, const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// The next batch and one step of the cursor. Errors of background readers are thrown here.
  Batch next();
  /// Batch k itself, read in the caller; does not move the cursor.
  Batch at(std::int64_t k) const;
  /// Batches handed out so far.
  std::int64_t cursor() const;
  /// Continues as if `cursor` batches had been handed out.
  void seek(std::int64_t cursor);
  const Source& source() const;
  const LoaderOptions& options() const;
  /// CPU seconds that background readers and next() have spent.
  double cpu_seconds() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace saddle::data
