#pragma once

#include <string>

#include "cli/command_tree.h"

namespace saddle::cli {

/// The manual page saddle(1) in man(7) roff.
std::string manual_page(const Verb& program);

}  // namespace saddle::cli
