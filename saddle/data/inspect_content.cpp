#include "saddle/data/inspect_content.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <map>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/codec/gzip.h"
#include "saddle/codec/packed.h"
#include "saddle/codec/picture.h"
#include "saddle/codec/zip.h"

namespace saddle::data {

namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr std::size_t kProbed = 4096;
constexpr std::size_t kFilesProbed = 20000;

constexpr auto kAsArray =
    "if it holds images, save them with NumPy as u8 [N,H,W] or [N,H,W,3]: "
    "numpy.save(\"images.npy\", images)"sv;
constexpr auto kAsFrames = "to train on its frames: ffmpeg -i FILE frames/%06d.png"sv;
constexpr auto kAsPng = "convert them to PNG or JPEG, for example: magick mogrify -format png *"sv;
constexpr auto kNoSound = "recordings are not read"sv;
constexpr auto kNoTable = "tables are not read"sv;
constexpr auto kNoText = "text is not read"sv;

/// Bytes at a fixed place that only one kind of file has.
struct Mark {
  std::size_t at;
  std::string_view bytes;
  std::string_view one, many, advice;
};
constexpr Mark kMarks[] = {
    {8, "WAVE", "WAV recording", "WAV recordings", kNoSound},
    {0, "fLaC", "FLAC recording", "FLAC recordings", kNoSound},
    {0, "OggS", "Ogg recording", "Ogg recordings", kNoSound},
    {0, "ID3", "MP3 recording", "MP3 recordings", kNoSound},
    {8, "AVI ", "AVI film", "AVI films", kAsFrames},
    {4, "ftypisom", "MP4 film", "MP4 films", kAsFrames},
    {4, "ftypmp4", "MP4 film", "MP4 films", kAsFrames},
    {0, "\x1a\x45\xdf\xa3", "Matroska or WebM film", "Matroska or WebM films", kAsFrames},
    {257, "ustar", "tar archive", "tar archives", "unpack it first: tar -xf FILE"},
    {0, "BZh", "bzip2 file", "bzip2 files", "unpack it first: bunzip2 FILE"},
    {0,
     "\xfd"
     "7zXZ",
     "xz file", "xz files", "unpack it first: unxz FILE"},
    {0, "\x28\xb5\x2f\xfd", "Zstandard file", "Zstandard files", "unpack it first: unzstd FILE"},
    {0, "7z\xbc\xaf", "7-Zip archive", "7-Zip archives", "unpack it first: 7z x FILE"},
    {0, "Rar!", "RAR archive", "RAR archives", "unpack it first: unrar x FILE"},
    {0, "\x89HDF", "HDF5 file", "HDF5 files", kAsArray},
    {0, "MATLAB 5.0", "MATLAB file", "MATLAB files", kAsArray},
    {0, "PAR1", "Parquet table", "Parquet tables", kNoTable},
    {0, "SQLite format 3", "SQLite database", "SQLite databases", kNoTable},
    {0, "%PDF", "PDF document", "PDF documents", ""},
    {0, "\x80\x02", "Python pickle", "Python pickles", kAsArray},
    {0, "\x80\x03", "Python pickle", "Python pickles", kAsArray},
    {0, "\x80\x04", "Python pickle", "Python pickles", kAsArray},
    {0, "\x80\x05", "Python pickle", "Python pickles", kAsArray},
    {0, "\x93NUMPY", "NumPy array", "NumPy arrays", "name the file itself: --data FILE.npy"},
};

/// Letters, spaces and bytes of UTF-8, but for a few.
bool is_text(std::string_view bytes) {
  const auto odd = std::ranges::count_if(bytes, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t' && byte != '\f') ||
           byte == 0x7f;
  });
  return bytes.find('\0') == std::string_view::npos &&
         odd * 100 <= static_cast<std::ptrdiff_t>(bytes.size());
}

