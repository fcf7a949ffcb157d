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

/// Of the n^n ways to send n fakes to n data points, how many are no one-to-one map, by enumeration
/// (n at most 8): the bad basins of a separable loss (Sun 2020).
std::int64_t bad_basins(int n);

}  // namespace saddle::lab
