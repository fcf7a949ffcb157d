#include "saddle/train/facts.h"

#include <nlohmann/json.hpp>

namespace saddle {

Json to_json(const DataFacts& facts) {
  return {{"channels", facts.dimensions.channels},
          {"resolution", facts.dimensions.resolution},
          {"classes", facts.dimensions.classes},
          {"frequencies", facts.frequencies},
          {"samples", facts.samples},
          {"fingerprint", facts.fingerprint}};
}

DataFacts data_facts_from(const Json& json, std::string_view source) {
  const JsonReader reader(json, "run", std::string(source), "data");
  DataFacts facts;
  facts.dimensions = {.channels = reader.integer("channels"),
                      .resolution = reader.integer("resolution"),
                      .classes = reader.integer("classes")};
  const JsonReader frequencies = reader.at("frequencies");
  for (std::size_t i = 0; i < frequencies.array_size(); ++i) {
    facts.frequencies.push_back(frequencies.at(i).number());
  }
  facts.samples = reader.integer("samples");
  facts.fingerprint = reader.text("fingerprint");
  return facts;
}

}  // namespace saddle
