#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "saddle/lab/experiment.h"

namespace saddle::lab {

/// Total variation of the m-fold products of two distributions on the same cells, by enumeration of
/// all m-tuples; both as long, and cells^m at most 2^24. Throws Error(kInternal) otherwise.
double product_total_variation(std::span<const double> p, std::span<const double> q, int m);

/// The closed-form half of E25: products of a collapsed and of an uncollapsed pair, and the other
/// ways in which a critic sees several samples. Asks `settings` for "missing", "shift" and "m".
Outcome packing_in_closed_form(const Settings& settings);

/// Their totals of variation at "m" samples: of the pair with missing mass, of the shifted pair.
std::vector<double> measure_packing(const Settings& settings);

/// The parameters of both halves.
std::vector<Parameter> packing_parameters();

/// o(x_i) = sum over j != i of exp(-|M_i - M_j|_1) of minibatch discrimination (Salimans 2016), for
/// rows of `width` numbers.
std::vector<double> minibatch_similarity(std::span<const double> rows, std::size_t width);
/// The mean over features of their standard deviation over the batch (Karras 2018).
double minibatch_deviation(std::span<const double> rows, std::size_t width);

/// Whether a loss adds up over samples, as the non-saturating one does, or over pairs of a real and
/// a fake one, as the relativistic one does.
enum class Comparison { kEach, kPairs };

/// Of the n^n ways to put n fakes on n data points, how many are bad basins (Sun 2020): with the
/// best discriminator at each place, no sequence of moves of one fake at a time, off the data or
/// onto a datum, that never raises the generator's loss leads to all of the data. By enumeration.
/// Throws Error(kInternal) unless n lies in [1, 6].
std::int64_t bad_basins(int n, Comparison comparison);

}  // namespace saddle::lab
