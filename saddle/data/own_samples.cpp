#include "saddle/data/own_samples.h"

#include "saddle/base/error.h"

namespace saddle::data {

std::shared_ptr<Source> make_source(const OwnSamples&, Split, const std::string&) {
  throw Error(ErrorCode::kUsage, "data",
              "data.name = \"own\" stands for samples that a program hands in, and none were "
              "handed in; train with that program, or choose data that Saddle can open");
}

}  // namespace saddle::data
