#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace saddle::codec {

/// True when the bytes start as a gzip file does.
bool is_gzip(std::string_view bytes);

/// Bytes packed as one gzip member without name or time: the same bytes give the same file.
/// `level` is 0 (fast) to 9 (small): else throws Error(kInternal).
std::string gzip(std::string_view bytes, int level = 6);

/// The unpacked content of a gzip file (RFC 1952), all members. Throws Error(kInput) when it is no
/// gzip file, damaged, truncated, followed by other bytes or larger than `max_bytes` unpacked.
/// `name` stands in messages.
std::string gunzip(std::string_view bytes, std::size_t max_bytes, std::string_view name);

/// At most the first `count` unpacked bytes; what follows them is not read. Throws Error(kInput) as
/// gunzip for what is read.
std::string gunzip_prefix(std::string_view bytes, std::size_t count, std::string_view name);

}  // namespace saddle::codec
