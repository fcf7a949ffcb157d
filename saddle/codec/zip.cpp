#include "saddle/codec/zip.h"

#include <zip.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

constexpr std::string_view kZipFileMark{"PK\x03\x04", 4};
constexpr std::string_view kZipEmptyMark{"PK\x05\x06", 4};
constexpr std::size_t kZipSmallest = 22;  // an archive without files
// Deflate reaches 1032 to 1 on zeros; real data stay far below.
constexpr std::uint64_t kBombRatio = 1000;
constexpr std::uint64_t kBombBytes = std::uint64_t{16} << 20;

[[noreturn]] void fail_zip(std::string_view name, std::string_view what) {
  throw Error(ErrorCode::kInput, "zip", cat("'", name, "' ", what));
}

[[noreturn]] void fail_zip_entry(std::string_view name, std::string_view entry,
                                 std::string_view what) {
  fail_zip(name, cat("holds the file '", entry, "', which ", what));
}

/// What is wrong with a name, or "".
std::string_view name_fault(std::string_view name) {
  if (name.empty()) return "has no name";
  const auto letter = static_cast<unsigned char>(name[0] | 0x20);
  const bool drive = name.size() > 1 && name[1] == ':' && letter >= 'a' && letter <= 'z';
  if (name[0] == '/' || name[0] == '\\' || drive) {
    return "has an absolute name: expected one within the archive; try to pack it again";
  }
  // Old tools of Windows wrote backslashes between folders.
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find_first_of("/\\", begin), name.size());
    if (name.substr(begin, end - begin) == "..") {
      return "has a name that climbs out of the archive: expected none with '..'; try to pack it "
             "again";
    }
    begin = end + 1;
  }
  return "";
}

struct ZipErrorText {
  ZipErrorText() { zip_error_init(&error); }
  ZipErrorText(const ZipErrorText&) = delete;
  ZipErrorText& operator=(const ZipErrorText&) = delete;
  ~ZipErrorText() { zip_error_fini(&error); }
  std::string text() { return zip_error_strerror(&error); }
  int code() const { return zip_error_code_zip(&error); }
  zip_error_t error;
};

/// Closes an archive without writing.
using ZipHandle = std::unique_ptr<zip_t, void (*)(zip_t*)>;

ZipHandle open_archive(std::string_view bytes, std::string_view name) {
  // libzip takes no bytes at all for an empty archive.
  if (bytes.size() < kZipSmallest) {
    fail_zip(name, cat("is not a ZIP archive: got ", bytes.size(), " bytes, expected at least ",
                       kZipSmallest));
  }
  ZipErrorText error;
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error.error);
  if (source == nullptr) throw Error(ErrorCode::kInternal, "zip", error.text());
  ZipHandle archive(zip_open_from_source(source, ZIP_RDONLY, &error.error), zip_discard);
  if (archive != nullptr) return archive;
  zip_source_free(source);
  if (error.code() != ZIP_ER_NOZIP) fail_zip(name, cat("is a damaged ZIP archive: ", error.text()));
  if (is_zip(bytes)) {
    fail_zip(name,
             "is truncated or damaged: it starts as a ZIP archive, but the directory at its end is "
             "missing; try to copy it again");
  }
  fail_zip(name, "is not a ZIP archive: no directory of files at its end");
}

ZipEntry read_entry(zip_t* archive, zip_uint64_t index, std::string_view name,
                    std::size_t archive_bytes) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                   ZIP_STAT_CRC | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if (zip_stat_index(archive, index, 0, &stat) != 0 || (stat.valid & kNeeded) != kNeeded) {
    fail_zip(name, cat("is a damaged ZIP archive: file ", index, ": ", zip_strerror(archive)));
  }
  ZipEntry entry{.name = stat.name,
                 .size = stat.size,
                 .compressed_size = stat.comp_size,
                 .crc32 = stat.crc,
                 .deflated = stat.comp_method == ZIP_CM_DEFLATE};
  if (const std::string_view fault = name_fault(entry.name); !fault.empty()) {
    fail_zip_entry(name, entry.name, fault);
  }
  if (entry.name.back() == '/') return entry;
  if (stat.encryption_method != ZIP_EM_NONE) {
    fail_zip_entry(name, entry.name, "is encrypted; try to unpack it and pack it without password");
  }
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE) {
    fail_zip_entry(name, entry.name,
                   cat("is packed by method ", stat.comp_method,
                       ": expected 0 (stored) or 8 (deflate); try to pack it again"));
  }
  if (entry.compressed_size > archive_bytes) {
    fail_zip_entry(
        name, entry.name,
        cat("declares ", entry.compressed_size, " packed bytes: the archive has ", archive_bytes));
  }
  return entry;
}

