#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "saddle/data/array_files.h"
#include "saddle/data/cifar_files.h"
#include "saddle/data/digits.h"
#include "saddle/data/idx_source.h"
#include "saddle/data/image_files.h"
#include "saddle/data/own_samples.h"
#include "saddle/data/packed_files.h"
#include "saddle/data/shapes.h"
#include "saddle/data/worlds.h"

namespace saddle::data {

/// The table of sources: a new one is a config struct with `kReadsFiles` and `make_source`, for a
/// world of points also `world_point` and `point_truth`, and a row here.
using SourceConfig = std::variant<RingWorld, GridWorld, LineWorld, MoonsWorld, SwissRollWorld,
                                  ShellsWorld, DigitsWorld, ShapesWorld, IdxFiles, ImageFiles,
                                  ArrayFiles, CifarFiles, PackedSet, OwnSamples>;

/// Opens the source that the config selects. `data_path` is the user's folder or file, "" where
/// none was given; a packed set is taken in place of any other files. Throws Error(kUsage) when the
/// source needs a path and has none or the other way round, Error(kInput) when the files do not
/// fit.
std::shared_ptr<Source> open_source(const SourceConfig& config, Split split,
                                    const std::string& data_path);

/// The test split, or nothing where the data has none. Throws as open_source does for anything
/// else.
std::shared_ptr<Source> open_test_source(const SourceConfig& config, const std::string& data_path);

/// Whether the source reads files, so that `--data` is wanted.
bool needs_data_path(const SourceConfig& config);

/// Centres, spread and density where the config selects a world of points, else nothing.
std::optional<PointTruth> point_truth(const SourceConfig& config);

}  // namespace saddle::data
