// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Small symmetric matrices, as normal equations have them: a few rows, dense, row-major. Pure functions.
#pragma once

#include <span>
#include <vector>

namespace recoscope {

// S = V diag(values) V^T.
struct SymmetricEigen {
    std::vector<double> values; // ascending
    std::vector<double> vectors; // [n, n], column j belongs to values[j]
};
// Cyclic Jacobi rotations (Golub & Van Loan, Matrix Computations, 8.5). `matrix` is [n, n]; only finite entries.
SymmetricEigen symmetricEigen(std::span<const double> matrix, std::size_t n);

// (S + shift I)^-1 right; the shifted eigenvalues must be positive.
std::vector<double> solveShifted(const SymmetricEigen& s, double shift, std::span<const double> right);
// S^-1, [n, n].
std::vector<double> inverse(const SymmetricEigen& s);

} // namespace recoscope
