#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace saddle::data {

class Source;

/// The first `count` samples of a source, to be written as one split.
struct SetPart {
  const Source* source = nullptr;
  std::string split = "train";
  std::int64_t count = 0;  ///< at most the source's size
};

/// Samples of all parts. Throws Error(kUsage) when a part asks for none or more than there are.
std::int64_t total_samples(std::span<const SetPart> parts);

/// Samples written so far, and of all.
using WriteProgress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Packs the parts, which must have equal fields, into one file: see codec/packed.h. `origin` says
/// in words what is packed. Fields keep their type, but f64 becomes f32 and i8 i16. Throws
/// Error(kUsage) for parts that differ, Error(kIo), and what reading throws; the file appears whole
/// or not at all.
void write_packed(const std::filesystem::path& path, std::span<const SetPart> parts,
                  const std::string& origin, const WriteProgress& progress = {});

/// Writes one part as NumPy arrays: "x" to `path`, any other field to NAME-<field>.npy beside it
/// ("label" to NAME-labels.npy, where training looks for it). Throws as write_packed, and
/// Error(kUsage) when one of these files is there, or labels of other data.
void write_npy_set(const std::filesystem::path& path, const SetPart& part,
                   const WriteProgress& progress = {});

/// Writes a folder: images as PNG files, in a folder a class where there are labels, and in a
/// folder a split where there are several parts; points as one CSV file a part. Folders of classes
/// sort as their labels do: they have the classes' names where these do so, else numbers before
/// them, or numbers alone where a name could lead out of the folder. The folder must not be there;
/// it appears whole or not at all. Throws Error(kUsage) when it exists or samples are neither 8-bit
/// images nor points; else as write_packed.
void write_folder_set(const std::filesystem::path& path, std::span<const SetPart> parts,
                      const WriteProgress& progress = {});

}  // namespace saddle::data
