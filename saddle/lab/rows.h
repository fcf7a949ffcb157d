#pragma once

#include "saddle/lab/experiment.h"

namespace saddle::lab {

// The rows of the table, one function each; the ids stand in table.cpp.

Experiment trained_discriminator();  // E01
Experiment logit_is_log_ratio();     // E02
Experiment gradient_ratio();         // E03
Experiment distances_of_pairs();     // E04
Experiment dirac_spectra();          // E13
Experiment critical_damping();       // E14
Experiment step_edges();             // E15
Experiment clamped_generator();      // E23
Experiment circles_and_critics();    // E24
Experiment packed_critics();         // E25
Experiment metric_floors();          // E28
Experiment biased_remedies();        // E29
Experiment microscope();             // E30

}  // namespace saddle::lab
