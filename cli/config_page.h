#pragma once

#include <string>

namespace saddle::cli {

/// The reference page of the config in Markdown: how a config is put together, then every key.
std::string config_page();

/// The same keys as JSON: {"keys": [{"key", "type", "default", "allowed", "doc", "rows"}]}.
std::string config_json();

}  // namespace saddle::cli
