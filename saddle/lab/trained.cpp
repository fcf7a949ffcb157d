#include "saddle/lab/trained.h"

namespace saddle::lab {

std::vector<Runner> trained_runners() {
  return {};
}

}  // namespace saddle::lab