/// Columns of a table with this separator: as many in each of the first lines, at least two; else
/// 0.
std::int64_t columns(std::string_view text, char separator) {
  std::ptrdiff_t columns = 0;
  int lines = 0;
  for (auto end = text.find('\n'); end != std::string_view::npos && lines < 8; ++lines) {
    const auto here = std::ranges::count(text.substr(0, end), separator) + 1;
    if (columns != 0 && here != columns) return 0;
    columns = here;
    text.remove_prefix(end + 1);
    end = text.find('\n');
  }
  return lines > 1 && columns > 1 ? columns : 0;
}

std::int64_t table_columns(std::string_view text) {
  for (const char separator : {',', '\t', ';'}) {
    if (const auto found = columns(text, separator); found > 0) return found;
  }
  return 0;
}

FileContent text_content(std::string_view text, std::string_view name) {
  const std::string_view start = trimmed(text);
  if (name.ends_with(".json") || start.starts_with('{') || start.starts_with("[{")) {
    return {"JSON text", "JSON texts", std::string(kNoText)};
  }
  if (start.starts_with('>') && start.find('\n') != std::string_view::npos) {
    return {"FASTA file of sequences", "FASTA files of sequences", "sequences are not read"};
  }
  if (name.ends_with(".smi"))
    return {"list of SMILES", "lists of SMILES", "molecules are not read"};
  if (table_columns(text) > 0) return {"CSV table", "CSV tables", std::string(kNoTable)};
  return {"text", "texts", std::string(kNoText)};
}

bool is_idx(std::string_view bytes) {
  return bytes.size() > 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] >= 8 && bytes[2] <= 0xe &&
         bytes[3] >= 1 && bytes[3] <= 4;
}

FileContent gzip_content(std::string_view first_bytes, std::string_view name) {
  if (name.ends_with(".gz")) name.remove_suffix(3);
  FileContent inner{"file", "files", ""};
  try {
    inner = file_content(codec::gunzip_prefix(first_bytes, 1024, name), name, 1024);
  } catch (const Error&) {
    // The first bytes may end within a block, or be damaged.
  }
  return {cat("gzipped ", inner.one), cat("gzipped ", inner.many),
          inner.advice.starts_with("unpack") ? std::string("unpack it first: tar -xf FILE")
                                             : inner.advice};
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

/// ": 1 channel, 8,000 Hz, 16 bit" of a WAV file that starts as most do, and its seconds.
std::pair<std::string, double> wav_details(std::string_view bytes, std::uint64_t size) {
  if (bytes.size() < 44 || bytes.substr(12, 4) != "fmt "sv) return {"", 0};
  const auto channels = little_endian(bytes, 22, 2), rate = little_endian(bytes, 24, 4);
  const auto per_second = little_endian(bytes, 28, 4), bits = little_endian(bytes, 34, 2);
  if (per_second == 0) return {"", 0};
  return {cat(channels == 1 ? std::string("mono") : cat(channels, " channels"), ", ", grouped(rate),
              " Hz, ", bits, " bit"),
          static_cast<double>(size - 44) / per_second};
}

std::string seconds_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  return whole < 600 ? cat(whole, " s") : cat(grouped(whole / 60), " minutes");
}

/// What a file of a known kind holds, from the whole of it: lines, columns, seconds.
std::string details(const fs::path& path, std::string_view first, const FileContent& content) {
  const MappedFile file(path, MappedFile::Access::kSequential);
  if (content.one == "WAV recording") {
    const auto [form, seconds] = wav_details(first, file.size());
    return form.empty() ? "" : cat(": ", form, ", ", seconds_text(seconds));
  }
  if (content.one == "binary file")
    return cat(" of ", grouped(static_cast<std::int64_t>(file.size())),
               " bytes, of no known format");
  if (!is_text(first))
    return cat(" of ", grouped(static_cast<std::int64_t>(file.size())), " bytes");
  const auto text = file.text();
  const auto lines = std::ranges::count(text, '\n') + (text.ends_with('\n') ? 0 : 1);
  const auto wide = content.one == "CSV table" ? table_columns(first) : 0;
  return cat(" of ", grouped(lines), " lines", wide > 0 ? cat(" and ", wide, " columns") : "");
}

/// "3,000 WAV recordings": so many of a kind.
struct ContentCount {
  std::int64_t files = 0;
  FileContent content;
  double seconds = 0;
  std::string form;
};

