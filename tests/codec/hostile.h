#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "saddle/base/error.h"
#include "saddle/base/philox.h"

namespace saddle::test {

/// What became of broken copies of a file.
struct HostileResult {
  int refused = 0;
  int taken = 0;
};

/// Calls `parse` with `good` cut at up to 500 places and with 2000 copies in which 1 to 4 bytes are
/// other ones. `parse` may throw saddle::Error and nothing else, and checks itself that what it
/// gives holds together; sanitizers see the rest.
template <class Parse>
HostileResult try_broken_copies(const std::string& good, Parse&& parse, std::uint64_t seed) {
  HostileResult result;
  const auto attempt = [&](const std::string& bytes, const std::string& what) {
    SCOPED_TRACE(what);
    try {
      parse(bytes);
      ++result.taken;
    } catch (const Error&) {
      ++result.refused;
    } catch (const std::exception& other) {
      ADD_FAILURE() << "not a saddle::Error: " << other.what();
    }
  };
  const std::size_t step = good.size() / 500 + 1;
  for (std::size_t length = 0; length < good.size(); length += step) {
    attempt(good.substr(0, length), "cut at " + std::to_string(length));
  }
  PhiloxSequence random(seed);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = good;
    for (std::uint64_t flips = 1 + random.below(4); flips > 0; --flips) {
      bytes[random.below(bytes.size())] ^= static_cast<char>(1 + random.below(255));
    }
    attempt(bytes, "flip " + std::to_string(i));
  }
  return result;
}

}  // namespace saddle::test
