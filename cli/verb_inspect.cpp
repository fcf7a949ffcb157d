#include "cli/verb_data.h"
#include "saddle/base/error.h"

namespace saddle::cli {

int run_data_inspect(const DataInspectOptions&) {
  throw Error(ErrorCode::kUnsupported, "data", "inspect is not built in");
}

}  // namespace saddle::cli
