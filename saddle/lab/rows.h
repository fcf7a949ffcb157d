#pragma once

#include "saddle/lab/experiment.h"

namespace saddle::lab {

// The rows of the table, one function each; the ids stand in table.cpp.

Experiment trained_discriminator();       // E01
Experiment logit_is_log_ratio();          // E02
Experiment gradient_ratio();              // E03
Experiment distances_of_pairs();          // E04
Experiment bilinear_radii();              // E05
Experiment alternating_invariant();       // E06
Experiment bilinear_step_edges();         // E07
Experiment conditioning_cost();           // E08
Experiment unrolling();                   // E09
Experiment lookahead_half_turn();         // E10
Experiment competitive_is_proximal();     // E11
Experiment adam_in_rotation();            // E12
Experiment dirac_spectra();               // E13
Experiment critical_damping();            // E14
Experiment step_edges();                  // E15
Experiment neimark_sacker();              // E16
Experiment one_spectrum_many_ends();      // E16b
Experiment momentum_hopf();               // E17
Experiment constraints_away_from_zero();  // E18
Experiment robust_discriminator();        // E19
Experiment stable_not_nash();             // E20
Experiment consensus_likes_maxima();      // E21
Experiment averages_of_play();            // E22
Experiment clamped_generator();           // E23
Experiment circles_and_critics();         // E24
Experiment packed_critics();              // E25
Experiment mode_zoo();                    // E26
Experiment stacked_digits();              // E27
Experiment metric_floors();               // E28
Experiment biased_remedies();             // E29
Experiment microscope();                  // E30

}  // namespace saddle::lab
