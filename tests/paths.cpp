#include "tests/paths.h"

namespace saddle::test {

const char* const kSourceDirectory = SADDLE_SOURCE_DIR;
const char* const kSharedDirectory = SADDLE_SHARED_DIR;
const char* const kProgram = SADDLE_BINARY;

}  // namespace saddle::test
