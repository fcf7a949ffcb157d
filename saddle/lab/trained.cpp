#include "saddle/lab/trained.h"

#include "saddle/lab/trained_runs.h"

namespace saddle::lab {

std::vector<Runner> trained_runners() {
  return {{.id = "E25", .run = train_packing},
          {.id = "E26", .run = train_mode_zoo, .measure = measure_mode_zoo},
          {.id = "E27", .run = train_stacked_digits}};
}

}  // namespace saddle::lab
