#pragma once

namespace saddle::test {

// Places of this build, each a path without a trailing slash. One file holds them, so that ccache
// finds what the tests of another clone compiled.
extern const char* const kSourceDirectory;  ///< the repository
extern const char* const kSharedDirectory;  ///< real data and golden files; may be absent
extern const char* const kProgram;          ///< the built `saddle`

}  // namespace saddle::test