/// zlib counts bytes in 32 bits.
uInt zip_chunk(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

/// Unpacks a raw deflate stream that must give `size` bytes; "" when it did, else what is wrong.
std::string unpack_deflated(std::string_view packed, std::size_t size, std::string& out) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
    throw Error(ErrorCode::kInternal, "zip", "zlib did not start");
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  out.resize(size + 1);  // one more shows data beyond the declared size
  auto* next = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
  std::size_t left = packed.size(), done = 0;
  int result = Z_OK;
  while (result == Z_OK) {
    const uInt in = zip_chunk(left), room = zip_chunk(out.size() - done);
    stream.next_in = next;
    stream.avail_in = in;
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + done);
    stream.avail_out = room;
    result = inflate(&stream, Z_NO_FLUSH);
    next = stream.next_in;
    left -= in - stream.avail_in;
    done += room - stream.avail_out;
    if (done > size) return cat("unpacks to more than the ", size, " bytes that it declares");
  }
  if (result != Z_STREAM_END && result != Z_BUF_ERROR) {
    return cat("is damaged: ", stream.msg != nullptr ? stream.msg : "unknown error");
  }
  if (result == Z_BUF_ERROR || done < size) {
    return cat("is truncated: unpacks to ", done, " bytes, declares ", size);
  }
  if (left > 0) return cat("has ", left, " surplus bytes after its packed data");
  out.resize(size);
  return "";
}

std::uint32_t crc32_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

bool is_zip(std::string_view bytes) {
  return bytes.starts_with(kZipFileMark) || bytes.starts_with(kZipEmptyMark);
}

struct ZipReader::State {
  explicit State(const std::filesystem::path& path) : mapped(path), name(path.string()) {
    init(mapped->text());
  }
  State(std::string bytes, std::string_view archive_name)
      : held(std::move(bytes)), name(archive_name) {
    init(held);
  }

  void init(std::string_view bytes);
  const ZipEntry& entry(std::size_t index) const {
    if (index >= entries.size()) {
      throw Error(ErrorCode::kInternal, "zip",
                  cat("file ", index, " of ", entries.size(), " in '", name, "'"));
    }
    return entries[index];
  }
  std::string read_bytes(std::size_t index, std::size_t count, zip_flags_t flags);

  std::optional<MappedFile> mapped;  // the bytes are here
  std::string held;                  // or here
  std::string name;
  std::vector<ZipEntry> entries;
  std::vector<zip_uint64_t> numbers;  // libzip's of entries
  std::unordered_map<std::string_view, std::size_t> by_name;
  std::mutex mutex;  // held while libzip is used
  ZipHandle archive{nullptr, zip_discard};
};

void ZipReader::State::init(std::string_view bytes) {
  archive = open_archive(bytes, name);
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  std::uint64_t packed_bytes = 0;
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto number = static_cast<zip_uint64_t>(i);
    ZipEntry entry = read_entry(archive.get(), number, name, bytes.size());
    if (entry.name.back() == '/') continue;
    packed_bytes += entry.compressed_size;
    // Archives made to fill disks let many files share the same bytes.
    if (packed_bytes > bytes.size()) {
      fail_zip(name, "is damaged: its files overlap, they declare more packed bytes than it has");
    }
    entries.push_back(std::move(entry));
    numbers.push_back(number);
  }
  by_name.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!by_name.emplace(entries[i].name, i).second) {
      fail_zip(name, cat("holds two files of the name '", entries[i].name, "'"));
    }
  }
}

std::string ZipReader::State::read_bytes(std::size_t index, std::size_t count, zip_flags_t flags) {
  std::string out(count, '\0');
  std::size_t done = 0;
  const std::lock_guard lock(mutex);
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(
      zip_fopen_index(archive.get(), numbers[index], flags), zip_fclose);
  if (file == nullptr) {
    fail_zip_entry(name, entries[index].name, cat("is damaged: ", zip_strerror(archive.get())));
  }
  while (done < count) {
    const zip_int64_t got = zip_fread(file.get(), out.data() + done, count - done);
    if (got < 0) {
      fail_zip_entry(name, entries[index].name, cat("is damaged: ", zip_file_strerror(file.get())));
    }
    if (got == 0) {
      fail_zip_entry(name, entries[index].name,
                     cat("is truncated: got ", done, " bytes, expected ", count));
    }
    done += static_cast<std::size_t>(got);
  }
  return out;
}

