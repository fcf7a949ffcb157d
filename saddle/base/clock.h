#pragma once

#include <cstdint>
#include <string>

namespace saddle {

/// CPU seconds this process used so far, all threads together.
double process_cpu_seconds();
/// CPU seconds the calling thread used so far: what other processes do does not disturb it.
double thread_cpu_seconds();
/// Seconds of a clock that only moves forward; only differences have a meaning.
double wall_seconds();
/// Seconds since 1970-01-01 UTC.
double unix_seconds();
/// Largest resident memory of this process so far, in bytes.
std::int64_t peak_resident_bytes();
/// Resident memory of this process now, in bytes; 0 where the system does not tell.
std::int64_t resident_bytes();

/// "0.5s", "42s", "3m 05s", "2h 07m", "3d 04h"; "?" when not finite or negative.
std::string duration_text(double seconds);
/// "512 B", "1.5 KiB", "3.0 GiB".
std::string bytes_text(std::int64_t bytes);
/// "2024-05-01T12:00:00Z" of seconds since 1970.
std::string utc_text(double unix_time);

}  // namespace saddle
