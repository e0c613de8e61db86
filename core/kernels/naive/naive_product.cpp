// Three loops, written for the reader: no blocks, no vectors, no copies.
//
// One number of y is finished before the next is begun. Whether a factor is transposed is asked for
// each element: the price of one loop instead of four. Read before: naive_product.h. Read next:
// product.h.
#include <reel/core/kernels/naive/naive_product.h>

namespace reel::kernels::naive {
namespace {

template <class T>
T element(const Matrix<const T>& m, Index row, Index column) {
  return m.transposed ? m.data[column * m.distance + row] : m.data[row * m.distance + column];
}

}  // namespace

template <class T>
void product(const Matrix<const T>& a, const Matrix<const T>& b, T* y) {
  for (Index i = 0; i < a.rows; ++i)
    for (Index j = 0; j < b.columns; ++j) {
      T sum = 0;
      for (Index k = 0; k < a.columns; ++k) sum += element(a, i, k) * element(b, k, j);
      y[i * b.columns + j] = sum;
    }
}

template void product(const Matrix<const float>&, const Matrix<const float>&, float*);
template void product(const Matrix<const double>&, const Matrix<const double>&, double*);

}  // namespace reel::kernels::naive