ZipReader::ZipReader(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {}
ZipReader::ZipReader(std::string bytes, std::string_view name)
    : state_(std::make_unique<State>(std::move(bytes), name)) {}
ZipReader::~ZipReader() = default;
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;

const std::string& ZipReader::name() const {
  return state_->name;
}

std::span<const ZipEntry> ZipReader::entries() const {
  return state_->entries;
}

std::optional<std::size_t> ZipReader::find(std::string_view name) const {
  const auto found = state_->by_name.find(name);
  if (found == state_->by_name.end()) return std::nullopt;
  return found->second;
}

std::string ZipReader::read(std::size_t index, std::size_t max_bytes) const {
  const ZipEntry& entry = state_->entry(index);
  if (entry.size > max_bytes) {
    fail_zip_entry(state_->name, entry.name,
                   cat("unpacks to ", entry.size, " bytes: expected at most ", max_bytes));
  }
  if (entry.size > kBombBytes && entry.size / kBombRatio > entry.compressed_size) {
    fail_zip_entry(state_->name, entry.name,
                   cat("unpacks ", entry.compressed_size, " bytes to ", entry.size,
                       ", as a zip bomb does: expected at most ", kBombRatio,
                       " to 1; try to unpack it yourself, or to store it unpacked"));
  }
  if (!entry.deflated && entry.size != entry.compressed_size) {
    fail_zip_entry(
        state_->name, entry.name,
        cat("is damaged: stored in ", entry.compressed_size, " bytes, declares ", entry.size));
  }
  // Only the copy of packed bytes waits for other threads, not the unpacking.
  std::string packed =
      state_->read_bytes(index, static_cast<std::size_t>(entry.compressed_size), ZIP_FL_COMPRESSED);
  std::string out;
  if (entry.deflated) {
    const std::string fault = unpack_deflated(packed, static_cast<std::size_t>(entry.size), out);
    if (!fault.empty()) fail_zip_entry(state_->name, entry.name, fault);
  } else {
    out = std::move(packed);
  }
  if (crc32_of(out) != entry.crc32) {
    fail_zip_entry(state_->name, entry.name, "is damaged: its CRC-32 differs");
  }
  return out;
}

std::string ZipReader::read_prefix(std::size_t index, std::size_t count) const {
  const ZipEntry& entry = state_->entry(index);
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, entry.size));
  return state_->read_bytes(index, wanted, 0);
}

namespace {

[[noreturn]] void fail_zip_writing(zip_t* archive, std::string_view file) {
  throw Error(ErrorCode::kInternal, "zip",
              cat("cannot pack '", file, "': ", zip_strerror(archive)));
}

void add_zip_file(zip_t* archive, const ZipInput& file, ZipMethod method) {
  if (const std::string_view fault = name_fault(file.name); !fault.empty()) {
    throw Error(ErrorCode::kInternal, "zip", cat("cannot pack '", file.name, "', which ", fault));
  }
  zip_source_t* source = zip_source_buffer(archive, file.bytes.data(), file.bytes.size(), 0);
  if (source == nullptr) fail_zip_writing(archive, file.name);
  const zip_int64_t index = zip_file_add(archive, file.name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    fail_zip_writing(archive, file.name);
  }
  const auto number = static_cast<zip_uint64_t>(index);
  const zip_int32_t kind = method == ZipMethod::kDeflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE;
  constexpr zip_uint16_t kFirstDay = 1 << 5 | 1;  // 1 January 1980, where the format's time begins
  if (zip_set_file_compression(archive, number, kind, 6) != 0 ||
      zip_file_set_dostime(archive, number, 0, kFirstDay, 0) != 0) {
    fail_zip_writing(archive, file.name);
  }
}

std::string source_bytes(zip_source_t* source) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_source_stat(source, &stat) != 0 || zip_source_open(source) != 0) {
    throw Error(ErrorCode::kInternal, "zip", "libzip did not give its archive back");
  }
  std::string out(stat.size, '\0');
  const zip_int64_t got = zip_source_read(source, out.data(), out.size());
  zip_source_close(source);
  if (got != static_cast<zip_int64_t>(out.size())) {
    throw Error(ErrorCode::kInternal, "zip", "libzip gave a part of its archive back");
  }
  return out;
}

}  // namespace

std::string encode_zip(std::span<const ZipInput> files, ZipMethod method) {
  // libzip writes no archive without files.
  if (files.empty()) return std::string(kZipEmptyMark) + std::string(kZipSmallest - 4, '\0');
  ZipErrorText error;
  const std::unique_ptr<zip_source_t, void (*)(zip_source_t*)> source(
      zip_source_buffer_create(nullptr, 0, 0, &error.error), zip_source_free);
  if (source == nullptr) throw Error(ErrorCode::kInternal, "zip", error.text());
  zip_source_keep(source.get());
  ZipHandle archive(zip_open_from_source(source.get(), ZIP_TRUNCATE, &error.error), zip_discard);
  if (archive == nullptr) {
    zip_source_free(source.get());
    throw Error(ErrorCode::kInternal, "zip", error.text());
  }
  for (const ZipInput& file : files) add_zip_file(archive.get(), file, method);
  if (zip_close(archive.get()) != 0) fail_zip_writing(archive.get(), files.back().name);
  archive.release();
  return source_bytes(source.get());
}

void write_zip(const std::filesystem::path& path, std::span<const ZipInput> files,
               ZipMethod method) {
  write_file_atomic(path, encode_zip(files, method));
}

}  // namespace saddle::codec
