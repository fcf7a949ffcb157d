#pragma once

#include "cli/options.h"

namespace saddle::cli {

/// Each verb prints its result and returns the exit code; errors are thrown.
int run_train(const TrainOptions& options);
int run_sample(const SampleOptions& options);
int run_eval(const EvalOptions& options);
int run_lab_verify(const LabVerifyOptions& options);
int run_version();

/// The signal (SIGINT, SIGTERM) that asked the program to stop, or 0. The first one is answered by
/// saving; a second one leaves at once.
int requested_signal();
void install_signal_handlers();

}  // namespace saddle::cli
