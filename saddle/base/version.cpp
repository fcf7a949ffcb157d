#include "saddle/base/version.h"

namespace saddle {

std::string_view version() {
  return SADDLE_VERSION;
}

}  // namespace saddle
