#include "saddle/config/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/config/describe.h"
#include "saddle/config/document.h"
#include "saddle/config/table_reader.h"

namespace saddle::config {
namespace {

[[noreturn]] void throw_problems(const std::vector<Document>& documents,
                                 std::vector<Problem> problems) {
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem& a, const Problem& b) { return a.place < b.place; });
  std::string text;
  for (const Problem& problem : problems) {
    const Document& document = documents[static_cast<std::size_t>(problem.place.document)];
    if (problems.size() > 1) text += "\n  ";
    text += fmt::format("{}: {}", document.at(problem.place), problem.text);
  }
  if (problems.size() > 1) text = fmt::format("{} problems:{}", problems.size(), text);
  throw Error(ErrorCode::kUsage, "config", text);
}

}  // namespace

std::string Dropped::text() const {
  return fmt::format("{} = {} ({}) does not apply: {}", key, value, origin, cause);
}

std::string Loaded::origin(const std::string& key) const {
  const auto found = origins.find(key);
  return found == origins.end() ? "default" : found->second;
}

Source file_source(const std::filesystem::path& path, int rank) {
  return {.text = read_file(path), .name = path.string(), .rank = rank};
}

Source set_source(std::span<const std::string> assignments) {
  Source source{.text = "", .name = "--set", .rank = kSetRank, .kind = Source::Kind::kSet};
  for (const std::string& assignment : assignments) {
    const std::size_t equals = assignment.find('=');
    const auto refuse = [&](std::string_view expected) {
      throw Error(ErrorCode::kUsage, "config",
                  fmt::format("--set {}: expected {}; try --set optimizer.generator.lr=0.001",
                              assignment, expected));
    };
    if (assignment.find_first_of("\r\n") != std::string::npos) refuse("one line");
    if (equals == std::string::npos) refuse("KEY=VALUE");
    if (assignment.find_first_not_of(" \t") == equals) refuse("a key before '='");
    if (assignment.find_first_not_of(" \t", equals + 1) == std::string::npos) {
      refuse("a value after '='");
    }
    source.text += assignment + "\n";
  }
  return source;
}

Loaded load_fields(const Fields& fields, const Fields& reference, std::span<const Source> sources) {
  Corpus corpus = parse_sources(sources);
  // A text that could not be read may hold what makes the others right.
  if (!corpus.problems.empty()) throw_problems(corpus.documents, std::move(corpus.problems));
  std::optional<std::vector<KeyInfo>> described;
  Session session{.documents = corpus.documents, .describe = [&]() -> const std::vector<KeyInfo>& {
                    if (!described) described = describe_fields(reference);
                    return *described;
                  }};
  for (const Node& tree : corpus.trees) {
    TableReader reader(session, tree, "");
    fields(reader);
    reader.finish();
  }
  if (!session.problems.empty()) throw_problems(corpus.documents, std::move(session.problems));
  Loaded loaded;
  for (auto& [key, origin] : session.origins) loaded.origins[key] = origin.text;
  loaded.dropped = std::move(session.dropped);
  return loaded;
}

}  // namespace saddle::config
