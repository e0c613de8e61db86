// Fashion-MNIST: 60,000 photographs of clothing to train on and 10,000 to test, 28 x 28 bytes each.
//
// The four IDX files are those of Debian's package dataset-fashion-mnist, or any other copy under
// the names that its authors gave them, with or without .gz. Invariant: what is returned has images
// of 28 x 28 x 1 and labels of ten classes, or there is an IoError that names the file and the
// rule. Source: Xiao, Rasul and Vollgraf, arXiv:1708.07747. Read before: idx.h, dataset.h.
#pragma once

#include <string>

#include <reel/core/io/dataset.h>

namespace reel {

struct FashionMnistOptions {
  /// Where the four files lie; empty: where Debian's package puts them.
  std::string directory = "";
};

/// Whether any of the four files is there: `fashion_mnist` then reads them or says what is wrong.
/// Who has other data to fall back on should not do so because one file of four is missing.
bool fashion_mnist_available(const FashionMnistOptions& options = {});

/// Reads the files. IoError when one is missing, not IDX, of other extents, or they contradict each
/// other.
DataSplit fashion_mnist(const FashionMnistOptions& options = {});

}  // namespace reel
