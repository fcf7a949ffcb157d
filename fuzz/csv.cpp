#include "saddle/codec/csv.h"
#include "fuzz/target.h"

// A table of numbers. What was read is written and read again as the same text.
void saddle::fuzz::fuzz_csv(std::string_view bytes) {
  const codec::Table table = codec::parse_csv(bytes, "fuzz");
  require(!table.columns.empty() && table.values.size() % table.columns.size() == 0);
  const std::string text = codec::encode_csv(table);
  require(codec::encode_csv(codec::parse_csv(text, "again")) == text);
}