PathContent tree_content(const std::string& path) {
  const auto tree = open_file_tree(path);
  const auto files = tree->files();
  const bool folder = fs::is_directory(path);
  if (files.empty()) return {cat(folder ? "folder" : "ZIP archive", " without files"), ""};
  std::map<std::string, ContentCount> kinds;
  for (std::size_t i = 0; i < std::min(files.size(), kFilesProbed); ++i) {
    std::string first;
    try {
      first = tree->read_prefix(i, kProbed);
    } catch (const Error&) {
      // A file that cannot be read is judged by its name.
    }
    const FileContent content = file_content(first, files[i].name, files[i].size);
    ContentCount& kind = kinds[content.one];
    ++kind.files;
    kind.content = content;
    if (content.one != "WAV recording") continue;
    const auto [form, seconds] = wav_details(first, files[i].size);
    kind.form = kind.files == 1 || form == kind.form ? form : "several formats";
    kind.seconds += seconds;
  }
  std::vector<ContentCount> sorted;
  for (const auto& [ignored, kind] : kinds) sorted.push_back(kind);
  std::ranges::stable_sort(sorted, std::ranges::greater(), &ContentCount::files);
  std::vector<std::string> parts;
  for (const ContentCount& kind : sorted) {
    parts.push_back(cat(
        grouped(kind.files), " ", kind.files == 1 ? kind.content.one : kind.content.many,
        kind.form.empty() ? ""
                          : cat(" (", kind.form, "; ", seconds_text(kind.seconds), " in all)")));
  }
  if (files.size() > kFilesProbed) {
    parts.push_back(cat(grouped(static_cast<std::int64_t>(files.size() - kFilesProbed)), " more"));
  }
  return {cat(folder ? "folder" : "ZIP archive", " with ", join(parts, ", ")),
          sorted.front().content.advice};
}

}  // namespace

FileContent file_content(std::string_view first, std::string_view name, std::uint64_t size) {
  if (size == 0) return {"empty file", "empty files", ""};
  if (const auto format = codec::picture_format(first)) {
    const std::string word(codec::to_text(*format));
    return {cat(word, " picture"), cat(word, " pictures"),
            "name them .png, .jpg, .pgm or .ppm, as what they are, so that they are found"};
  }
  if (const auto format = codec::unsupported_picture(first); !format.empty()) {
    return {cat(format, " picture"), cat(format, " pictures"), std::string(kAsPng)};
  }
  for (const Mark& mark : kMarks) {
    if (first.size() >= mark.at && first.substr(mark.at).starts_with(mark.bytes)) {
      return {std::string(mark.one), std::string(mark.many), std::string(mark.advice)};
    }
  }
  if (codec::is_gzip(first)) return gzip_content(first, name);
  if (codec::is_zip(first))
    return {"ZIP archive", "ZIP archives", "name the archive itself: --data FILE.zip"};
  if (codec::is_packed(first))
    return {"packed data set", "packed data sets", "name the file itself: --data FILE"};
  if (is_idx(first)) {
    return {"IDX file", "IDX files",
            "name the file with the images itself, or its folder if it has MNIST's names"};
  }
  if (is_text(first)) return text_content(first, name);
  return {"binary file", "binary files", std::string(kAsArray)};
}

PathContent path_content(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return tree_content(path);
  const std::string first = read_file_prefix(path, kProbed);
  if (codec::is_zip(first)) return tree_content(path);
  const FileContent content = file_content(first, path, fs::file_size(path, ignored));
  if (codec::picture_format(first)) {
    return {cat(content.one, details(path, first, content)),
            "one picture is no set: name the folder that holds it and others"};
  }
  if (first.empty()) return {content.one, content.advice};
  return {cat(content.one, details(path, first, content)), content.advice};
}

std::string what_is_read() {
  return "training reads pictures (.png, .jpg, .jpeg, .pgm, .ppm) in a folder or ZIP archive, IDX "
         "and CIFAR files, NumPy arrays of images (.npy, .npz) and packed sets (.saddle)";
}

}  // namespace saddle::data
