#pragma once

#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <string>

namespace saddle::bench {

/// What each word of the command line does with its value.
using Words = std::map<std::string, std::function<void(const std::string& value)>>;

/// Reads "--word value" pairs. False, with a sentence on standard error, for an unknown word, one
/// without a value and a value that is refused by an exception.
inline bool read_words(int argc, char** argv, const Words& words) {
  for (int i = 1; i < argc; i += 2) {
    const auto found = words.find(argv[i]);
    if (found == words.end() || i + 1 == argc) {
      std::fprintf(stderr, "%s: %s '%s'\n", argv[0],
                   found == words.end() ? "unknown word" : "no value for", argv[i]);
      return false;
    }
    try {
      found->second(argv[i + 1]);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s: %s: got '%s': %s\n", argv[0], argv[i], argv[i + 1], error.what());
      return false;
    }
  }
  return true;
}

}  // namespace saddle::bench
