#pragma once

#include <cstdint>

#include "saddle/lab/trace.h"
#include "saddle/lab/verify.h"
#include "saddle/tensor/safetensors.h"

namespace saddle::lab {

/// Trains the networks of `inputs` for `steps` steps of alternating Adam as `run` says and returns
/// every tensor that a trace records, float64 on the CPU, in the order in which training makes
/// them: "grad.D.<step>.<name>", "logit.real.<step>", "logit.fake.<step>", "grad.G.<step>.<name>",
/// then the losses [steps] and the final weights and running statistics.
/// Throws Error(kInput) where the inputs are not finite, lack a tensor or do not fit together.
NamedTensors replay_run(const TraceRun& run, const Safetensors& inputs, std::int64_t steps,
                        const VerifyOptions& options);

}  // namespace saddle::lab
