// CIFAR-10 and CIFAR-100: 50,000 small colour photographs to train on and 10,000 to test.
//
// The files are those of the "binary version": records of one label (two in CIFAR-100: coarse, then
// fine) and 3,072 bytes, the red, green and blue plane of 32 x 32 pixels each. Invariant: what is
// returned has images of 32 x 32 x 3 and labels of its classes, or there is an IoError that names
// file, record and value. Source: Krizhevsky, "Learning multiple layers of features from tiny
// images" (2009); www.cs.toronto.edu/~kriz/cifar.html. Read before: dataset.h.
#pragma once

#include <string>

#include <reel/core/io/dataset.h>

namespace reel {

struct CifarOptions {
  /// Where the files lie, plain or with .gz.
  std::string directory = ".";
  /// Of CIFAR-100: its 20 coarse classes in the place of the 100 fine ones.
  bool coarse = false;
};

/// Whether any of the files is there.
bool cifar10_available(const CifarOptions& options);
bool cifar100_available(const CifarOptions& options);

/// data_batch_1.bin to data_batch_5.bin, and test_batch.bin. IoError when one is missing, is no
/// whole number of records, or holds a label that is no class.
DataSplit cifar10(const CifarOptions& options);

/// train.bin and test.bin, likewise. Classes have the names in fine_label_names.txt (or
/// coarse_label_names.txt) if that lies beside them, else their numbers.
DataSplit cifar100(const CifarOptions& options);

}  // namespace reel
