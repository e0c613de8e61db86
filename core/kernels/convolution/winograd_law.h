// Winograd's minimal filtering, F(4 x 4, 3 x 3): 16 results of a 3 x 3 kernel from 36
// multiplications instead of 144.
//
// A correlation of 4 results by 3 taps is the transpose of the product of a polynomial with 4
// coefficients and one with 3. That product has 6 coefficients, so its values at 6 points say it
// all, and values multiply one by one (Toom and Cook). Transposed, with one of the points at
// infinity, where a polynomial's value is its leading coefficient:
//
//   y = A^T ((G g) (B^T d))         A[i][k] = p_i^k                    values of 4 coefficients
//                                   G[i][k] = p_i^k / N_i              values of 3, scaled by
//                                   N_i = prod_{j != i} (p_i - p_j)    Lagrange's denominators
//                                   B^T[i][k] = the coefficient of x^k in prod_{j != i} (x - p_j)
//
// and in two dimensions Y = A^T ((G g G^T) * (B^T d B)) A, where * multiplies number by number:
// over many tiles and channels those are 36 products of matrices. The gradients are the same
// trilinear form: dU = (B^T d B)^T (A dY A^T), dg = G^T dU G.
//
// What it costs is accuracy: the textbook's points 0, 1, -1, 2, -2 make errors five times those of
// the plain sum, since the numbers in A and B^T span a wide range. Points 0, 5/8, -5/8, 3/2, -3/2
// lie closer around 1 and keep within about twice those of the plain sum.
// Everything here is worked out by the compiler. Source: S. Winograd, Arithmetic complexity of
// computations (1980); A. Lavin and S. Gray (2016) for networks; B. Barabasz et al. (2020) on
// points. Read next: winograd_tiles.h, winograd_tiles_kernels.cpp.
#pragma once

namespace reel::kernels::winograd {

constexpr int outputs = 4, taps = 3, side = outputs + taps - 1;
constexpr int products = side * side;  // planes of numbers that only meet their like
constexpr int finite = side - 1;       // the last point is at infinity

// Behind 0 in pairs of opposite sign: a pair shares its even powers and, but for the sign, its odd
// ones, which halves the work of a transform.
constexpr double points[finite] = {0, 5. / 8, -5. / 8, 3. / 2, -3. / 2};

consteval double power(double x, int exponent) {
  double result = 1;
  for (int i = 0; i < exponent; ++i) result *= x;
  return result;
}

// Values of polynomials with `count` coefficients.
consteval double value(int point, int k, int count) {
  if (point == finite) return k == count - 1 ? 1 : 0;
  return power(points[point], k);
}

/// A, (side, outputs): takes gradients of results to products and, transposed, products to results.
struct OfResults {
  static constexpr int columns = outputs;
  static consteval double at(int i, int k) { return value(i, k, outputs); }
};

/// G, (side, taps): takes kernels to products and, transposed, their gradients back.
struct OfKernels {
  static constexpr int columns = taps;
  static consteval double at(int i, int k) {
    double denominator = 1;
    for (int j = 0; j < finite; ++j)
      if (i < finite && j != i) denominator *= points[i] - points[j];
    return value(i, k, taps) / denominator;
  }
};

/// B^T, (side, side): takes what a tile sees to products.
struct OfWindows {
  static constexpr int columns = side;
  static consteval double at(int i, int k) {
    double coefficients[side + 1] = {1};  // of the product so far, of degree `degree`
    int degree = 0;
    for (int j = 0; j < finite; ++j) {
      if (j == i) continue;
      ++degree;
      for (int c = degree; c >= 0; --c)
        coefficients[c] = (c > 0 ? coefficients[c - 1] : 0) - points[j] * coefficients[c];
    }
    return coefficients[k];
  }
};

}  // namespace reel::kernels::winograd
