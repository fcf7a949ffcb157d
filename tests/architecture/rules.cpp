#include "tests/architecture/rules.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>
#include <sstream>

namespace saddle::architecture {
namespace {

std::string at(const SourceFile& file, std::size_t line, std::string_view what) {
  return file.path + ":" + std::to_string(line) + ": " + std::string(what);
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> heads) {
  return std::any_of(heads.begin(), heads.end(),
                     [&](std::string_view head) { return text.starts_with(head); });
}

bool is_source(const SourceFile& file) {
  return file.path.ends_with(".h") || file.path.ends_with(".cpp");
}

bool is_header(const SourceFile& file) {
  return file.path.ends_with(".h");
}

struct Include {
  std::size_t line;
  std::string name;
  bool quoted;
};

std::vector<Include> includes(std::string_view text) {
  static const std::regex form(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re");
  std::vector<Include> found;
  const auto lines = split(text, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (std::regex_search(lines[i], match, form)) {
      found.push_back({i + 1, match[2], match[1] == "\""});
    }
  }
  return found;
}

/// "nn" for "saddle/nn/mlp.h" and for "saddle/nn/conv/mlp.h"; "" for what is not in
/// saddle/<folder>.
std::string folder_of(std::string_view path) {
  if (!path.starts_with("saddle/")) return "";
  path.remove_prefix(std::string_view("saddle/").size());
  const auto slash = path.find('/');
  return slash == std::string_view::npos ? "" : std::string(path.substr(0, slash));
}

/// Position in the order, or the number of folders for one that is not listed.
std::size_t rank(const std::vector<std::string>& folders, std::string_view folder) {
  return static_cast<std::size_t>(std::find(folders.begin(), folders.end(), folder) -
                                  folders.begin());
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return rank(list, item) < list.size();
}

bool is_torch(std::string_view include) {
  return starts_with_any(include, {"torch/", "ATen/", "c10/", "caffe2/"});
}

/// The text with comments and string literals blanked, lines kept.
std::string code_only(std::string_view text) {
  std::string out(text);
  enum class In { kCode, kLine, kBlock, kString, kChar } in = In::kCode;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const auto blank = [&] {
      if (c != '\n') out[i] = ' ';
    };
    switch (in) {
      case In::kCode:
        if (c == '/' && next == '/') {
          in = In::kLine;
        } else if (c == '/' && next == '*') {
          in = In::kBlock;
        } else if (c == '"') {
          in = In::kString;
        } else if (c == '\'' &&
                   (i == 0 || std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0)) {
          in = In::kChar;
        }
        break;
      case In::kLine:
        if (c == '\n') in = In::kCode;
        blank();
        break;
      case In::kBlock:
        blank();
        if (c == '*' && next == '/') {
          out[++i] = ' ';
          in = In::kCode;
        }
        break;
      case In::kString:
      case In::kChar:
        if (c == '\\') {
          blank();
          if (++i < out.size() && text[i] != '\n') out[i] = ' ';
        } else if (c == (in == In::kString ? '"' : '\'')) {
          in = In::kCode;
        } else {
          blank();
        }
        break;
    }
  }
  return out;
}

Breaches matching_lines(const SourceFile& file, const std::string& text, const std::regex& form,
                        std::string_view what) {
  Breaches breaches;
  const auto lines = split(text, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (std::regex_search(lines[i], match, form)) {
      breaches.push_back(at(file, i + 1, std::string(what) + " '" + match.str() + "'"));
    }
  }
  return breaches;
}

}  // namespace

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const auto end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Breaches include_order(const SourceFile& file, const Order& order) {
  Breaches breaches;
  if (!is_source(file)) return breaches;
  const auto own = folder_of(file.path);
  const bool in_cli = file.path.starts_with("cli/");
  if (own.empty() && !in_cli) return breaches;
  if (!in_cli && !contains(order.folders, own)) {
    breaches.push_back(at(file, 1, "the folder saddle/" + own + " is not in the order"));
    return breaches;
  }
  for (const auto& include : includes(file.text)) {
    const auto folder = folder_of(include.name);
    if (include.quoted && folder.empty() && !(in_cli && include.name.starts_with("cli/"))) {
      breaches.push_back(
          at(file, include.line,
             "include of '" + include.name + "' does not name a folder: saddle/<folder>/<file>"));
    } else if (!folder.empty() && !contains(order.folders, folder)) {
      breaches.push_back(
          at(file, include.line, "includes '" + include.name + "' of a folder not in the order"));
    } else if (!folder.empty() && !in_cli &&
               rank(order.folders, folder) > rank(order.folders, own)) {
      breaches.push_back(at(file, include.line,
                            "includes '" + include.name + "', but saddle/" + own +
                                " stands before saddle/" + folder));
    }
  }
  return breaches;
}

Breaches torch_includes(const SourceFile& file, const Order& order) {
  Breaches breaches;
  if (!is_source(file)) return breaches;
  const bool torch_free = contains(order.torch_free, folder_of(file.path));
  for (const auto& include : includes(file.text)) {
    if (torch_free && is_torch(include.name)) {
      breaches.push_back(
          at(file, include.line, "includes '" + include.name + "' in a torch-free folder"));
    } else if (is_header(file) && starts_with_any(include.name, {"torch/torch.h", "torch/all.h"})) {
      breaches.push_back(at(file, include.line, "a header includes '" + include.name + "'"));
    }
  }
  return breaches;
}

Breaches fmt_includes(const SourceFile& file, const Order& order) {
  Breaches breaches;
  const auto folder = folder_of(file.path);
  if (!is_source(file) || folder.empty()) return breaches;
  for (const auto& include : includes(file.text)) {
    if (!include.name.starts_with("fmt/")) continue;
    if (!contains(order.torch_free, folder)) {
      breaches.push_back(at(file, include.line,
                            "includes '" + include.name + "' where LibTorch's fmt comes first"));
    } else if (is_header(file)) {
      breaches.push_back(at(file, include.line,
                            "a header includes '" + include.name + "'; it reaches torch files"));
    }
  }
  return breaches;
}

Breaches library_output(const SourceFile& file) {
  if (!is_source(file) || folder_of(file.path).empty()) return {};
  static const std::regex form(
      R"re(std::c(out|err|log)\b|\b(std::|::|)(f?printf|puts|fputs|putchar|exit|_Exit|_exit|quick_exit|abort|terminate)\s*\(|\bfmt::print\b|#\s*include\s*<iostream>)re");
  return matching_lines(file, code_only(file.text), form,
                        "the library does not print, exit or abort:");
}

Breaches public_includes(const SourceFile& file, const std::vector<std::string>& internal) {
  Breaches breaches;
  const bool example = file.path.starts_with("examples/");
  const bool header = is_header(file) && !folder_of(file.path).empty();
  if (!example && (!header || contains(internal, file.path))) return breaches;
  for (const auto& include : includes(file.text)) {
    const std::string& name = include.name;
    if (contains(internal, name)) {
      breaches.push_back(
          at(file, include.line,
             "is installed or an example, but includes the internal '" + name + "'"));
    }
    if (example || name.starts_with("saddle/")) continue;
    // Headers of the standard library and of the system have no folder, but for sys/.
    const bool system = name.find('/') == std::string::npos || name.starts_with("sys/");
    if (system || starts_with_any(name, {"ATen/", "c10/"}) || name == "nlohmann/json_fwd.hpp") {
      continue;
    }
    breaches.push_back(at(file, include.line, "is installed, but includes '" + name + "'"));
  }
  return breaches;
}

Breaches details(const std::vector<SourceFile>& files, const std::vector<std::string>& internal) {
  std::vector<std::string> used;
  for (const auto& file : files) {
    if (!is_source(file)) continue;
    const std::string folder = folder_of(file.path);
    const bool installed = !folder.empty() && is_header(file) && !contains(internal, file.path);
    for (const auto& include : includes(file.text)) {
      if (installed || folder_of(include.name) != folder) used.push_back(include.name);
    }
  }
  std::sort(used.begin(), used.end());
  Breaches breaches;
  for (const auto& file : files) {
    const std::string folder = folder_of(file.path);
    if (folder.empty() || !is_header(file) || contains(internal, file.path)) continue;
    if (std::binary_search(used.begin(), used.end(), file.path)) continue;
    breaches.push_back(at(file, 1,
                          "is installed, but only its own folder includes it; name it INTERNAL in "
                          "saddle/" +
                              folder + "/CMakeLists.txt, or show its use in a test"));
  }
  return breaches;
}

Breaches length(const SourceFile& file, int limit) {
  if (!is_source(file)) return {};
  const auto lines = std::count(file.text.begin(), file.text.end(), '\n');
  if (lines <= limit) return {};
  return {at(file, static_cast<std::size_t>(lines),
             "has " + std::to_string(lines) + " lines; at most " + std::to_string(limit))};
}

Breaches foreign_text(const SourceFile& file) {
  // Split, so that this file does not break its own rule.
  static const std::regex path(std::string("(^|[^\\w.$}~])/(ho") + R"(me|work|root|Users)/\w)");
  static const std::regex unfinished(std::string(R"(\b(TO)") + R"(DO|FIX)" + R"(ME|XX)" +
                                     R"(X)\b)");
  auto breaches = matching_lines(file, file.text, path, "a path of one machine:");
  const auto more = matching_lines(file, file.text, unfinished, "unfinished by its own word:");
  breaches.insert(breaches.end(), more.begin(), more.end());
  return breaches;
}

Breaches folder_list(std::string_view architecture, const std::vector<std::string>& folders) {
  static const std::regex form(R"re(^\|\s*`saddle/(\w+)/`)re");
  std::vector<std::string> listed;
  for (const auto& line : split(architecture, '\n')) {
    std::smatch match;
    if (std::regex_search(line, match, form)) listed.push_back(match[1]);
  }
  Breaches breaches;
  for (const auto& folder : folders) {
    if (!contains(listed, folder)) {
      breaches.push_back("ARCHITECTURE.md: no line for saddle/" + folder + "/");
    }
  }
  for (const auto& folder : listed) {
    if (!contains(folders, folder)) {
      breaches.push_back("ARCHITECTURE.md: saddle/" + folder + "/ does not exist");
    }
  }
  if (breaches.empty() && listed != folders) {
    breaches.emplace_back("ARCHITECTURE.md: the folders are not in dependency order, each once");
  }
  return breaches;
}

std::vector<SourceFile> repository_files(const std::filesystem::path& root) {
  namespace fs = std::filesystem;
  constexpr std::array<std::string_view, 9> kTop = {"saddle",  "cli",   "cmake", "presets", "tests",
                                                    "scripts", "bench", "docs",  "examples"};
  constexpr std::array<std::string_view, 8> kKinds = {".h",  ".cpp",  ".cmake", ".txt",
                                                      ".md", ".toml", ".py",    ".sh"};
  std::vector<fs::path> paths;
  const auto take = [&](const fs::directory_entry& entry) {
    const auto kind = entry.path().extension().string();
    // Scripts have no ending.
    if (entry.is_regular_file() &&
        (kind.empty() || std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end())) {
      paths.push_back(entry.path());
    }
  };
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.path().filename() != "LICENSE" &&
        !entry.path().filename().string().starts_with('.')) {
      take(entry);
    }
  }
  for (const auto top : kTop) {
    if (!fs::is_directory(root / top)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) take(entry);
  }
  std::sort(paths.begin(), paths.end());
  std::vector<SourceFile> files;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    files.push_back({fs::relative(path, root).generic_string(), text.str()});
  }
  return files;
}

}  // namespace saddle::architecture
