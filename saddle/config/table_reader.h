#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "saddle/config/describe.h"
#include "saddle/config/document.h"
#include "saddle/config/reader.h"
#include "saddle/config/toml_text.h"
#include "saddle/config/visitor.h"

namespace saddle::config {

/// What one load gathers over all its sources.
struct Session {
  struct Origin {
    std::string text;
    std::string value;
  };

  const std::vector<Document>& documents;
  std::function<const std::vector<KeyInfo>&()> describe;
  std::map<std::string, Origin> origins{};
  std::vector<Dropped> dropped{};
  std::vector<Problem> problems{};
  /// Tables whose `name` a source got wrong: their other keys cannot be judged any more.
  std::set<std::string> unjudged{};

  void problem(const Place& place, std::string text);
  void record(const std::string& key, const Place& place, std::string value);
  /// Forgets what was set below `key`; lists what `node` does not set again.
  void drop_below(const std::string& key, const Node& node, const Place& place,
                  const std::string& what);
};

/// Sets the fields of one struct from one table.
class TableReader final : public Visitor {
 public:
  TableReader(Session& session, const Node& table, std::string prefix)
      : session_(session), table_(table), prefix_(std::move(prefix)) {}

  using Visitor::field;
  void field(std::string_view key, bool& value, std::string_view doc) override;
  void field(std::string_view key, std::int64_t& value, std::string_view doc, Range range) override;
  void field(std::string_view key, double& value, std::string_view doc, Range range) override;
  void field(std::string_view key, std::string& value, std::string_view doc) override;
  void field(std::string_view key, Schedule& value, std::string_view doc, Range range) override;
  void field(std::string_view key, Length& value, std::string_view doc) override;
  void field(std::string_view key, std::vector<std::int64_t>& value, std::string_view doc,
             Range range) override;
  void field(std::string_view key, std::vector<double>& value, std::string_view doc,
             Range range) override;
  void field(std::string_view key, std::vector<std::string>& value, std::string_view doc) override;
  void word(std::string_view key, std::span<const std::string_view> words,
            std::function<std::size_t()> get, std::function<void(std::size_t)> set,
            std::string_view doc) override;

  /// Complains about keys that no field took.
  void finish();

 protected:
  void nested(std::string_view key, const std::function<void(Visitor&)>& body,
              std::string_view doc) override;
  void variant_table(std::string_view key, VariantAccess access, std::string_view doc) override;
  void optional_table(std::string_view key, OptionalAccess access, std::string_view doc) override;

 private:
  std::string path(std::string_view key) const { return dotted(prefix_, key); }
  const Node* find(std::string_view key);
  /// The node of a key that must be a plain value; null when absent or, with a complaint, a table.
  const Node* plain(std::string_view key, std::string_view expected);
  void wrong(const Node& node, const Value& value, std::string_view expected);
  void done(const Node& node, std::string value);
  void read_table(const Node& node, const std::function<void(Visitor&)>& body,
                  std::string_view also_known = {});
  void unknown(const Node& node);

  std::optional<double> real(const Node& node, const Value& value, const Range& range,
                             std::string_view expected);
  std::optional<std::int64_t> whole(const Node& node, const Value& value, const Range& range,
                                    std::string_view expected);
  /// `over` of a schedule may be "run", which is a length of 0.
  std::optional<Length> length(const Node& node, bool may_be_run);
  void set_length(std::string_view key, Length& value, bool may_be_run);
  template <class T, class Convert>
  void list(std::string_view key, std::vector<T>& value, std::string_view expected,
            Convert convert);
  /// `{...}` is a whole value; `lr.over = "100k"` or a `[lr]` table changes parts of what is there.
  bool read_schedule(const Node& node, Schedule& value, Range range);

  Session& session_;
  const Node& table_;
  std::string prefix_;
  std::vector<std::string> known_;
};

}  // namespace saddle::config
